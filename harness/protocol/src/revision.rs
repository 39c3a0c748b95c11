//! Which version of the contract binds (contract section 0).

use serde::{Deserialize, Serialize};

/// A version of the contract, oldest first; a requirement binds from its revision on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Revision {
    /// Before the inbound secret existed.
    #[serde(rename = "r0")]
    R0,
    /// The inbound secret on every register; chat files over HTTP. What the double speaks unless told otherwise.
    #[default]
    #[serde(rename = "r1")]
    R1,
    /// `Origin` on every platform request, the environment token, delivery modes.
    #[serde(rename = "r2")]
    R2,
    /// The inbound secret in heartbeat answers; peer messages through the platform.
    #[serde(rename = "r2+")]
    R2Plus,
    /// The last revision known: bootstrap recovery.
    #[serde(rename = "r3")]
    R3,
}

crate::vocabulary!(Revision, "revision", {
    R0 => "r0",
    R1 => "r1",
    R2 => "r2",
    R2Plus => "r2+",
    R3 => "r3",
});
