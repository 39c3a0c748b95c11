//! Credentials as values that never print.

use std::fmt;

crate::vocabulary! {
    /// What a credential opens; the kind is part of its placeholder in every output.
    pub enum CredentialKind: PartialOrd, Ord = "kind of credential" {
        /// A workspace's token for calls to the platform, issued once.
        AuthToken = "auth-token",
        /// The platform's secret for calls to the workspace, delivered on every register.
        InboundSecret = "inbound-secret",
        /// The operator's token for administrative routes.
        AdminToken = "admin-token",
        /// What an operator stored for workspaces to read.
        StoredSecret = "stored-secret",
        /// What opens the control routes of a stand-alone platform.
        ControlToken = "control-token",
        /// A value that a runtime's manifest takes from the environment of the user who runs the suite.
        Environment = "environment",
        /// A value that looks like a credential but was never valid; planted to see whether it travels.
        Decoy = "decoy",
    }
}

/// A secret value; `Debug` shows its length only and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Credential(String);

impl Credential {
    /// Wraps a plaintext.
    pub fn new(plaintext: impl Into<String>) -> Self {
        Self(plaintext.into())
    }

    /// The plaintext, for the wire and for hashing only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credential({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_length_only() {
        let shown = format!("{:?}", Credential::new("s3cr3t-value"));
        assert_eq!(shown, "Credential(12 characters)");
    }
}
