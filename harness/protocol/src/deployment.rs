//! Who provisions workspaces, and what a platform allows them.

use utoipa::ToSchema;

crate::vocabulary! {
    /// Who provisions the workspace (contract 1.1).
    pub enum Deployment: Default, ToSchema = "deployment" {
        /// Self-hosted: the platform writes credentials into the volume.
        #[default]
        Docker = "docker",
        /// Hosted: one machine per workspace, its disk empty after every restart.
        Saas = "saas",
    }

    /// Which addresses a runtime may register (contract 4.2).
    pub enum Addresses: Default = "address rule" {
        /// `validateAgentURL`; the name `localhost` passes, a loopback address does not.
        Strict = "strict",
        /// Addresses in 127/8 and `::1` pass too, for runtimes that register an address.
        #[default]
        LoopbackAllowed = "loopback-allowed",
    }

    /// How messages reach a workspace, from r2 on.
    pub enum DeliveryMode: Default, ToSchema = "delivery mode" {
        /// The platform calls it.
        #[default]
        Push = "push",
        /// It asks for them.
        Poll = "poll",
    }
}
