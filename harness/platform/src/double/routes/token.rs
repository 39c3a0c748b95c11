//! `/workspaces/:id/tokens` (contract 4.17).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use http::HeaderMap;
use protocol::journal::PlatformChange;
use serde_json::{Value, json};

use crate::double::Double;
use crate::double::reply::{Refusal, Reply, answer};
use crate::double::state::timestamp;

/// Live tokens that a workspace can have.
const MOST: usize = 50;

pub(super) async fn list(
    State(double): State<Double>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Reply {
    let mut state = double.state();
    double.workspace_gate(&mut state, &headers, &id)?;
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let limit = number("limit").filter(|limit| *limit > 0).unwrap_or(50).min(200);
    let mut live: Vec<_> = state.tokens.live(&id).collect();
    live.reverse();
    let shown = live.into_iter().skip(number("offset").unwrap_or(0)).take(limit);
    let tokens: Vec<Value> = shown
        .map(|row| {
            json!({
                "id": row.id,
                "prefix": row.prefix,
                "created_at": timestamp(row.created_at),
                "last_used_at": row.last_used_at.map(timestamp),
            })
        })
        .collect();
    Ok(answer(200, &json!({"count": tokens.len(), "tokens": tokens})))
}

pub(super) async fn create(
    State(double): State<Double>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Reply {
    let mut state = double.state();
    double.workspace_gate(&mut state, &headers, &id)?;
    if state.tokens.live(&id).count() >= MOST {
        return Err(Refusal::new(429, "maximum 50 active tokens per workspace"));
    }
    let token = double.mint_token(&mut state, &id);
    Ok(answer(
        201,
        &json!({
            "auth_token": token.reveal(),
            "workspace_id": id,
            "message": "Save this token now — it cannot be retrieved again.",
        }),
    ))
}

pub(super) async fn revoke(
    State(double): State<Double>,
    Path((id, token)): Path<(String, String)>,
    headers: HeaderMap,
) -> Reply {
    let mut state = double.state();
    double.workspace_gate(&mut state, &headers, &id)?;
    if !state.tokens.revoke(&id, &token) {
        return Err(Refusal::new(404, "token not found or already revoked"));
    }
    double.note(&id, PlatformChange::TokensRevoked(1));
    Ok(answer(200, &json!({"status": "revoked"})))
}
