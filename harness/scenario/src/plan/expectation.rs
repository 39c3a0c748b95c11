//! What must hold of the journal.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::RequirementId;
use protocol::journal::{FileKind, Party};

use super::disk::HistoryExpectation;
use super::matcher::Matcher;
use super::template::Template;

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
    /// Values to keep for templates: name and where to take it (`body.id`, `query.path`, `headers.origin`, `answer.status`).
    pub capture: BTreeMap<String, String>,
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

/// What must hold.
#[derive(Debug, Clone)]
pub enum Statement {
    /// An exchange on the wire.
    Request(Box<RequestExpectation>),
    /// The state of a path.
    File(Box<FileExpectation>),
    /// The state of the subject's process.
    Process(ProcessExpectation),
    /// A line the subject printed.
    Log(LogExpectation),
    /// A row in the platform's activity log.
    Row(RowExpectation),
    /// Every state that a file had.
    History(Box<HistoryExpectation>),
    /// The files of a directory are exactly these.
    Directory {
        /// Below the stage directory.
        path: String,
        /// Names that may be there (globs with `*`).
        holds_only: Vec<String>,
    },
    /// Nothing is left in a directory of writing the credential files.
    NoLeftovers {
        /// Below the stage directory.
        path: String,
    },
}

impl Statement {
    /// How many events it is about: one, unless it says otherwise.
    pub fn count(&self) -> Count {
        match self {
            Self::Request(request) => request.count,
            Self::Row(row) => row.count,
            Self::File(_)
            | Self::Process(_)
            | Self::Log(_)
            | Self::History(_)
            | Self::Directory { .. }
            | Self::NoLeftovers { .. } => Count { at_least: 1, at_most: None },
        }
    }
}

/// An exchange on the wire.
#[derive(Debug, Clone)]
pub struct RequestExpectation {
    /// Upper case; any if absent.
    pub method: Option<String>,
    /// A path pattern: `*` is one segment, `**` the rest.
    pub path: Template,
    /// Who sent it.
    pub from: Party,
    /// Who received it.
    pub to: Party,
    /// Conditions on headers; the selector of an `always` is the request line alone.
    pub headers: BTreeMap<String, Matcher>,
    /// Conditions on query parameters.
    pub query: BTreeMap<String, Matcher>,
    /// Conditions on the JSON body by dotted path.
    pub body: BTreeMap<String, Matcher>,
    /// The statuses it may have been answered with; any, or none yet, if empty.
    pub answered: Vec<u16>,
    /// Conditions on the answer's JSON body by dotted path.
    pub answer: BTreeMap<String, Matcher>,
    /// How many such exchanges.
    pub count: Count,
    /// Conditions on the time between consecutive ones.
    pub gaps: Option<Gaps>,
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// At least so many.
    pub at_least: u32,
    /// At most so many; needs a closing event.
    pub at_most: Option<u32>,
}

/// The time between consecutive exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaps {
    /// No shorter than this.
    pub at_least: Option<Duration>,
    /// No longer than this.
    pub at_most: Option<Duration>,
    /// Each at least as long as half of the one before, and the last longer than the first.
    pub growing: bool,
}

/// The state of a path, by the last fact about it.
#[derive(Debug, Clone)]
pub struct FileExpectation {
    /// Below the stage directory, such as `configs/.auth_token`.
    pub path: String,
    /// Whether it must be absent.
    pub absent: bool,
    /// What kind of entry.
    pub kind: Option<FileKind>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// A condition on its text.
    pub content: Option<Matcher>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Same inode, same modification time as at the opening of the window, and not written again.
    pub unchanged: bool,
    /// The label of the expectation before whose witness the path must have been so.
    pub before: Option<String>,
}

/// The state of the subject's process.
#[derive(Debug, Clone)]
pub enum ProcessExpectation {
    /// It runs, and gave a sign of life in the window.
    Running,
    /// It ended by itself; with a condition on the code.
    Exited {
        /// A condition on the exit code.
        code: Option<Matcher>,
    },
    /// It ended after TERM without KILL: by code 0 or 143, or by the signal itself.
    Stopped,
    /// A `crash-at` killed it.
    Killed,
}

/// A line the subject printed.
#[derive(Debug, Clone)]
pub struct LogExpectation {
    /// A condition on the line.
    pub line: Matcher,
}

/// A row in the platform's activity log.
#[derive(Debug, Clone)]
pub struct RowExpectation {
    /// Conditions by dotted path.
    pub fields: BTreeMap<String, Matcher>,
    /// How many such rows.
    pub count: Count,
}
