//! Why a verb failed.

use std::fmt;

use crate::exit::Exit;

/// A message for standard error, and how the command ends.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Complaint {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }

    /// Something kept the harness from its work.
    pub(super) fn unjudged(error: impl fmt::Display) -> Self {
        Self::new(
            Exit::Incomplete,
            format!("proofmark: nothing was judged: {error}"),
        )
    }
}

/// What was typed, or a file, is invalid.
impl From<String> for Complaint {
    fn from(message: String) -> Self {
        Self::new(Exit::Invalid, message)
    }
}
