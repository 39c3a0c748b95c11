//! What a runtime may claim beyond its profile; a scenario that needs what is not claimed does not apply.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An optional ability of a runtime that a scenario may need in order to be triggered or observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Obeys directive texts (`proofmark send ...`) in an inbound A2A message.
    Directives,
    /// Sends the `initial_prompt` of its `config.yaml` to itself after boot.
    InitialPrompt,
    /// Sends the `idle_prompt` of its `config.yaml` to itself while idle.
    IdlePrompt,
    /// Polls `/delegations` and reports results to itself.
    DelegationResults,
    /// Serves `/transcript`.
    Transcript,
    /// Serves `/internal/chat/uploads/ingest` and `/internal/file/read`.
    Uploads,
    /// Reads `MOLECULE_WORKSPACE_TOKEN`.
    EnvironmentToken,
    /// Opens the contract's absolute roots (`/workspace`, `/home`, `/plugins`) under `PROOFMARK_FILESYSTEM_ROOT`.
    FilesystemRoot,
    /// Answers a message in its feed by a message to whoever sent it.
    Replies,
    /// Obeys the pacing variables (`PROOFMARK_HEARTBEAT_MS` and its siblings).
    Pacing,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 10] = [
        Self::Directives,
        Self::InitialPrompt,
        Self::IdlePrompt,
        Self::DelegationResults,
        Self::Transcript,
        Self::Uploads,
        Self::EnvironmentToken,
        Self::FilesystemRoot,
        Self::Replies,
        Self::Pacing,
    ];

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Directives => "directives",
            Self::InitialPrompt => "initial-prompt",
            Self::IdlePrompt => "idle-prompt",
            Self::DelegationResults => "delegation-results",
            Self::Transcript => "transcript",
            Self::Uploads => "uploads",
            Self::EnvironmentToken => "environment-token",
            Self::FilesystemRoot => "filesystem-root",
            Self::Replies => "replies",
            Self::Pacing => "pacing",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.name() == text)
            .ok_or_else(|| UnknownCapability(text.into()))
    }
}

/// The text names no capability.
#[derive(Debug, thiserror::Error)]
#[error("unknown capability `{0}`; known are {names}", names = Capability::ALL.map(Capability::name).join(", "))]
pub struct UnknownCapability(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_reads_back_from_its_name() {
        for capability in Capability::ALL {
            assert_eq!(capability.name().parse::<Capability>().unwrap(), capability);
        }
        let error = "telepathy".parse::<Capability>().unwrap_err();
        assert!(error.to_string().contains("idle-prompt"), "{error}");
    }
}
