//! `GET` and `POST /workspaces/:id/activity` (contract 4.13, 4.14).

use std::collections::HashMap;

use axum::extract::Query;
use bytes::Bytes;
use protocol::Revision;
use protocol::body::ActivityReport;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::auth::WorkspaceAuth;
use crate::double::Double;
use crate::double::activity::ActivityRow;
use crate::double::reply::{Refusal, Refused, Reply, bind_whole, refuse, reply};
use crate::double::state::State as Rows;

const TYPES: [&str; 7] = [
    "a2a_send",
    "a2a_receive",
    "task_update",
    "agent_log",
    "skill_promotion",
    "memory_write",
    "error",
];

/// Rows in an answer unless asked for otherwise, and at most.
const LIMIT: (usize, usize) = (100, 500);

/// The longest time that `since_secs` looks back.
const HORIZON_SECONDS: i64 = 30 * 24 * 60 * 60;

type Parameters = HashMap<String, String>;

/// Lists what happened in a workspace, newest first.
#[utoipa::path(
    get, path = "/workspaces/{id}/activity", tag = "activity",
    params(("type" = Option<String>, Query), ("source" = Option<String>, Query), ("limit" = Option<u32>, Query), ("since_secs" = Option<u64>, Query), ("since_id" = Option<String>, Query)),
    responses(
        (status = 200, description = "Rows of the log"),
        (status = 400, description = "A parameter is refused", body = Refused),
        (status = 410, description = "The cursor is unknown, from r2 on", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn list(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Query(query): Query<Parameters>,
) -> Reply {
    let state = double.state();
    let given = |name: &str| {
        query
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    let from_agent = match given("source") {
        None => None,
        Some("canvas") => Some(false),
        Some("agent") => Some(true),
        Some(_) => return refuse(400, "source must be 'canvas' or 'agent'"),
    };
    let since = since_seconds(&double, given("since_secs"))?;
    let (first, ascending) = cursor(&double, &state, &id, given("since_id"))?;
    let limit = given("limit")
        .and_then(|text| text.parse::<usize>().ok())
        .filter(|limit| *limit > 0)
        .map_or(LIMIT.0, |limit| limit.min(LIMIT.1));
    let fits = |row: &&ActivityRow| {
        row.workspace_id == id
            && given("type").is_none_or(|wanted| row.activity_type == wanted)
            && from_agent.is_none_or(|agent| row.source_id.is_some() == agent)
            && since.is_none_or(|since| row.created_at >= since)
    };
    let rows = state
        .activity
        .get(first..)
        .unwrap_or_default()
        .iter()
        .filter(fits);
    let rows: Vec<Value> = if ascending {
        rows.take(limit).map(ActivityRow::shown).collect()
    } else {
        rows.rev().take(limit).map(ActivityRow::shown).collect()
    };
    reply(200, &Value::Array(rows))
}

/// From r1 on.
fn since_seconds(double: &Double, text: Option<&str>) -> Result<Option<OffsetDateTime>, Refusal> {
    let Some(text) = text.filter(|_| double.speaks(Revision::R1)) else {
        return Ok(None);
    };
    let seconds = text
        .parse::<i64>()
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| Refusal::new(400, "since_secs must be a positive integer"))?;
    Ok(Some(
        OffsetDateTime::now_utc() - Duration::seconds(seconds.min(HORIZON_SECONDS)),
    ))
}

/// Where to begin, and whether the answer ascends: from r2 on a cursor asks for what is strictly later.
fn cursor(
    double: &Double,
    state: &Rows,
    workspace: &str,
    text: Option<&str>,
) -> Result<(usize, bool), Refusal> {
    let Some(text) = text.filter(|_| double.speaks(Revision::R2)) else {
        return Ok((0, false));
    };
    let at = state
        .activity
        .iter()
        .position(|row| row.id == text && row.workspace_id == workspace);
    at.map(|at| (at + 1, true)).ok_or_else(|| {
        let text = "since_id cursor not found (row may have been pruned or belongs to a different workspace); \
                    omit since_id to reset";
        Refusal::new(410, text)
    })
}

/// Adds a row to the log.
#[utoipa::path(
    post, path = "/workspaces/{id}/activity", tag = "activity", request_body = ActivityReport,
    responses(
        (status = 200, description = "Logged"),
        (status = 400, description = "The body or its type of activity is refused", body = Refused),
        (status = 403, description = "The source is another workspace", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn report(WorkspaceAuth { double, id }: WorkspaceAuth, body: Bytes) -> Reply {
    let mut state = double.state();
    let body = bind_whole(&body, |body: &ActivityReport| {
        !body.activity_type.is_empty()
    })?;
    if !TYPES.contains(&body.activity_type.as_str()) {
        let text = format!(
            "invalid activity_type, must be one of: {}",
            TYPES.join(", ")
        );
        return refuse(400, &text);
    }
    let source = body
        .source_id
        .filter(|source| !source.is_empty())
        .unwrap_or_else(|| id.clone());
    if source != id {
        return refuse(403, "source_id must match authenticated workspace");
    }
    let mut row = ActivityRow::new(&id, &body.activity_type);
    row.source_id = Some(source);
    row.target_id = body.target_id.filter(|target| !target.is_empty());
    row.method = body.method;
    row.summary = body.summary;
    row.status = body
        .status
        .filter(|status| !status.is_empty())
        .unwrap_or_else(|| "ok".into());
    row.error_detail = body.error_detail;
    row.duration_ms = body.duration_ms;
    row.request_body = body.request_body.or(body.metadata);
    row.response_body = body.response_body;
    // A row that the database refuses is lost silently.
    double.log_and_tell(&mut state, row);
    reply(200, &json!({"status": "logged"}))
}
