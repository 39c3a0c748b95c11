//! `POST /registry/heartbeat` (contract 4.3).

use axum::extract::State;
use bytes::Bytes;
use http::HeaderMap;
use protocol::Revision;
use protocol::body::Heartbeat;
use serde_json::{Value, json};

use super::refusal::{InvalidBody, RegistryGate};
use crate::double::Double;
use crate::double::reply::{Reply, bind_whole, refuse, reply};
use crate::double::spelling::is_uuid;
use crate::double::state::State as Rows;

/// The most that a workspace can be reported to have spent.
const SPEND_CEILING: i64 = 1_000_000_000_000;

/// Keeps a workspace alive and updates what it does.
#[utoipa::path(
    post, path = "/registry/heartbeat", tag = "registry", request_body = Heartbeat,
    responses((status = 200, description = "Accepted"), RegistryGate, InvalidBody)
)]
pub(super) async fn heartbeat(
    State(double): State<Double>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let body = bind_whole(&body, |body: &Heartbeat| !body.workspace_id.is_empty())?;
    let mut state = double.state();
    Double::registry_gate(&mut state, &headers, &body.workspace_id)?;
    let id = body.workspace_id.as_str();
    if !is_uuid(id) {
        return refuse(500, "failed to update");
    }
    let mut fields = json!({"status": "ok"});
    if let Some(before) = state
        .workspaces
        .get(id)
        .filter(|row| !row.removed())
        .cloned()
    {
        store(&mut state, &body);
        evaluate(
            &double,
            &mut state,
            &body,
            &before.status,
            before.native("status_mgmt"),
        );
        if before.current_task != body.current_task {
            let payload =
                json!({"current_task": body.current_task, "active_tasks": body.active_tasks});
            double.broadcast(&mut state, id, "TASK_UPDATED", payload);
        }
        if body.active_tasks < before.max_concurrent_tasks {
            double.drain_later(id);
        }
    }
    let payload = json!({"active_tasks": body.active_tasks, "uptime_seconds": body.uptime_seconds});
    double.broadcast(&mut state, id, "WORKSPACE_HEARTBEAT", payload);
    // Last, so that the evaluation above saw what the previous heartbeat declared.
    if let Some(row) = state.workspaces.get_mut(id) {
        row.overrides = body.runtime_metadata.unwrap_or_default();
    }
    if double.speaks(Revision::R2Plus)
        && let Some(secret) = double.secret_or_heal(&mut state, id)
    {
        fields["platform_inbound_secret"] = secret.reveal().into();
    }
    reply(200, &fields)
}

fn store(state: &mut Rows, body: &Heartbeat) {
    let Some(row) = state.workspaces.get_mut(&body.workspace_id) else {
        return;
    };
    row.last_error_rate = body.error_rate;
    row.last_sample_error.clone_from(&body.sample_error);
    row.active_tasks = body.active_tasks;
    row.uptime_seconds = body.uptime_seconds;
    row.current_task.clone_from(&body.current_task);
    let spend = body.monthly_spend.clamp(0, SPEND_CEILING);
    if spend != 0 {
        row.monthly_spend = spend;
    }
}

/// Independent rules in this order, all of which look at the status before the heartbeat; so an online workspace that is
/// wedged and failing tells so twice (D-42).
fn evaluate(double: &Double, state: &mut Rows, body: &Heartbeat, status: &str, native: bool) {
    let id = body.workspace_id.as_str();
    let mut turn = |to: &str, event: &str, payload: Value| {
        double.change_status(state, id, to);
        double.broadcast(state, id, event, payload);
    };
    let sample = &body.sample_error;
    if status == "online" && body.runtime_state == "wedged" {
        let payload = json!({"runtime_state": body.runtime_state, "sample_error": sample});
        turn("degraded", "WORKSPACE_DEGRADED", payload);
    }
    if status == "online" && body.error_rate >= 0.5 && !native {
        let payload = json!({"error_rate": body.error_rate, "sample_error": sample});
        turn("degraded", "WORKSPACE_DEGRADED", payload);
    }
    if status == "degraded" && body.error_rate < 0.1 && body.runtime_state.is_empty() && !native {
        turn("online", "WORKSPACE_ONLINE", json!({}));
    }
    match status {
        "offline" => turn("online", "WORKSPACE_ONLINE", json!({})),
        "provisioning" => turn(
            "online",
            "WORKSPACE_ONLINE",
            json!({"recovered_from": "provisioning"}),
        ),
        "awaiting_agent" if double.speaks(Revision::R2Plus) => {
            turn("online", "WORKSPACE_ONLINE", json!({}));
        }
        _ => {}
    }
}
