//! `GET /admin/workspaces/:id/test-token` (contract 4.17).

use axum::extract::{Path, State};
use http::HeaderMap;
use serde_json::json;

use crate::double::Double;
use crate::double::reply::{Refusal, Refused, Reply, refuse, reply};

/// Issues a token for tests beside those that are live.
///
/// Not in production. Needs the operator's token if there is one; without, any caller may ask (D-18).
#[utoipa::path(
    get, path = "/admin/workspaces/{id}/test-token", tag = "admin",
    responses(
        (status = 200, description = "A live token"),
        (status = 401, description = "No operator's token", body = Refused),
        (status = 404, description = "No such workspace, or a platform in production", body = Refused),
    )
)]
pub(super) async fn test_token(
    State(double): State<Double>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Reply {
    if !double.inner.test_tokens {
        return refuse(404, "not found");
    }
    double.test_token_gate(&headers)?;
    let mut state = double.state();
    if !state.workspaces.contains_key(&id) {
        return Err(Refusal::no_workspace());
    }
    let token = double.mint_token(&mut state, &id);
    reply(
        200,
        &json!({"auth_token": token.reveal(), "workspace_id": id}),
    )
}
