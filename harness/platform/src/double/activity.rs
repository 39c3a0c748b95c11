//! Rows of the activity log (contract 4.13).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::spelling::{is_uuid, timestamp};

/// A row of `activity_logs`.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ActivityRow {
    pub(super) id: String,
    pub(super) workspace_id: String,
    pub(super) activity_type: String,
    pub(super) source_id: Option<String>,
    pub(super) target_id: Option<String>,
    pub(super) method: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) request_body: Option<Value>,
    pub(super) response_body: Option<Value>,
    pub(super) tool_trace: Option<Value>,
    pub(super) duration_ms: Option<i64>,
    pub(super) status: String,
    pub(super) error_detail: Option<String>,
    #[serde(with = "rfc3339")]
    pub(super) created_at: OffsetDateTime,
    /// Never shown; finds a repeated delegation.
    pub(super) idempotency_key: Option<String>,
}

impl ActivityRow {
    /// A row about a workspace, made now.
    pub(super) fn new(workspace: &str, activity_type: &str) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            workspace_id: workspace.to_owned(),
            activity_type: activity_type.to_owned(),
            source_id: None,
            target_id: None,
            method: None,
            summary: None,
            request_body: None,
            response_body: None,
            tool_trace: None,
            duration_ms: None,
            status: "ok".into(),
            error_detail: None,
            created_at: OffsetDateTime::now_utc(),
            idempotency_key: None,
        }
    }

    /// The row as `GET /workspaces/:id/activity` shows it: bodies only when they are not NULL.
    pub(super) fn shown(&self) -> Value {
        let mut row = json!({
            "id": self.id,
            "workspace_id": self.workspace_id,
            "activity_type": self.activity_type,
            "source_id": self.source_id,
            "target_id": self.target_id,
            "method": self.method,
            "summary": self.summary,
            "duration_ms": self.duration_ms,
            "status": self.status,
            "error_detail": self.error_detail,
            "created_at": timestamp(self.created_at),
        });
        if let Value::Object(fields) = &mut row {
            self.add_bodies(fields);
            if let Some(trace) = &self.tool_trace {
                fields.insert("tool_trace".into(), trace.clone());
            }
        }
        row
    }

    pub(super) fn add_bodies(&self, fields: &mut Map<String, Value>) {
        for (name, body) in [
            ("request_body", &self.request_body),
            ("response_body", &self.response_body),
        ] {
            if let Some(body) = body {
                fields.insert(name.into(), body.clone());
            }
        }
    }

    /// Whether the database takes it: ids are UUID columns and no text may hold U+0000 (contract section 2).
    pub(super) fn storable(&self) -> bool {
        let ids = [
            Some(&self.workspace_id),
            self.source_id.as_ref(),
            self.target_id.as_ref(),
        ];
        ids.into_iter().flatten().all(|id| is_uuid(id))
            && !self.shown().to_string().contains("\\u0000")
    }
}

/// The first bytes of a text, as upstream slices it. `None` if the cut goes through a character: the database then
/// refuses the whole row (D-24).
pub(super) fn cut_bytes(text: &str, at: usize) -> Option<&str> {
    if text.len() <= at {
        Some(text)
    } else {
        text.get(..at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_shown_only_when_there_are_some() {
        let mut row = ActivityRow::new("w", "agent_log");
        assert!(row.shown().get("request_body").is_none());
        assert_eq!(row.shown().get("method"), Some(&Value::Null));
        row.request_body = Some(json!({"a": 1}));
        assert_eq!(row.shown()["request_body"], json!({"a": 1}));
    }

    #[test]
    fn a_caller_that_is_no_uuid_loses_the_row() {
        let mut row = ActivityRow::new("7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11", "a2a_receive");
        assert!(row.storable());
        row.source_id = Some("channel:slack".into());
        assert!(!row.storable());
    }

    #[test]
    fn a_cut_through_a_character_is_no_text() {
        assert_eq!(cut_bytes("abcdef", 3), Some("abc"));
        assert_eq!(cut_bytes("aü", 2), None);
        assert_eq!(cut_bytes("ü", 2), Some("ü"));
    }
}
