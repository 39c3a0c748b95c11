//! What the tracer of a stage keeps for its starts.

use std::path::PathBuf;

/// The faults that have not had their turn.
#[derive(Debug, Default)]
pub(super) struct Armed {
    pub(super) faults: Vec<diskwatch::Fault>,
    /// Where the running helper reads orders.
    pub(super) orders: Option<PathBuf>,
}
