//! Kinds of deployment that multiply a profile; a scenario that plays in one which is not claimed does not apply.

use serde::{Deserialize, Serialize};

/// What a deployment asks of a runtime besides its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlay {
    /// A firewall or a strict cross-origin rule stands before the platform.
    Edge,
    /// The platform is one tenant of several and guards itself.
    Tenant,
    /// The workspace is older than the inbound secret.
    LegacyNullSecret,
    /// A stored token goes before the environment's.
    FileFirst,
    /// The environment's token goes before a stored one.
    #[serde(rename = "env-first", alias = "environment-first")]
    EnvironmentFirst,
}

impl Overlay {
    /// What is claimed unless a manifest says otherwise: the contract's own precedence, and every deployment.
    pub const USUAL: [Self; 4] = [Self::Edge, Self::Tenant, Self::LegacyNullSecret, Self::FileFirst];
}

crate::vocabulary!(Overlay, "overlay", {
    Edge => "edge",
    Tenant => "tenant",
    LegacyNullSecret => "legacy-null-secret",
    FileFirst => "file-first",
    EnvironmentFirst => "env-first",
});
