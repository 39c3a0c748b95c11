//! What both sides of the workspace-runtime contract say, and what is required of them.
//!
//! Wire names and bodies, revisions, profiles, the requirement catalogue, the journal's event types, credentials that never
//! print, and the one redactor. Nothing here does I/O; everything else in the workspace may depend on this crate.
#![deny(missing_docs)]

pub mod body;
pub mod capability;
pub mod control;
pub mod credential;
mod deployment;
mod edge;
mod fault;
pub mod journal;
pub mod overlay;
mod path_pattern;
mod peer;
pub mod profile;
pub mod redaction;
pub mod requirement;
pub mod revision;
pub mod trigger;
mod vocabulary;
pub mod wire;

pub use capability::Capability;
pub use credential::Credential;
pub use deployment::{Addresses, DeliveryMode, Deployment};
pub use edge::Edge;
pub use fault::{Fault, FaultEffect, FaultEffectKind};
pub use overlay::Overlay;
pub use path_pattern::PathPattern;
pub use peer::{PeerBehaviour, Relation};
pub use profile::Profile;
pub use redaction::Redactor;
pub use requirement::{Bound, Catalogue, Level, Requirement, RequirementId};
pub use revision::Revision;
pub use trigger::Trigger;
pub use vocabulary::{UnknownWord, Vocabulary};
