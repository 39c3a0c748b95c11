//! Mistakes of the world that the stage injects between the subject and the platform.

mod board;
mod effect;
mod pattern;

pub use board::FaultBoard;
pub(crate) use board::Shot;
pub use effect::{Effect, Fault};
