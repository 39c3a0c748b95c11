//! What is known of a subject, whoever its parent is.

use protocol::journal::HarnessFailure;

use super::exit::Exit;

/// A subject as whatever started it tells of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SupervisedState {
    /// The subject's process id, which is its group's, too.
    pub(crate) process: Option<i32>,
    /// How it ended.
    pub(crate) exit: Option<Exit>,
    /// Why it could not be started as it should.
    pub(crate) failure: Option<HarnessFailure>,
}
