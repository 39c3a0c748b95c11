//! `GET` and `POST /workspaces` (contract 4.8, 4.10).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use protocol::journal::PlatformChange;
use protocol::{Credential, Revision};
use serde::Deserialize;
use serde_json::{Number, Value, json};
use utoipa::ToSchema;

use super::auth::AdminAuth;
use super::connection;
use super::workspace::shown_to_operators;
use super::workspace_field::{self as field, ACCESS};
use crate::double::Double;
use crate::double::reply::{Refusal, Refused, Reply, answer, bind, refuse, reply};
use crate::double::secret;
use crate::double::spelling::is_uuid;
use crate::double::state::{State as Rows, Workspace};

/// What `POST /workspaces` takes, by its name upstream; fields that it does not know are ignored.
#[derive(Deserialize, ToSchema)]
pub(super) struct CreateWorkspacePayload {
    #[serde(default)]
    name: String,
    role: Option<String>,
    template: Option<String>,
    tier: Option<i64>,
    model: Option<String>,
    runtime: Option<String>,
    #[serde(default)]
    external: bool,
    url: Option<String>,
    workspace_dir: Option<String>,
    workspace_access: Option<String>,
    parent_id: Option<String>,
    budget_limit: Option<i64>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    max_concurrent_tasks: Option<i64>,
    canvas: Option<Canvas>,
}

/// A place on the canvas.
#[derive(Deserialize, ToSchema)]
struct Canvas {
    #[schema(value_type = f64)]
    x: Number,
    #[schema(value_type = f64)]
    y: Number,
}

/// Lists the workspaces that are not removed, with all their fields.
#[utoipa::path(
    get, path = "/workspaces", tag = "workspaces",
    responses((status = 200, description = "All rows that are not removed"), AdminAuth)
)]
pub(super) async fn list(AdminAuth(double): AdminAuth) -> Reply {
    let state = double.state();
    let rows = state
        .workspaces
        .values()
        .filter(|row| !row.removed())
        .map(shown_to_operators);
    reply(200, &Value::Array(rows.collect()))
}

/// Creates a workspace.
///
/// An external one without a URL gets a token, which is shown here and never again.
#[utoipa::path(
    post, path = "/workspaces", tag = "workspaces", request_body = CreateWorkspacePayload,
    responses(
        (status = 201, description = "Created; an external workspace without a URL comes with its connection"),
        (status = 400, description = "A field is refused", body = Refused),
        (status = 500, description = "The database refuses the row", body = Refused),
        AdminAuth,
    )
)]
pub(super) async fn create(AdminAuth(double): AdminAuth, headers: HeaderMap, body: Bytes) -> Reply {
    let mut state = double.state();
    let body: CreateWorkspacePayload = bind(&body)
        .filter(|body: &CreateWorkspacePayload| !body.name.is_empty())
        .ok_or_else(|| Refusal::new(400, "invalid workspace payload"))?;
    check(&body)?;
    if body
        .parent_id
        .as_deref()
        .is_some_and(|parent| !is_uuid(parent))
    {
        return refuse(500, "failed to create workspace");
    }
    let id = uuid::Uuid::new_v4().to_string();
    store(&double, &mut state, &body, &id);
    if body.external || body.runtime.as_deref() == Some("external") {
        return Ok(external(&double, &mut state, &body, &id, &headers));
    }
    let access = state.workspaces.get(&id).map(|row| row.access.clone());
    double.begin_provisioning(&mut state, &id);
    double.provision(&mut state, &id);
    reply(
        201,
        &json!({
            "id": id,
            "status": "provisioning",
            "awareness_namespace": format!("workspace:{id}"),
            "workspace_access": access,
        }),
    )
}

fn check(body: &CreateWorkspacePayload) -> Result<(), Refusal> {
    let refuse = |text: &str| refuse(400, text);
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields = [
        field::check("name", &body.name),
        field::check("role", &given(&body.role)),
        field::check("model", &given(&body.model)),
        field::check("runtime", &given(&body.runtime)),
    ];
    if fields.iter().any(Result::is_err) {
        return refuse("invalid workspace fields");
    }
    if !field::is_inside(&given(&body.template)) {
        return refuse("invalid template");
    }
    let directory = body
        .workspace_dir
        .as_deref()
        .filter(|directory| !directory.is_empty());
    if directory.is_some_and(|directory| !field::is_directory(directory)) {
        return refuse("invalid workspace directory");
    }
    let access = body
        .workspace_access
        .as_deref()
        .filter(|access| !access.is_empty())
        .unwrap_or("none");
    // Access to a directory needs a directory.
    if !ACCESS.contains(&access) || (access != "none" && directory.is_none()) {
        return refuse("invalid workspace access");
    }
    Ok(())
}

fn store(double: &Double, state: &mut Rows, body: &CreateWorkspacePayload, id: &str) {
    let present = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let mut row = Workspace::new(id, &body.name, "provisioning");
    row.role = present(&body.role);
    row.tier = body.tier.filter(|tier| *tier > 0).unwrap_or(row.tier);
    row.runtime = present(&body.runtime).unwrap_or(row.runtime);
    row.parent_id = present(&body.parent_id);
    row.budget_limit = body.budget_limit;
    row.max_concurrent_tasks = body
        .max_concurrent_tasks
        .filter(|most| *most > 0)
        .unwrap_or(1);
    row.directory = present(&body.workspace_dir);
    row.access = present(&body.workspace_access).unwrap_or(row.access);
    if let Some(Canvas { x, y }) = &body.canvas {
        row.position = (x.clone(), y.clone());
    }
    state.workspaces.insert(id.to_owned(), row);
    double.note(
        id,
        PlatformChange::Status {
            from: None,
            to: "provisioning".into(),
        },
    );
    for (key, value) in &body.secrets {
        let value = Credential::new(value.as_str());
        secret::learn(double.inner.recorder.redactor(), &value);
        state.secrets.set(Some(id), key, Some(value));
    }
}

/// An external workspace is not provisioned: it is online at a URL, or awaits an agent that gets a token for it.
fn external(
    double: &Double,
    state: &mut Rows,
    body: &CreateWorkspacePayload,
    id: &str,
    headers: &HeaderMap,
) -> axum::response::Response {
    let url = body.url.clone().unwrap_or_default();
    // Before r2 the column knows no such status: the update fails silently and the row stays as it was (D-11).
    let takes = !url.is_empty() || double.speaks(Revision::R2);
    if let Some(row) = state.workspaces.get_mut(id) {
        row.runtime = if takes { "external" } else { "langgraph" }.into();
        row.url.clone_from(&url);
    }
    let payload = json!({"name": body.name, "external": true});
    if !url.is_empty() {
        double.change_status(state, id, "online");
        double.broadcast(state, id, "WORKSPACE_ONLINE", payload);
        return answer(
            201,
            &json!({"id": id, "external": true, "status": "online"}),
        );
    }
    if takes {
        double.change_status(state, id, "awaiting_agent");
    }
    let token = double.mint_token(state, id);
    double.broadcast(state, id, "WORKSPACE_AWAITING_AGENT", payload);
    answer(
        201,
        &json!({
            "id": id,
            "external": true,
            "status": "awaiting_agent",
            "connection": connection::block(id, &token, headers),
        }),
    )
}
