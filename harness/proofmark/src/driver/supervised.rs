//! What is known of a subject, be the harness its parent or a helper.

use protocol::journal::HarnessFailure;

use super::exit::Exit;

/// A subject as reported by the process that started it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SupervisedState {
    /// The subject's process id, which is its group's, too.
    pub(crate) process: Option<i32>,
    /// How it ended.
    pub(crate) exit: Option<Exit>,
    /// Why it could not be started as it should.
    pub(crate) failure: Option<HarnessFailure>,
}
