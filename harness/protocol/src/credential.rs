//! Credentials as values that never print.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a credential opens; the kind is part of its placeholder in every output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A workspace's token for calls to the platform, issued once.
    AuthToken,
    /// The platform's secret for calls to the workspace, delivered on every register.
    InboundSecret,
    /// The operator's token for administrative routes.
    AdminToken,
    /// What an operator stored for workspaces to read.
    StoredSecret,
    /// What opens the control routes of a stand-alone platform.
    ControlToken,
    /// A value that a runtime's manifest takes from the environment of whoever runs the suite.
    Environment,
    /// A value that looks like a credential but was never valid; planted to see whether it travels.
    Decoy,
}

impl CredentialKind {
    /// The word used in placeholders.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthToken => "auth-token",
            Self::InboundSecret => "inbound-secret",
            Self::AdminToken => "admin-token",
            Self::StoredSecret => "stored-secret",
            Self::ControlToken => "control-token",
            Self::Environment => "environment",
            Self::Decoy => "decoy",
        }
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
