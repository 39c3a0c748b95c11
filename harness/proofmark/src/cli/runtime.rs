//! The runtime of a verb that waits for something.

use tokio::runtime::{Builder, Runtime};

use super::complaint::Complaint;
use crate::exit::Exit;

/// A runtime with all that the machine has.
pub(super) fn start() -> Result<Runtime, Complaint> {
    build(&mut Builder::new_multi_thread())
}

/// A runtime that leaves the rest of the machine to others.
pub(super) fn start_small() -> Result<Runtime, Complaint> {
    build(&mut Builder::new_current_thread())
}

fn build(builder: &mut Builder) -> Result<Runtime, Complaint> {
    let started = builder.enable_all().build();
    started.map_err(|error| {
        Complaint::new(
            Exit::Incomplete,
            format!("proofmark: cannot start: {error}"),
        )
    })
}
