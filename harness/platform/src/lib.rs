//! The other side of the contract: the platform double, the edge in front of it, the recording gateway with its faults, and
//! stubs of other workspaces.
//!
//! Everything here records facts and judges none: the crate knows no scenario and no expectation. The subject knows one address,
//! the [`Gateway`]'s; behind it the [`Double`] is called in process, so that an exchange costs one connection and no more.
#![deny(missing_docs)]

mod control;
mod description;
mod double;
mod edge;
mod edge_switch;
mod fault;
mod gateway;
mod listener;
mod message;
mod peer;
mod platform;
mod recorder;
mod tenant;
mod world;

pub use double::{Double, StateFileError, random_credential};
pub use fault::FaultBoard;
pub use gateway::{Gateway, StandAlone, StartError};
pub use platform::{OperatedTenant, Platform};
pub use recorder::{Recorder, Source};
pub use tenant::{
    CreatedWorkspace, OperatorError, Tenant, TenantSettings, TenantTrouble, USUAL_RATE,
    WorkspaceOnTenant,
};
pub use world::{PeerSeed, WorkspaceSeed, World};
