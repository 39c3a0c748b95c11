//! `/workspaces/:id/secrets` and `/admin/secrets` (contract 4.16).

use axum::extract::Path;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use protocol::Credential;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::auth::{AdminAuth, WorkspaceAuth};
use super::refusal::InvalidId;
use crate::double::Double;
use crate::double::reply::{Refusal, Refused, Reply, bind_whole, refuse, reply};
use crate::double::secret::{self, SecretRow};
use crate::double::spelling::{is_uuid, timestamp};
use crate::double::state::State as Rows;

/// A secret to store.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewSecret {
    key: String,
    value: String,
}

/// Lists the secrets that a workspace reads, without their values.
#[utoipa::path(
    get, path = "/workspaces/{id}/secrets", tag = "secrets",
    responses((status = 200, description = "Keys with scope and times"), WorkspaceAuth, InvalidId)
)]
pub(super) async fn list(WorkspaceAuth { double, id }: WorkspaceAuth) -> Reply {
    let state = double.state();
    check_id(&id)?;
    let own: Vec<_> = state.secrets.of(Some(&id)).collect();
    let inherited = state
        .secrets
        .of(None)
        .filter(|(key, _)| !own.iter().any(|(known, _)| known == key));
    let inherited: Vec<_> = inherited
        .map(|(key, row)| shown(key, row, "global"))
        .collect();
    let rows = own
        .iter()
        .map(|(key, row)| shown(key, row, "workspace"))
        .chain(inherited);
    reply(200, &Value::Array(rows.collect()))
}

/// Gives a workspace its secrets, global ones below its own.
///
/// With a live token only a token of the workspace will do; one value that cannot be decrypted fails the whole.
#[utoipa::path(
    get, path = "/workspaces/{id}/secrets/values", tag = "secrets",
    responses(
        (status = 200, description = "Values by key"),
        (status = 400, description = "Not a workspace id in lower case", body = Refused),
        (status = 500, description = "A value cannot be decrypted", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn values(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    headers: HeaderMap,
) -> Reply {
    let mut state = double.state();
    check_id(&id)?;
    Double::registry_gate(&mut state, &headers, &id)?;
    let bundle = state.secrets.bundle(&id).map_err(|failed| {
        let text = "one or more secrets failed to decrypt; refusing to return partial bundle";
        Refusal::with(500, json!({"error": text, "failed_keys": failed}))
    })?;
    let values = bundle
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::from(value.reveal())));
    reply(200, &Value::Object(values.collect::<Map<_, _>>()))
}

/// Stores a secret of a workspace, which a Docker deployment then restarts.
#[utoipa::path(
    post, path = "/workspaces/{id}/secrets", tag = "secrets", request_body = NewSecret,
    responses(
        (status = 200, description = "Saved"),
        (status = 400, description = "Not a workspace id, or key or value is missing", body = Refused),
        (status = 500, description = "No such workspace", body = Refused),
        WorkspaceAuth,
    )
)]
pub(super) async fn set(WorkspaceAuth { double, id }: WorkspaceAuth, body: Bytes) -> Reply {
    let mut state = double.state();
    check_id(&id)?;
    let body = given(&body)?;
    if !state.workspaces.contains_key(&id) {
        // The column refers to a workspace.
        return refuse(500, "failed to save secret");
    }
    store(&double, &mut state, Some(&id), &body);
    double.restart_by_id(&mut state, &id);
    reply(200, &json!({"status": "saved", "key": body.key}))
}

/// Deletes a secret of a workspace, which a Docker deployment then restarts.
#[utoipa::path(
    delete, path = "/workspaces/{id}/secrets/{key}", tag = "secrets",
    responses(
        (status = 200, description = "Deleted"),
        (status = 404, description = "No such secret", body = Refused),
        WorkspaceAuth, InvalidId,
    )
)]
pub(super) async fn remove(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Path((_, key)): Path<(String, String)>,
) -> Reply {
    let mut state = double.state();
    check_id(&id)?;
    if !state.secrets.remove(Some(&id), &key) {
        return refuse(404, "secret not found");
    }
    double.restart_by_id(&mut state, &id);
    reply(200, &json!({"status": "deleted", "key": key}))
}

/// Lists the secrets of all workspaces, without their values.
#[utoipa::path(
    get, path = "/admin/secrets", tag = "admin",
    responses((status = 200, description = "Keys with times"), AdminAuth)
)]
pub(super) async fn list_global(AdminAuth(double): AdminAuth) -> Reply {
    let state = double.state();
    let rows = state
        .secrets
        .of(None)
        .map(|(key, row)| shown(key, row, "global"));
    reply(200, &Value::Array(rows.collect()))
}

/// Stores a secret for all workspaces.
#[utoipa::path(
    post, path = "/admin/secrets", tag = "admin", request_body = NewSecret,
    responses(
        (status = 200, description = "Saved"),
        (status = 400, description = "Key or value is missing", body = Refused),
        AdminAuth,
    )
)]
pub(super) async fn set_global(AdminAuth(double): AdminAuth, body: Bytes) -> Reply {
    let mut state = double.state();
    let body = given(&body)?;
    store(&double, &mut state, None, &body);
    reply(
        200,
        &json!({"status": "saved", "key": body.key, "scope": "global"}),
    )
}

/// Deletes a secret of all workspaces.
#[utoipa::path(
    delete, path = "/admin/secrets/{key}", tag = "admin",
    responses(
        (status = 200, description = "Deleted"),
        (status = 404, description = "No such secret", body = Refused),
        AdminAuth,
    )
)]
pub(super) async fn remove_global(
    AdminAuth(double): AdminAuth,
    Path(key): Path<String>,
) -> Result<Response, Refusal> {
    let mut state = double.state();
    if !state.secrets.remove(None, &key) {
        return refuse(404, "secret not found");
    }
    reply(
        200,
        &json!({"status": "deleted", "key": key, "scope": "global"}),
    )
}

fn given(body: &[u8]) -> Result<NewSecret, Refusal> {
    bind_whole(body, |body: &NewSecret| {
        !body.key.is_empty() && !body.value.is_empty()
    })
}

fn store(double: &Double, state: &mut Rows, workspace: Option<&str>, body: &NewSecret) {
    let value = Credential::new(body.value.as_str());
    secret::learn(double.inner.recorder.redactor(), &value);
    state.secrets.set(workspace, &body.key, Some(value));
}

fn shown(key: &str, row: &SecretRow, scope: &str) -> Value {
    json!({
        "key": key,
        "has_value": true,
        "scope": scope,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
    })
}

/// A workspace's id as this family wants it: a UUID in lower case.
fn check_id(id: &str) -> Result<(), Refusal> {
    let fits =
        is_uuid(id) && id.len() == 36 && !id.contains(|letter: char| letter.is_ascii_uppercase());
    if fits {
        Ok(())
    } else {
        Err(Refusal::invalid_id())
    }
}
