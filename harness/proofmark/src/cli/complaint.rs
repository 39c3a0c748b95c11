//! Why a verb came to nothing.

use std::io;

use crate::exit::Exit;

/// What is said on standard error, and how the command ends.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Complaint {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// The machine does not let the harness begin.
    pub(super) fn cannot_start(error: io::Error) -> Self {
        Self::new(Exit::Incomplete, format!("proofmark: cannot start: {error}"))
    }
}

/// What was typed, or a file, is invalid.
impl From<String> for Complaint {
    fn from(message: String) -> Self {
        Self::new(Exit::Invalid, message)
    }
}
