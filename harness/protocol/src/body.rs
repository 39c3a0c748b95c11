//! Wire bodies that a runtime sends to the platform (contract sections 4-6); unknown fields are ignored everywhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// `POST /registry/register` (contract 4.2).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct Register {
    /// The workspace, a UUID.
    pub id: String,
    /// Where the runtime answers; optional in poll mode from r2 on.
    #[serde(default)]
    pub url: Option<String>,
    /// Any JSON; must be present, a literal `null` is accepted.
    pub agent_card: Value,
    /// `push` or `poll`, from r2 on.
    #[serde(default)]
    pub delivery_mode: Option<String>,
}

/// `POST /registry/heartbeat` (contract 4.3); integers are integers, `1.0` is refused.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
pub struct Heartbeat {
    /// The workspace.
    pub workspace_id: String,
    /// Share of failed work, 0 to 1.
    #[serde(default)]
    pub error_rate: f64,
    /// One recent failure.
    #[serde(default)]
    pub sample_error: String,
    /// Work in progress.
    #[serde(default)]
    pub active_tasks: i64,
    /// Seconds since the process started.
    #[serde(default)]
    pub uptime_seconds: i64,
    /// What it works on; absent clears it.
    #[serde(default)]
    pub current_task: String,
    /// In the platform's smallest unit; 0 leaves the stored value.
    #[serde(default)]
    pub monthly_spend: i64,
    /// `wedged` is the only value with a meaning.
    #[serde(default)]
    pub runtime_state: String,
    /// Replaces the platform's overrides for this workspace; absent clears them.
    #[serde(default)]
    pub runtime_metadata: Option<RuntimeMetadata>,
}

/// Capabilities a runtime declares in its heartbeats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct RuntimeMetadata {
    /// Which duties the runtime performs natively.
    #[serde(default)]
    pub capabilities: BTreeMap<String, bool>,
    /// Seconds of silence the proxy tolerates; only positive values count.
    #[serde(default)]
    pub idle_timeout_seconds: Option<i64>,
}

/// `POST /registry/update-card` (contract 4.4).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct UpdateCard {
    /// The workspace.
    pub workspace_id: String,
    /// The new card.
    pub agent_card: Value,
}

/// `POST /registry/check-access` (contract 4.7).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct CheckAccess {
    /// Who wants to talk.
    pub caller_id: String,
    /// To whom.
    pub target_id: String,
}

/// `POST /workspaces/:id/activity` (contract 4.14).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ActivityReport {
    /// One of seven names.
    pub activity_type: String,
    /// JSON-RPC method or tool.
    #[serde(default)]
    pub method: Option<String>,
    /// A line for people.
    #[serde(default)]
    pub summary: Option<String>,
    /// The other workspace.
    #[serde(default)]
    pub target_id: Option<String>,
    /// The reporter; its own id or nothing.
    #[serde(default)]
    pub source_id: Option<String>,
    /// Defaults to `ok`.
    #[serde(default)]
    pub status: Option<String>,
    /// What went wrong.
    #[serde(default)]
    pub error_detail: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration_ms: Option<i64>,
    /// What was asked.
    #[serde(default)]
    pub request_body: Option<Value>,
    /// What was answered.
    #[serde(default)]
    pub response_body: Option<Value>,
    /// Used as the request body if that is absent.
    #[serde(default)]
    pub metadata: Option<Value>,
}

/// `POST /workspaces/:id/notify` (contract 4.15).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct Notify {
    /// The text for the user; must not be empty.
    #[serde(default)]
    pub message: String,
    /// Files shown with it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

/// A file named by a notification.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// A `workspace:` URI.
    #[serde(default)]
    pub uri: String,
    /// What to call it.
    #[serde(default)]
    pub name: String,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
}

/// `POST /workspaces/:id/delegate` (contract 6.2).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct Delegate {
    /// Who shall do it, a UUID.
    pub target_id: String,
    /// What shall be done.
    pub task: String,
    /// Makes a repeated call find the first one.
    #[serde(default)]
    pub idempotency_key: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_in_an_integer_field_is_refused() {
        let body = r#"{"workspace_id":"w","uptime_seconds":1.0}"#;
        assert!(serde_json::from_str::<Heartbeat>(body).is_err());
        let body = r#"{"workspace_id":"w","uptime_seconds":1,"surprise":true}"#;
        assert_eq!(
            serde_json::from_str::<Heartbeat>(body)
                .unwrap()
                .uptime_seconds,
            1
        );
    }

    #[test]
    fn a_null_card_is_present_and_a_missing_one_is_not() {
        assert!(
            serde_json::from_str::<Register>(r#"{"id":"w","url":"u","agent_card":null}"#).is_ok()
        );
        assert!(serde_json::from_str::<Register>(r#"{"id":"w","url":"u"}"#).is_err());
    }
}
