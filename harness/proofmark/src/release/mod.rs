//! Whether a runtime may be released: results of runs in, a decision and its documents out. Nothing here reads or writes a file.

mod badge;
mod comparing;
mod deciding;
mod draft;
mod merging;
mod statement;
#[cfg(test)]
mod testing;

pub use badge::{Badge, Colour};
pub use comparing::{Comparison, Regression, compare};
pub use deciding::{Cause, Decision, Ground, Question, decide};
pub use draft::{Author, draft};
pub use merging::{MergeError, MergedRun, Shard, merge};
pub use statement::ReleaseStatement;
