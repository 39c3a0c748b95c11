//! Which version of the contract binds (contract section 0).

use utoipa::ToSchema;

crate::vocabulary! {
    /// A version of the contract, oldest first; a requirement binds from its revision on.
    pub enum Revision: PartialOrd, Ord, Default, ToSchema = "revision" {
        /// Before the inbound secret existed.
        R0 = "r0",
        /// The inbound secret on every register; chat files over HTTP. What the double speaks unless told otherwise.
        #[default]
        R1 = "r1",
        /// `Origin` on every platform request, the environment token, delivery modes.
        R2 = "r2",
        /// The inbound secret in heartbeat answers; peer messages through the platform.
        R2Plus = "r2+",
        /// The last revision known: bootstrap recovery.
        R3 = "r3",
    }
}
