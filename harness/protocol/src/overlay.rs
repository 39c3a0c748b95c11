//! Kinds of deployment that multiply a profile; a scenario that plays in one which is not claimed does not apply.

crate::vocabulary! {
    /// What a deployment asks of a runtime besides its profile.
    pub enum Overlay: PartialOrd, Ord = "overlay" {
        /// A firewall or a strict cross-origin rule stands before the platform.
        Edge = "edge",
        /// The platform is one tenant of several and guards itself.
        Tenant = "tenant",
        /// The workspace is older than the inbound secret.
        LegacyNullSecret = "legacy-null-secret",
        /// A stored token goes before the environment's.
        FileFirst = "file-first",
        /// The environment's token goes before a stored one.
        #[serde(alias = "environment-first")]
        EnvironmentFirst = "env-first",
    }
}

impl Overlay {
    /// What is claimed unless a manifest says otherwise: the contract's own precedence, and every deployment.
    pub const USUAL: [Self; 4] = [
        Self::Edge,
        Self::Tenant,
        Self::LegacyNullSecret,
        Self::FileFirst,
    ];
}
