//! `/workspaces/:id/delegate` and `/workspaces/:id/delegations` (contract 6.2-6.5).

use axum::extract::Path;
use bytes::Bytes;
use protocol::body::Delegate;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::auth::WorkspaceAuth;
use super::refusal::InvalidBody;
use crate::double::Double;
use crate::double::activity::{ActivityRow, cut_bytes};
use crate::double::delegation::Delegation;
use crate::double::reply::{Refusal, Refused, Reply, bind, bind_whole, refuse, reply};
use crate::double::spelling::{is_uuid, timestamp};
use crate::double::state::State as Rows;

/// The most rows that a list shows.
const LISTED: usize = 50;
/// Bytes of an answer that a list shows.
const PREVIEW: usize = 300;

/// A delegation that the runtime performs by itself.
#[derive(Deserialize, ToSchema)]
pub(super) struct Record {
    target_id: String,
    task: String,
    delegation_id: String,
}

/// How such a delegation ended.
#[derive(Deserialize, ToSchema)]
pub(super) struct Update {
    #[serde(default)]
    status: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    response_preview: String,
}

/// Gives work to another workspace.
#[utoipa::path(
    post, path = "/workspaces/{id}/delegate", tag = "delegation", request_body = Delegate,
    responses(
        (status = 200, description = "The same key was delegated before"),
        (status = 202, description = "Delegated"),
        WorkspaceAuth, InvalidBody,
    )
)]
pub(super) async fn delegate(WorkspaceAuth { double, id }: WorkspaceAuth, body: Bytes) -> Reply {
    let mut state = double.state();
    let body: Delegate = bind(&body)
        .filter(|body: &Delegate| !body.target_id.is_empty() && !body.task.is_empty())
        .ok_or_else(|| Refusal::new(400, "invalid delegation request"))?;
    if !is_uuid(&body.target_id) {
        return refuse(400, "target_id must be a valid UUID");
    }
    if body.target_id == id {
        return refuse(400, "self-delegation not permitted");
    }
    let key = body.idempotency_key.filter(|key| !key.is_empty());
    if let Some(key) = &key
        && let Some(hit) = repeated(&mut state, &id, key)
    {
        return reply(200, &hit);
    }
    let delegation = Delegation {
        id: uuid::Uuid::new_v4().to_string(),
        source: id,
        target: body.target_id,
        task: body.task,
    };
    let mut fields = json!({
        "delegation_id": delegation.id,
        "status": "delegated",
        "target_id": delegation.target,
    });
    if !double.log(&mut state, delegation.tracking_row("pending", key)) {
        fields["warning"] = "delegation dispatched but status tracking unavailable".into();
    }
    double.delegation_sent(&mut state, &delegation);
    double.delegate_later(delegation);
    reply(202, &fields)
}

/// The first delegation with the same key; a failed one is forgotten instead.
fn repeated(state: &mut Rows, workspace: &str, key: &str) -> Option<Value> {
    let is_it = |row: &ActivityRow| {
        row.workspace_id == workspace && row.idempotency_key.as_deref() == Some(key)
    };
    let at = state.activity.iter().position(is_it)?;
    let row = state.activity.get(at)?;
    if row.status == "failed" {
        state.activity.remove(at);
        return None;
    }
    Some(json!({
        "delegation_id": row.delegation_id(),
        "status": row.status,
        "target_id": row.target_id,
        "idempotent_hit": true,
    }))
}

/// Lists the newest delegations and their results.
#[utoipa::path(
    get, path = "/workspaces/{id}/delegations", tag = "delegation",
    responses((status = 200, description = "At most fifty rows"), WorkspaceAuth)
)]
pub(super) async fn list(WorkspaceAuth { double, id }: WorkspaceAuth) -> Reply {
    let state = double.state();
    let rows = state.activity.iter().rev().filter(|row| {
        row.workspace_id == id
            && matches!(row.method.as_deref(), Some("delegate" | "delegate_result"))
    });
    reply(200, &rows.take(LISTED).map(shown).collect())
}

fn shown(row: &ActivityRow) -> Value {
    let mut fields = json!({
        "id": row.id,
        "type": row.method,
        "source_id": row.source_id,
        "target_id": row.target_id,
        "summary": row.summary,
        "status": row.status,
        "created_at": timestamp(row.created_at),
    });
    if let Some(delegation) = row.delegation_id() {
        fields["delegation_id"] = delegation.into();
    }
    if let Some(error) = row.error_detail.as_ref().filter(|error| !error.is_empty()) {
        fields["error"] = error.as_str().into();
    }
    let text = row
        .response_body
        .as_ref()
        .and_then(|body| body.get("text"))
        .and_then(Value::as_str);
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        fields["response_preview"] = cut_bytes(text, PREVIEW).unwrap_or(text).into();
    }
    fields
}

/// Records a delegation that the runtime performs by itself.
#[utoipa::path(
    post, path = "/workspaces/{id}/delegations/record", tag = "delegation", request_body = Record,
    responses(
        (status = 202, description = "Recorded"),
        (status = 500, description = "The database refuses the row", body = Refused),
        WorkspaceAuth, InvalidBody,
    )
)]
pub(super) async fn record(WorkspaceAuth { double, id }: WorkspaceAuth, body: Bytes) -> Reply {
    let mut state = double.state();
    let body = bind_whole(&body, |body: &Record| {
        [&body.target_id, &body.task, &body.delegation_id]
            .iter()
            .all(|text| !text.is_empty())
    })?;
    if !is_uuid(&body.target_id) {
        return refuse(400, "target_id must be a valid UUID");
    }
    let delegation = Delegation {
        id: body.delegation_id,
        source: id,
        target: body.target_id,
        task: body.task,
    };
    if !double.log(&mut state, delegation.tracking_row("dispatched", None)) {
        return refuse(500, "failed to record delegation");
    }
    double.delegation_sent(&mut state, &delegation);
    reply(
        202,
        &json!({"delegation_id": delegation.id, "status": "recorded"}),
    )
}

/// Ends a delegation that the runtime performs by itself.
#[utoipa::path(
    post, path = "/workspaces/{id}/delegations/{delegation}/update", tag = "delegation", request_body = Update,
    responses((status = 200, description = "Updated, even if nothing matched"), WorkspaceAuth, InvalidBody)
)]
pub(super) async fn update(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Path((_, delegation)): Path<(String, String)>,
    body: Bytes,
) -> Reply {
    let mut state = double.state();
    let body: Update = bind(&body).ok_or_else(Refusal::invalid_body)?;
    if !matches!(body.status.as_str(), "completed" | "failed") {
        return refuse(400, "status must be 'completed' or 'failed'");
    }
    // Nothing has to match for a 200.
    let known = Double::tracked(&state, &id, &delegation);
    if body.status == "completed" {
        double.delegation_completed(&mut state, &known, &body.response_preview);
    } else {
        double.delegation_failed(&mut state, &known, &body.error);
    }
    reply(
        200,
        &json!({"status": body.status, "delegation_id": delegation}),
    )
}
