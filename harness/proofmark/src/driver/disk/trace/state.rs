//! What is known of the starts under trace, by the tracer of a stage and by what its helpers tell.

use std::path::PathBuf;

use protocol::journal::HarnessFailure;

use crate::driver::exit::Exit;

/// What is known of a traced start.
#[derive(Debug, Clone, Default)]
pub(crate) struct TracedState {
    /// The subject's process id, which is its group's, too.
    pub(crate) process: Option<i32>,
    /// How it ended.
    pub(crate) exit: Option<Exit>,
    /// Why it could not be traced.
    pub(crate) failure: Option<HarnessFailure>,
}

/// The faults that have not had their turn.
#[derive(Debug, Default)]
pub(super) struct Armed {
    pub(super) faults: Vec<diskwatch::Fault>,
    /// Where the running helper reads orders.
    pub(super) orders: Option<PathBuf>,
}
