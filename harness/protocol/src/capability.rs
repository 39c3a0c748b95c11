//! What a runtime may claim beyond its profile; a scenario that needs what is not claimed does not apply.

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

crate::vocabulary!(Capability, "capability", {
    Directives => "directives",
    InitialPrompt => "initial-prompt",
    IdlePrompt => "idle-prompt",
    DelegationResults => "delegation-results",
    Transcript => "transcript",
    Uploads => "uploads",
    EnvironmentToken => "environment-token",
    FilesystemRoot => "filesystem-root",
    Replies => "replies",
    Pacing => "pacing",
});
