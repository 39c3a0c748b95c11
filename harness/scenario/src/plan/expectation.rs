//! What must hold of the journal, and when.

use std::ops::Range;
use std::time::Duration;

use protocol::RequirementId;

use super::statement::{RequestExpectation, Statement, StatementKind};
use crate::diagnostic::Code;
use crate::reading::{Cites, Family, Field, Keys, Label, Reader, Record, record};
use crate::yaml::Node;

/// A statement about the journal.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// When it must hold.
    pub mode: Mode,
    /// What must hold.
    pub statement: Statement,
    /// The label after whose step (an act or an earlier expectation's witness) the window opens; the last act otherwise.
    pub since: Option<String>,
    /// The deadline; three heartbeats and the slack otherwise.
    pub within: Option<Duration>,
    /// Added to the deadline for something that takes a subject its own time, such as a back-off; zero for most.
    pub patience: Duration,
    /// The requirements it judges; none makes it a precondition: unmet, the rest of the scenario is untestable.
    pub cites: Vec<RequirementId>,
}

/// When a statement must hold.
#[derive(Debug, Clone)]
pub enum Mode {
    /// By the deadline.
    Eventually,
    /// Of no event between the opening of the window and the closing event, which must happen by the deadline.
    Never {
        /// The event that closes the window.
        until: Box<RequestExpectation>,
    },
    /// Of every event that the request line selects, and of one at least, between the opening of the window and the closing event
    /// (or now, without one).
    Always {
        /// The event that closes the window.
        until: Option<Box<RequestExpectation>>,
    },
}

/// Which of the three steps a statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tense {
    /// `expect`.
    Expect,
    /// `never`.
    Never,
    /// `always`.
    Always,
}

record! {
    /// When a statement must hold, and what it judges.
    struct Window {
        /// The event that closes the window of `never` and `always`; where a `call` or `tell` opens it, one that comes after its answer.
        until: Option<Box<RequestExpectation>>,
        /// The label of the step after which the window opens; the last act unless given.
        since: Option<String> as Option<Label<false>>,
        /// The deadline.
        within: Option<Duration>,
        /// Added to the deadline that derives from the subject's pace, for what takes it a time of its own, such as a back-off.
        patience: Duration = Duration::ZERO,
        /// The requirements it judges; none makes it a precondition.
        cites: Vec<RequirementId> as Cites = Vec::new(),
    }
}

/// How statements are spoken of.
const KINDS: Family = Family {
    code: Code::StatementKind,
    none: (
        Code::StatementKind,
        "a statement says of nothing what must hold",
        "no kind of statement",
        "give it one of {all}",
    ),
    two: |first, second| format!("a statement is both about a {first} and about a {second}"),
    several: ("kind", "write two steps"),
    foreign: |key, kind| format!("the key `{key}` does not belong to a `{kind}` statement"),
};

impl Expectation {
    /// The keys of a statement.
    pub(super) fn fields() -> Vec<Field> {
        Field::of_family::<StatementKind>(Window::fields())
    }

    /// A statement and its window.
    pub(super) fn take(
        keys: &mut Keys<'_>,
        tense: Tense,
        step: &Range<usize>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let kind = keys.choose::<StatementKind>(&KINDS, step, reader);
        if kind.is_some_and(|kind| kind.needs_the_subject(keys)) {
            reader.must_be_started(step);
        }
        let window = Window::take(keys, reader);
        let statement = kind.and_then(|kind| Statement::take(kind, keys, reader));
        let is_open = keys.peek("until").is_none();
        if tense == Tense::Never && is_open {
            reader
                .report(Code::MissingUntil, step, "`never` without `until`")
                .label("nothing closes its window")
                .help(
                    "name an event that must come: `until: { request: POST /registry/heartbeat, count: 2 }`",
                );
        } else if tense == Tense::Expect && !is_open {
            let message = "the key `until` does not belong to `expect`";
            reader
                .report(Code::ForeignKey, keys.mark("until"), message)
                .help("it belongs to `never` and `always`; the deadline of `expect` is `within`");
        } else if is_open
            && let Some(most) = keys.peek("count").and_then(|count| count.get("at-most"))
        {
            at_most_without_until(most, reader);
        }
        let Window {
            until,
            since,
            within,
            patience,
            cites,
        } = window?;
        let mode = match tense {
            Tense::Expect => Mode::Eventually,
            Tense::Always => Mode::Always { until },
            Tense::Never => Mode::Never { until: until? },
        };
        Some(Self {
            mode,
            statement: statement?,
            since,
            within,
            patience,
            cites,
        })
    }

    /// What must hold, in a line.
    pub(crate) fn summary(&self) -> String {
        let (tense, until) = match &self.mode {
            Mode::Eventually => ("expect", None),
            Mode::Never { until } => ("never", Some(until)),
            Mode::Always { until } => ("always", until.as_ref()),
        };
        let until = until
            .map(|until| format!(", until {}", until.summary()))
            .unwrap_or_default();
        format!("{tense} {}{until}", self.statement.summary())
    }
}

fn at_most_without_until(most: &Node, reader: &mut Reader<'_>) {
    let help = "write `always` with an event that must come: `until: { request: POST /registry/heartbeat, count: 2 }`";
    reader
        .report(Code::MissingUntil, &most.mark, "`at-most` without `until`")
        .label("nothing closes the window in which is counted")
        .help(help);
}
