//! `/workspaces/:id` and `/workspaces/:id/state` (contract 4.8, 4.9, 4.11, 4.12).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use bytes::Bytes;
use http::HeaderMap;
use protocol::Revision;
use serde_json::{Value, json};

use super::auth::{AdminAuth, WorkspaceAuth};
use super::refusal::{InvalidId, NoWorkspace};
use super::workspace_field as field;
use crate::double::Double;
use crate::double::reply::{Refusal, Refused, Reply, check_id, refuse, reply};
use crate::double::spelling::{is_uuid, timestamp};
use crate::double::state::{State as Rows, Workspace};

/// Open to everybody, and therefore silent about money, tasks and secrets (ADM-003, SEC-032).
/// A removed workspace is gone from r3 on, unless it is asked for.
#[utoipa::path(
    get, path = "/workspaces/{id}", tag = "workspaces", params(("include_removed" = Option<bool>, Query)),
    responses(
        (status = 200, description = "What everybody may see of the row"),
        (status = 410, description = "Removed, from r3 on", body = Refused),
        InvalidId, NoWorkspace,
    )
)]
pub(super) async fn show(
    State(double): State<Double>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    check_id(&id)?;
    let state = double.state();
    let row = state
        .workspaces
        .get(&id)
        .ok_or_else(Refusal::no_workspace)?;
    let asked = query
        .get("include_removed")
        .is_some_and(|text| text == "true");
    if row.removed() && double.speaks(Revision::R3) && !asked {
        return refuse(410, "workspace removed");
    }
    reply(200, &shown(row))
}

/// The fields of a row that any caller may see.
fn shown(row: &Workspace) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "tier": row.tier,
        "status": row.status,
        "url": row.url,
        "parent_id": row.parent_id,
        "active_tasks": row.active_tasks,
        "max_concurrent_tasks": row.max_concurrent_tasks,
        "last_error_rate": row.last_error_rate,
        "uptime_seconds": row.uptime_seconds,
        "runtime": row.runtime,
        "x": row.position.0,
        "y": row.position.1,
        "collapsed": row.collapsed,
        "role": row.role,
        "agent_card": row.agent_card,
        "last_outbound_at": row.last_outbound_at.map(timestamp),
    })
}

/// A row with what the open route withholds.
pub(super) fn shown_to_operators(row: &Workspace) -> Value {
    let mut shown = shown(row);
    shown["current_task"] = row.current_task.as_str().into();
    shown["last_sample_error"] = row.last_sample_error.as_str().into();
    shown["budget_limit"] = json!(row.budget_limit);
    shown["monthly_spend"] = row.monthly_spend.into();
    shown["workspace_dir"] = json!(row.directory);
    shown
}

/// Changes the fields of a workspace that the body names; a workspace may even give itself another parent.
#[utoipa::path(
    patch, path = "/workspaces/{id}", tag = "workspaces", request_body(content = Object, description = "Any of name, role, tier, parent_id, collapsed, runtime, workspace_dir, x and y"),
    responses(
        (status = 200, description = "Updated; says whether a restart is needed"),
        (status = 400, description = "Not a workspace id, or a field is refused", body = Refused),
        WorkspaceAuth, NoWorkspace,
    )
)]
pub(super) async fn change(WorkspaceAuth { double, id }: WorkspaceAuth, body: Bytes) -> Reply {
    let mut state = double.state();
    check_id(&id)?;
    // `null` means something here, so the body is read as it is.
    let body = serde_json::Deserializer::from_slice(&body)
        .into_iter::<Value>()
        .next();
    let Some(Ok(Value::Object(body))) = body else {
        return Err(Refusal::invalid_body());
    };
    for name in ["name", "role", "runtime"] {
        let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
        field::check(name, text).map_err(|text| Refusal::new(400, &text))?;
    }
    let directory = body.get("workspace_dir");
    let refused = match directory {
        None | Some(Value::Null) => false,
        Some(Value::String(path)) => !path.is_empty() && !field::is_directory(path),
        Some(_) => true,
    };
    if refused {
        return refuse(400, "invalid workspace directory");
    }
    let row = state
        .workspaces
        .get_mut(&id)
        .filter(|row| !row.removed())
        .ok_or_else(Refusal::no_workspace)?;
    // A value that its column refuses changes nothing, and no error is returned.
    apply(row, &body);
    let mut fields = json!({"status": "updated"});
    if directory.is_some() {
        fields["needs_restart"] = true.into();
    }
    reply(200, &fields)
}

fn apply(row: &mut Workspace, body: &serde_json::Map<String, Value>) {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(name) = text("name") {
        row.name = name;
    }
    if let Some(role) = body
        .get("role")
        .filter(|role| role.is_string() || role.is_null())
    {
        row.role = role
            .as_str()
            .filter(|role| !role.is_empty())
            .map(str::to_owned);
    }
    if let Some(tier) = body.get("tier").and_then(Value::as_i64) {
        row.tier = tier;
    }
    match body.get("parent_id") {
        Some(Value::Null) => row.parent_id = None,
        Some(Value::String(parent)) if is_uuid(parent) => row.parent_id = Some(parent.clone()),
        _ => {}
    }
    if let Some(collapsed) = body.get("collapsed").and_then(Value::as_bool) {
        row.collapsed = collapsed;
    }
    if let Some(runtime) = text("runtime") {
        row.runtime = runtime;
    }
    if body.contains_key("workspace_dir") {
        row.directory = text("workspace_dir").filter(|path| !path.is_empty());
    }
    // Only both together are a place.
    if let (Some(Value::Number(x)), Some(Value::Number(y))) = (body.get("x"), body.get("y")) {
        row.position = (x.clone(), y.clone());
    }
}

/// Deletes a workspace with everything below it.
///
/// With children it wants `?confirm=true`; `?purge=true` deletes the rows as well.
#[utoipa::path(
    delete, path = "/workspaces/{id}", tag = "workspaces",
    params(("confirm" = Option<bool>, Query), ("purge" = Option<bool>, Query)),
    responses(
        (status = 200, description = "Removed or purged, with the number of workspaces below that went with it"),
        (status = 409, description = "It has children, which are listed"),
        AdminAuth, InvalidId,
    )
)]
pub(super) async fn remove(
    AdminAuth(double): AdminAuth,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let mut state = double.state();
    check_id(&id)?;
    let asked = |name: &str| query.get(name).is_some_and(|text| text == "true");
    let children = children(&state, &id);
    if !children.is_empty() && !asked("confirm") {
        return Err(Refusal::with(
            409,
            json!({
                "status": "confirmation_required",
                "message": format!(
                    "This workspace has {} sub-workspace(s), which are deleted with it. Repeat with ?confirm=true.",
                    children.len()
                ),
                "children_count": children.len(),
                "children": children,
            }),
        ));
    }
    let removed = double.remove(&mut state, &id);
    let below = removed.iter().filter(|gone| **gone != id).count();
    if !asked("purge") {
        return reply(200, &json!({"status": "removed", "cascade_deleted": below}));
    }
    for gone in removed.iter().chain([&id]) {
        purge(&mut state, gone);
    }
    reply(200, &json!({"status": "purged", "cascade_deleted": below}))
}

fn children(state: &Rows, id: &str) -> Vec<Value> {
    let direct = |row: &&Workspace| row.parent_id.as_deref() == Some(id) && !row.removed();
    let rows = state.workspaces.values().filter(direct);
    rows.map(|row| json!({"id": row.id, "name": row.name}))
        .collect()
}

/// Deletes what refers to a workspace, and its row.
fn purge(state: &mut Rows, id: &str) {
    state.workspaces.remove(id);
    state.tokens.forget(id);
    state.secrets.forget(id);
    state.activity.retain(|row| row.workspace_id != id);
    state.queue.forget(id);
}

/// A workspace's state for a runtime that polls it.
#[utoipa::path(
    get, path = "/workspaces/{id}/state", tag = "workspaces",
    responses(
        (status = 200, description = "Status, and whether it is paused or deleted"),
        (status = 404, description = "Removed, or never there"),
        WorkspaceAuth,
    )
)]
pub(super) async fn state(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    headers: HeaderMap,
) -> Reply {
    let mut state = double.state();
    Double::registry_gate(&mut state, &headers, &id)?;
    match state.workspaces.get(&id) {
        None => Err(Refusal::with(
            404,
            json!({"workspace_id": id, "deleted": true}),
        )),
        Some(row) if row.removed() => Err(Refusal::with(
            404,
            json!({"workspace_id": id, "status": "removed", "deleted": true}),
        )),
        Some(row) => reply(
            200,
            &json!({
                "workspace_id": id,
                "status": row.status,
                "paused": row.status == "paused",
                "deleted": false,
            }),
        ),
    }
}
