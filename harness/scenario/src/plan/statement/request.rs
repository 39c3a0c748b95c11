//! Exchanges on the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::journal::Party;
use serde_json::{Value, json};

use crate::diagnostic::Code;
use crate::plan::captures::OfExchange;
use crate::plan::matcher::{Matcher, conditions, empty_range};
use crate::plan::request_line::RequestLine;
use crate::plan::shown;
use crate::reading::{Keys, Read, Reader, Record, Schema, Statuses, print_duration, record};
use crate::yaml::{Content, Node};

record! {
    /// An exchange on the wire.
    pub struct RequestExpectation {
        /// An exchange on the wire: `POST /registry/register` or `* /registry/**`.
        pub line ["request"]: RequestLine,
        /// Who sent it; `subject` unless said otherwise.
        pub from: Party = Party::Subject,
        /// Who received it; `platform` unless said otherwise, `subject` for what the platform sent.
        pub to: Party = receiver(from),
        /// Conditions on its headers; the selector of an `always` is the request line alone.
        pub headers: BTreeMap<String, Matcher> = BTreeMap::new(),
        /// Conditions on its query parameters.
        pub query: BTreeMap<String, Matcher> = BTreeMap::new(),
        /// Conditions on its JSON body by dotted path.
        pub body: BTreeMap<String, Matcher> = BTreeMap::new(),
        /// The statuses it may have been answered with; any, or none yet, unless given.
        pub answered: Vec<u16> as Statuses = Vec::new(),
        /// Conditions on the answer's JSON body by dotted path.
        pub answer: BTreeMap<String, Matcher> = BTreeMap::new(),
        /// How many such exchanges or rows; one at least unless said otherwise.
        pub count: Count = Count::ONE,
    }

    /// A statement about exchanges on the wire.
    pub struct RequestStatement {
        /// Conditions on the time between consecutive exchanges.
        pub gaps: Option<Gaps>,
        /// Values to keep for templates: name and where to take it (`body.id`, `query.path`, `headers.origin`, `answer.status`).
        pub capture: BTreeMap<String, String> as OfExchange = BTreeMap::new();
        /// Which exchanges.
        pub exchange: RequestExpectation,
    }

    /// A range of how many.
    struct Range {
        /// No fewer.
        at_least: Option<u32>,
        /// No more; needs `until`.
        at_most: Option<u32>,
    }

    /// The time between consecutive exchanges.
    pub struct Gaps: Copy, PartialEq, Eq {
        /// No shorter than this.
        pub at_least: Option<Duration>,
        /// No longer than this.
        pub at_most: Option<Duration>,
        /// Whether they grow, as a back-off's do: each at least as long as half of the one before, and the last longer than the first.
        pub growing: bool = false,
    }
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// At least so many.
    pub at_least: u32,
    /// At most so many; needs a closing event.
    pub at_most: Option<u32>,
}

fn receiver(from: Option<Party>) -> Party {
    if from == Some(Party::Platform) {
        Party::Subject
    } else {
        Party::Platform
    }
}

/// Whether a statement is about what the subject sends.
pub(super) fn is_from_subject(statement: &Node) -> bool {
    statement
        .get("from")
        .is_none_or(|from| matches!(&from.content, Content::Text(text) if text == "subject"))
}

impl Count {
    /// One at least.
    pub const ONE: Self = Self {
        at_least: 1,
        at_most: None,
    };

    /// How often, in words behind a comma.
    pub(super) fn summary(self) -> String {
        match (self.at_least, self.at_most) {
            (1, None) => String::new(),
            (least, None) => format!(", {}", shown::times(least)),
            (0, Some(most)) => format!(", at most {}", shown::times(most)),
            (least, Some(most)) if least == most => format!(", exactly {}", shown::times(most)),
            (least, Some(most)) => format!(", {least} to {most} times"),
        }
    }
}

impl Read for Count {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.content {
            Content::Number(_) | Content::Text(_) => u32::read(node, reader).map(|at_least| Self {
                at_least,
                at_most: None,
            }),
            Content::Map(_) => {
                let Range { at_least, at_most } = reader.record(node)?;
                let at_least = at_least.unwrap_or(u32::from(at_most.is_none()));
                if at_most.is_some_and(|most| most < at_least) {
                    empty_range(node, "`at-least` is above `at-most`", reader);
                }
                Some(Self { at_least, at_most })
            }
            Content::Null | Content::Truth(_) | Content::List(_) => {
                reader.report_found(node, "a whole number, or a map of `at-least` and `at-most`");
                None
            }
        }
    }

    fn shape(schema: &mut Schema) -> Value {
        json!({ "anyOf": [u32::shape(schema), Range::shape(schema)] })
    }
}

/// Reports what gaps cannot be.
fn check(gaps: Gaps, node: &Node, reader: &mut Reader<'_>) {
    let Gaps {
        at_least,
        at_most,
        growing,
    } = gaps;
    if at_least.is_none() && at_most.is_none() && !growing {
        reader
            .report(Code::EmptyCondition, &node.mark, "a condition says nothing")
            .help("give it `at-least`, `at-most` or `growing: true`");
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        let label = format!(
            "{} is above {}",
            print_duration(least),
            print_duration(most)
        );
        empty_range(node, &label, reader);
    }
}

impl RequestStatement {
    /// Reads its keys and checks what belongs together.
    pub(super) fn checked(keys: &mut Keys<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let statement = <Self as Record>::take(keys, reader)?;
        if let (Some(gaps), Some(node)) = (statement.gaps, keys.peek("gaps")) {
            check(gaps, node, reader);
        }
        Some(statement)
    }
}

impl RequestExpectation {
    /// Which exchanges, in a line.
    pub(in crate::plan) fn summary(&self) -> String {
        let from = if self.from == Party::Subject {
            String::new()
        } else {
            format!(" from {}", self.from)
        };
        let answered = shown::statuses(" answered", &self.answered);
        let headers = conditions("headers", &self.headers);
        let query = conditions("query", &self.query);
        let body = conditions("body", &self.body);
        format!(
            "{}{from}{answered}{headers}{query}{body}{}",
            self.line,
            self.count.summary()
        )
    }
}

impl From<RequestExpectation> for RequestStatement {
    fn from(exchange: RequestExpectation) -> Self {
        Self {
            exchange,
            gaps: None,
            capture: BTreeMap::new(),
        }
    }
}
