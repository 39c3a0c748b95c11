//! What can be said of the journal: one kind of statement a file.

mod directory;
mod file;
mod history;
mod log;
mod process;
mod request;
mod row;

use directory::Files;
pub use file::FileExpectation;
pub use history::{HistoryExpectation, KnownContent, WayOfChange};
pub use log::LogExpectation;
pub use process::{ProcessExpectation, ProcessState};
pub use request::{Count, Gaps, RequestExpectation, RequestStatement};
pub use row::RowExpectation;

use protocol::journal::Party;

use crate::reading::{Field, Keys, Reader, Record, tags};

/// What must hold.
#[derive(Debug, Clone)]
pub enum Statement {
    /// An exchange on the wire.
    Request(Box<RequestStatement>),
    /// The state of a path.
    File(Box<FileExpectation>),
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
    /// The state of the subject's process.
    Process(ProcessExpectation),
    /// A line the subject printed.
    Log(LogExpectation),
    /// A row in the platform's activity log.
    Row(RowExpectation),
}

/// Where a statement shows.
pub(super) enum Evidence<'s> {
    /// In such exchanges.
    Wire(&'s RequestExpectation),
    /// At this path, below the stage directory.
    Disk(&'s str),
    /// In what the subject's process did or printed.
    Process,
    /// In the platform's activity log.
    ActivityLog,
}

/// A path that a statement is about.
pub(super) enum Place<'s> {
    /// Of a file.
    File(&'s mut String),
    /// Of a directory, for what it holds.
    Directory(&'s mut String),
}

tags! {
    /// What a statement is about.
    pub(super) enum StatementKind {
        Request => "request",
        File => "file",
        Directory => "directory",
        Process => "process",
        Log => "log",
        Row => "row",
    }

    fn fields(self) -> Vec<Field> {
        match self {
            Self::Request => RequestStatement::fields(),
            Self::File => [FileExpectation::fields(), HistoryExpectation::fields()].concat(),
            Self::Directory => directory::Whole::fields(),
            Self::Process => ProcessExpectation::fields(),
            Self::Log => LogExpectation::fields(),
            Self::Row => RowExpectation::fields(),
        }
    }
}

impl StatementKind {
    /// Whether nothing can be seen of it while the subject does not run.
    pub(super) fn needs_the_subject(self, keys: &Keys<'_>) -> bool {
        match self {
            Self::Request => request::is_from_subject(keys.map),
            Self::Process | Self::Log => true,
            Self::File | Self::Directory | Self::Row => false,
        }
    }
}

impl Statement {
    /// What is said.
    pub(super) fn take(
        kind: StatementKind,
        keys: &mut Keys<'_>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        Some(match kind {
            StatementKind::Request => {
                Self::Request(Box::new(RequestStatement::checked(keys, reader)?))
            }
            StatementKind::File if history::is_meant(keys) => {
                Self::History(Box::new(history::take(keys, reader)?))
            }
            StatementKind::File => Self::File(Box::new(FileExpectation::take(keys, reader)?)),
            StatementKind::Directory => match directory::take(keys, reader)? {
                Files::Only(path, holds_only) => Self::Directory { path, holds_only },
                Files::NoLeftovers(path) => Self::NoLeftovers { path },
            },
            StatementKind::Process => Self::Process(ProcessExpectation::checked(keys, reader)?),
            StatementKind::Log => Self::Log(LogExpectation::take(keys, reader)?),
            StatementKind::Row => Self::Row(RowExpectation::take(keys, reader)?),
        })
    }

    /// How many of its kind must come; one where nothing is counted.
    pub fn count(&self) -> Count {
        match self {
            Self::Request(request) => request.exchange.count,
            Self::Row(row) => row.count,
            Self::File(_)
            | Self::History(_)
            | Self::Directory { .. }
            | Self::NoLeftovers { .. }
            | Self::Process(_)
            | Self::Log(_) => Count::ONE,
        }
    }

    /// Whether nothing more can come of it once the subject has ended.
    pub fn needs_a_running_subject(&self) -> bool {
        match self {
            Self::Request(request) => request.exchange.from == Party::Subject,
            Self::Process(process) => process.state == ProcessState::Running,
            Self::File(_)
            | Self::History(_)
            | Self::Directory { .. }
            | Self::NoLeftovers { .. }
            | Self::Log(_)
            | Self::Row(_) => false,
        }
    }

    /// Where it shows.
    pub(super) fn evidence(&self) -> Evidence<'_> {
        match self {
            Self::Request(request) => Evidence::Wire(&request.exchange),
            Self::File(file) => Evidence::Disk(&file.path),
            Self::History(history) => Evidence::Disk(&history.path),
            Self::Directory { path, .. } | Self::NoLeftovers { path } => Evidence::Disk(path),
            Self::Process(_) | Self::Log(_) => Evidence::Process,
            Self::Row(_) => Evidence::ActivityLog,
        }
    }

    /// Whether the disk shows it, which must be watched then.
    pub fn is_of_disk(&self) -> bool {
        self.path().is_some()
    }

    /// The path that it is about, below the stage directory.
    pub fn path(&self) -> Option<&str> {
        match self.evidence() {
            Evidence::Disk(path) => Some(path),
            Evidence::Wire(_) | Evidence::Process | Evidence::ActivityLog => None,
        }
    }

    /// The path that it is about, where a subject may keep it elsewhere.
    pub(super) fn place(&mut self) -> Option<Place<'_>> {
        match self {
            Self::File(file) => Some(Place::File(&mut file.path)),
            Self::History(history) => Some(Place::File(&mut history.path)),
            Self::Directory { path, .. } | Self::NoLeftovers { path } => {
                Some(Place::Directory(path))
            }
            Self::Request(_) | Self::Process(_) | Self::Log(_) | Self::Row(_) => None,
        }
    }

    /// The label of the step before which a file is compared, for what it was then.
    pub(crate) fn before(&self) -> Option<&str> {
        match self {
            Self::File(file) => file.before.as_deref(),
            Self::Request(_)
            | Self::History(_)
            | Self::Directory { .. }
            | Self::NoLeftovers { .. }
            | Self::Process(_)
            | Self::Log(_)
            | Self::Row(_) => None,
        }
    }

    /// A one-line summary.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Request(request) => request.exchange.summary(),
            Self::File(file) => file.summary(),
            Self::History(history) => history.summary(),
            Self::Directory { path, .. } => format!("nothing else in {path}"),
            Self::NoLeftovers { path } => format!("no leftovers in {path}"),
            Self::Process(process) => format!("the process {}", process.state),
            Self::Log(log) => format!("the log line {}", log.line),
            Self::Row(row) => row.summary(),
        }
    }
}
