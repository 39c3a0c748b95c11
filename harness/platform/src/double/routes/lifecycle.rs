//! `/workspaces/:id/restart`, `/pause`, `/resume` and `/hibernate` (contract 8.1, 8.3).

use std::collections::HashMap;

use axum::extract::Query;
use bytes::Bytes;
use protocol::Revision;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::auth::WorkspaceAuth;
use super::refusal::NoWorkspace;
use crate::double::lifecycle::{family, paused_ancestor};
use crate::double::reply::{Refusal, Refused, Reply, bind, refuse, reply};
use crate::double::state::{State as Rows, Workspace};

/// What a restart may be told; all of it is optional.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct Restart {
    template: Option<String>,
    #[serde(default)]
    reset: bool,
}

/// Restarts a workspace.
///
/// The row is `provisioning` without a URL; a Docker deployment revokes the tokens and rotates the inbound secret.
#[utoipa::path(
    post, path = "/workspaces/{id}/restart", tag = "lifecycle", request_body(content = Option<Restart>),
    responses(
        (status = 200, description = "Being provisioned"),
        (status = 409, description = "A workspace above is paused", body = Refused),
        WorkspaceAuth, NoWorkspace,
    )
)]
pub(super) async fn restart(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Reply {
    let mut state = double.state();
    // The body is optional: an unreadable one counts as absent.
    let body: Restart = bind(&body).unwrap_or_default();
    state
        .workspaces
        .get(&id)
        .filter(|row| !row.removed())
        .ok_or_else(Refusal::no_workspace)?;
    refuse_below_paused(&state, &id)?;
    double.restart(&mut state, &id);
    let reset = body.reset || query.get("reset").is_some_and(|text| text == "true");
    reply(
        200,
        &json!({
            "status": "provisioning",
            "config_dir": body.template.filter(|name| !name.is_empty()).unwrap_or_else(|| "existing-volume".into()),
            "reset_session": reset,
        }),
    )
}

/// Pauses a workspace and everything below it.
#[utoipa::path(
    post, path = "/workspaces/{id}/pause", tag = "lifecycle",
    responses(
        (status = 200, description = "Paused, with the number of workspaces"),
        (status = 404, description = "No such workspace, or paused already", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn pause(WorkspaceAuth { double, id }: WorkspaceAuth) -> Reply {
    let mut state = double.state();
    let is_awake = |row: &Workspace| !row.removed() && row.status != "paused";
    let paused = family_that(&state, &id, is_awake)
        .ok_or_else(|| Refusal::new(404, "workspace not found or already paused"))?;
    for id in &paused {
        double.put_to_rest(&mut state, id, "paused", "WORKSPACE_PAUSED");
    }
    reply(
        200,
        &json!({"status": "paused", "paused_count": paused.len()}),
    )
}

/// Resumes a paused workspace and everything paused below it.
#[utoipa::path(
    post, path = "/workspaces/{id}/resume", tag = "lifecycle",
    responses(
        (status = 200, description = "Being provisioned, with the number of workspaces"),
        (status = 404, description = "No such workspace, or not paused", body = Refused),
        (status = 409, description = "A workspace above is paused", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn resume(WorkspaceAuth { double, id }: WorkspaceAuth) -> Reply {
    let mut state = double.state();
    let resumed = family_that(&state, &id, |row| row.status == "paused")
        .ok_or_else(|| Refusal::new(404, "workspace not found or not paused"))?;
    refuse_below_paused(&state, &id)?;
    for id in &resumed {
        double.restart(&mut state, id);
    }
    reply(
        200,
        &json!({"status": "provisioning", "resumed_count": resumed.len()}),
    )
}

/// Hibernates an idle workspace; `?force=true` asks for it in spite of active tasks.
#[utoipa::path(
    post, path = "/workspaces/{id}/hibernate", tag = "lifecycle", params(("force" = Option<bool>, Query)),
    responses(
        (status = 200, description = "Hibernated, or so it says"),
        (status = 404, description = "No such workspace, or neither online nor degraded", body = Refused),
        (status = 409, description = "It has active tasks", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn hibernate(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let mut state = double.state();
    let row = state
        .workspaces
        .get(&id)
        .filter(|row| matches!(row.status.as_str(), "online" | "degraded"));
    let refusal = "workspace not found or not in a hibernatable state (must be online or degraded)";
    let tasks = row.ok_or_else(|| Refusal::new(404, refusal))?.active_tasks;
    if tasks > 0 && query.get("force").is_none_or(|text| text != "true") {
        let text = "workspace has active tasks; use ?force=true to terminate them";
        return Err(Refusal::with(
            409,
            json!({"error": text, "active_tasks": tasks}),
        ));
    }
    // Before r2 the column lacks the status in between (D-11), and with active tasks the claim fails (D-13): nothing happens, and
    // the answer is the same.
    if double.speaks(Revision::R2) && tasks == 0 {
        double.put_to_rest(&mut state, &id, "hibernated", "WORKSPACE_HIBERNATED");
    }
    reply(200, &json!({"status": "hibernated"}))
}

/// A workspace that fits, with everything below it that fits too.
fn family_that(state: &Rows, id: &str, fits: impl Fn(&Workspace) -> bool) -> Option<Vec<String>> {
    let is_it = |id: &str| state.workspaces.get(id).is_some_and(&fits);
    is_it(id).then(|| {
        family(state, id)
            .into_iter()
            .filter(|id| is_it(id))
            .collect()
    })
}

fn refuse_below_paused(state: &Rows, id: &str) -> Result<(), Refusal> {
    match paused_ancestor(state, id) {
        Some(name) => {
            let text = format!("parent workspace \"{name}\" is paused — resume it first");
            refuse(409, &text)
        }
        None => Ok(()),
    }
}
