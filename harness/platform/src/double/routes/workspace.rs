//! `GET /workspaces/:id` and `/workspaces/:id/state` (contract 4.8, 4.12).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use http::HeaderMap;
use protocol::Revision;
use serde_json::json;

use crate::double::Double;
use crate::double::reply::{Refusal, Reply, answer};
use crate::double::state::{is_uuid, timestamp};

/// Open to everybody, and therefore silent about money, tasks and secrets (ADM-003, SEC-032).
/// A removed workspace is gone from r3 on, unless it is asked for.
pub(super) async fn show(
    State(double): State<Double>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    if !is_uuid(&id) {
        return Err(Refusal::new(400, "invalid workspace ID"));
    }
    let state = double.state();
    let row = state.workspaces.get(&id).ok_or_else(Refusal::no_workspace)?;
    let shown = query.get("include_removed").is_some_and(|text| text == "true");
    if row.removed() && double.speaks(Revision::R3) && !shown {
        return Err(Refusal::new(410, "workspace removed"));
    }
    Ok(answer(
        200,
        &json!({
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
            "x": 0,
            "y": 0,
            "collapsed": false,
            "role": row.role,
            "agent_card": row.agent_card,
            "last_outbound_at": row.last_outbound_at.map(timestamp),
        }),
    ))
}

pub(super) async fn state(State(double): State<Double>, Path(id): Path<String>, headers: HeaderMap) -> Reply {
    let mut state = double.state();
    double.workspace_gate(&mut state, &headers, &id)?;
    Double::handler_gate(&mut state, &headers, &id)?;
    match state.workspaces.get(&id) {
        None => Err(Refusal::with(404, json!({"workspace_id": id, "deleted": true}))),
        Some(row) if row.removed() => {
            Err(Refusal::with(404, json!({"workspace_id": id, "status": "removed", "deleted": true})))
        }
        Some(row) => Ok(answer(
            200,
            &json!({
                "workspace_id": id,
                "status": row.status,
                "paused": row.status == "paused",
                "deleted": false,
            }),
        )),
    }
}
