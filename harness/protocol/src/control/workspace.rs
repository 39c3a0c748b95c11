//! Workspaces as seen by the tool that drives a platform. Credentials are plaintext here: the control token opens all of them anyway.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::DeliveryMode;

/// A workspace to create, as if it had always been there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkspace {
    /// A UUID; a new one otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is called.
    pub name: String,
    /// The workspace above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// How messages reach it, from r2 on.
    #[serde(default)]
    pub delivery_mode: DeliveryMode,
    /// Whether its inbound secret is NULL, as in a workspace older than the secret.
    #[serde(default)]
    pub secret_is_null: bool,
}

/// A workspace now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Workspace {
    /// A UUID.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Such as `online`.
    pub status: String,
    /// Where it was registered; empty if it was not.
    pub url: String,
    /// The workspace above it.
    pub parent_id: Option<String>,
    /// How many of its tokens are live.
    pub live_tokens: usize,
    /// Whether it has an inbound secret.
    pub has_secret: bool,
}

/// A token beside those that are live.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct IssuedToken {
    /// Its plaintext, which is never shown again.
    pub auth_token: String,
}

/// How many tokens were revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct RevokedTokens {
    /// All that were live.
    pub revoked: u32,
}

/// The inbound secret of a workspace.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct InboundSecret {
    /// Its plaintext; `null` in a workspace older than the secret.
    pub platform_inbound_secret: Option<String>,
}

/// What became of the credentials of a workspace that was provisioned again.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Reprovisioned {
    /// How many tokens were live.
    pub revoked: u32,
    /// The new inbound secret.
    pub platform_inbound_secret: String,
}

/// The status to put a workspace into, from any other.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatus {
    /// Such as `hibernated`.
    pub status: String,
}

/// What a workspace may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBudget {
    /// `null` lifts the limit.
    pub limit: Option<i64>,
}

/// How many rows of the activity log were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct PrunedActivity {
    /// All that the workspace had.
    pub pruned: u32,
}

/// A delegation that ended, to appear in a workspace's list (contract 6.3).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishedDelegation {
    /// Its id.
    pub delegation_id: String,
    /// Who delegated; may be another workspace than the list's.
    pub source_id: String,
    /// Who did the work.
    pub target_id: String,
    /// `completed` or `failed`.
    pub status: String,
    /// A line for people.
    pub summary: String,
    /// The beginning of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_preview: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
