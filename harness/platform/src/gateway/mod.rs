//! The entrance of the stage: listening, recording, edge, faults, and the way to the platform.

mod answering;
#[expect(
    clippy::module_inception,
    reason = "the gateway is what this folder is about"
)]
mod gateway;
mod sending;

pub use gateway::{Gateway, StandAlone, StartError};
