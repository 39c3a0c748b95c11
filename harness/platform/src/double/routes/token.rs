//! `/workspaces/:id/tokens` (contract 4.17).

use std::collections::HashMap;

use axum::extract::{Path, Query};
use protocol::journal::PlatformChange;
use serde_json::{Value, json};

use super::auth::WorkspaceAuth;
use crate::double::reply::{Refused, Reply, refuse, reply};
use crate::double::spelling::timestamp;

/// Live tokens that a workspace can have.
const MOST: usize = 50;

/// Lists the live tokens of a workspace by their first characters.
#[utoipa::path(
    get, path = "/workspaces/{id}/tokens", tag = "tokens",
    params(("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)),
    responses((status = 200, description = "Neither plaintext nor hash"), WorkspaceAuth)
)]
pub(super) async fn list(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let state = double.state();
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let limit = number("limit")
        .filter(|limit| *limit > 0)
        .unwrap_or(50)
        .min(200);
    let mut live: Vec<_> = state.tokens.live(&id).collect();
    live.reverse();
    let shown = live
        .into_iter()
        .skip(number("offset").unwrap_or(0))
        .take(limit);
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
    reply(200, &json!({"count": tokens.len(), "tokens": tokens}))
}

/// Issues another token, which is shown here and never again.
#[utoipa::path(
    post, path = "/workspaces/{id}/tokens", tag = "tokens",
    responses(
        (status = 201, description = "The token"),
        (status = 429, description = "Fifty are live already", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn create(WorkspaceAuth { double, id }: WorkspaceAuth) -> Reply {
    let mut state = double.state();
    if state.tokens.live(&id).count() >= MOST {
        return refuse(429, "maximum 50 active tokens per workspace");
    }
    let token = double.mint_token(&mut state, &id);
    reply(
        201,
        &json!({
            "auth_token": token.reveal(),
            "workspace_id": id,
            "message": "Save this token now — it cannot be retrieved again.",
        }),
    )
}

/// Revokes a live token.
#[utoipa::path(
    delete, path = "/workspaces/{id}/tokens/{token}", tag = "tokens",
    responses(
        (status = 200, description = "Revoked"),
        (status = 404, description = "No such live token", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn revoke(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Path((_, token)): Path<(String, String)>,
) -> Reply {
    let mut state = double.state();
    if !state.tokens.revoke(&id, &token) {
        return refuse(404, "token not found or already revoked");
    }
    double.note(&id, PlatformChange::TokensRevoked(1));
    reply(200, &json!({"status": "revoked"}))
}
