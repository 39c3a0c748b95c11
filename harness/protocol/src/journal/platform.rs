//! Facts of the platform's own state.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change of the platform's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlatformFact {
    /// The workspace it is about.
    pub workspace: String,
    /// What changed.
    pub change: PlatformChange,
}

/// What can change on the platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlatformChange {
    /// A token was minted; carries its placeholder.
    TokenIssued(String),
    /// So many live tokens were revoked.
    TokensRevoked(u32),
    /// The inbound secret was set; carries its placeholder.
    SecretSet(String),
    /// The inbound secret is NULL (a legacy workspace).
    SecretCleared,
    /// The workspace's status changed.
    Status {
        /// Before; absent for a new row.
        from: Option<String>,
        /// After.
        to: String,
    },
    /// A row was written to the activity log, in the shape of `GET /workspaces/:id/activity`.
    Activity(Value),
    /// So many rows of the activity log were deleted.
    ActivityPruned(u32),
    /// An event was broadcast.
    Broadcast {
        /// Such as `WORKSPACE_ONLINE`.
        event: String,
        /// Its payload.
        payload: Value,
    },
    /// An A2A message was queued for a busy workspace; carries the queue id.
    Queued(String),
    /// A queued message was sent again on a heartbeat; carries the queue id.
    Drained(String),
}
