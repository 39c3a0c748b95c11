//! Who provisions workspaces, and what a platform allows them.

use serde::{Deserialize, Serialize};

/// Who provisions the workspace (contract 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Deployment {
    /// Self-hosted: the platform writes credentials into the volume.
    #[default]
    Docker,
    /// Hosted: one machine per workspace, its disk empty after every restart.
    Saas,
}

crate::vocabulary!(Deployment, "deployment", { Docker => "docker", Saas => "saas" });

/// Which addresses a runtime may register (contract 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Addresses {
    /// `validateAgentURL`; the name `localhost` passes, a loopback address does not.
    Strict,
    /// Addresses in 127/8 and `::1` pass too, for runtimes that register an address.
    #[default]
    LoopbackAllowed,
}

crate::vocabulary!(Addresses, "address rule", {
    Strict => "strict",
    LoopbackAllowed => "loopback-allowed",
});

/// How messages reach a workspace, from r2 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryMode {
    /// The platform calls it.
    #[default]
    Push,
    /// It asks for them.
    Poll,
}

crate::vocabulary!(DeliveryMode, "delivery mode", { Push => "push", Poll => "poll" });
