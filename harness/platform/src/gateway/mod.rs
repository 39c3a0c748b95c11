//! The one door of the stage: listening, recording, edge, faults, and the way to the platform.

mod answering;
mod door;
mod front;
#[expect(clippy::module_inception, reason = "the gateway is what this folder is about")]
mod gateway;
mod sending;

pub(crate) use answering::{ExchangeNumber, Upgraded};
pub(crate) use door::{Call, Door, Ending, Service, Tunnel};
pub(crate) use front::Fronts;
pub use gateway::{Gateway, StandAlone, StartError};
