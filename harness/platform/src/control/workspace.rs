//! `/proofmark/workspaces`.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use protocol::DeliveryMode;
use protocol::control::{
    Done, FinishedDelegation, InboundSecret, IssuedToken, NewBudget, NewStatus, NewWorkspace,
    PrunedActivity, Refused, Reprovisioned, RevokedTokens, Workspace,
};

use super::answer::{Answer, ControlError, Created, read};
use super::control::Control;
use crate::world::WorkspaceSeed;

/// Statuses that a row can have (contract section 2).
const STATUSES: [&str; 10] = [
    "provisioning",
    "online",
    "degraded",
    "offline",
    "paused",
    "hibernating",
    "hibernated",
    "failed",
    "awaiting_agent",
    "removed",
];

/// Creates a workspace as if it had always been there.
#[utoipa::path(
    post, path = "/proofmark/workspaces", request_body = NewWorkspace,
    responses(
        (status = 201, body = Workspace),
        (status = 400, description = "Not a workspace", body = Refused),
        (status = 409, description = "The id is taken", body = Refused),
    )
)]
pub(super) async fn create(State(control): State<Control>, body: Bytes) -> Created<Workspace> {
    let new: NewWorkspace = read(&body)?;
    let id = id_or_new(new.id)?;
    let seed = WorkspaceSeed {
        id: id.clone(),
        name: new.name,
        parent_id: new
            .parent_id
            .map(|parent| id_or_new(Some(parent)))
            .transpose()?,
        polls: new.delivery_mode == DeliveryMode::Poll,
        ..WorkspaceSeed::default()
    };
    if !control.double.add_workspace(&seed) {
        return Err(ControlError::new(
            409,
            &format!("there is a workspace {id} already"),
        ));
    }
    if !new.secret_is_null {
        control.double.rotate_secret(&id);
    }
    Ok((StatusCode::CREATED, Json(seen(&control, &id)?)))
}

/// Shows a workspace.
#[utoipa::path(get, path = "/proofmark/workspaces/{id}", responses((status = 200, body = Workspace)))]
pub(super) async fn show(Existing { control, id }: Existing) -> Answer<Workspace> {
    Ok(Json(seen(&control, &id)?))
}

/// Removes a workspace with everything below it, as the operator's route does.
#[utoipa::path(delete, path = "/proofmark/workspaces/{id}", responses((status = 200, body = Done)))]
pub(super) async fn remove(Existing { control, id }: Existing) -> Answer<Done> {
    control.double.remove_workspace(&id);
    Ok(Json(Done {}))
}

/// Issues a token beside those that are live.
#[utoipa::path(
    post, path = "/proofmark/workspaces/{id}/tokens",
    responses((status = 201, body = IssuedToken))
)]
pub(super) async fn issue_token(Existing { control, id }: Existing) -> Created<IssuedToken> {
    let auth_token = control.double.issue_token(&id).reveal().to_owned();
    Ok((StatusCode::CREATED, Json(IssuedToken { auth_token })))
}

/// Revokes all live tokens.
#[utoipa::path(
    delete, path = "/proofmark/workspaces/{id}/tokens",
    responses((status = 200, body = RevokedTokens))
)]
pub(super) async fn revoke_tokens(Existing { control, id }: Existing) -> Answer<RevokedTokens> {
    Ok(Json(RevokedTokens {
        revoked: control.double.revoke_tokens(&id),
    }))
}

/// Shows the inbound secret.
#[utoipa::path(
    get, path = "/proofmark/workspaces/{id}/secret",
    responses((status = 200, body = InboundSecret))
)]
pub(super) async fn show_secret(Existing { control, id }: Existing) -> Answer<InboundSecret> {
    let secret = control
        .double
        .inbound_secret(&id)
        .map(|secret| secret.reveal().to_owned());
    Ok(Json(InboundSecret {
        platform_inbound_secret: secret,
    }))
}

/// Gives the workspace a new inbound secret.
#[utoipa::path(
    post, path = "/proofmark/workspaces/{id}/secret",
    responses((status = 200, body = InboundSecret))
)]
pub(super) async fn rotate_secret(Existing { control, id }: Existing) -> Answer<InboundSecret> {
    let secret = control.double.rotate_secret(&id).reveal().to_owned();
    Ok(Json(InboundSecret {
        platform_inbound_secret: Some(secret),
    }))
}

/// Makes the inbound secret NULL, as in a workspace older than the secret.
#[utoipa::path(
    delete, path = "/proofmark/workspaces/{id}/secret",
    responses((status = 200, body = InboundSecret))
)]
pub(super) async fn clear_secret(Existing { control, id }: Existing) -> Answer<InboundSecret> {
    control.double.clear_secret(&id);
    Ok(Json(InboundSecret {
        platform_inbound_secret: None,
    }))
}

/// Revokes the tokens and rotates the secret, as a provisioner does before it starts a container.
#[utoipa::path(
    post, path = "/proofmark/workspaces/{id}/reprovision",
    responses((status = 200, body = Reprovisioned))
)]
pub(super) async fn reprovision(Existing { control, id }: Existing) -> Answer<Reprovisioned> {
    let revoked = control.double.revoke_tokens(&id);
    let platform_inbound_secret = control.double.rotate_secret(&id).reveal().to_owned();
    Ok(Json(Reprovisioned {
        revoked,
        platform_inbound_secret,
    }))
}

/// Puts the workspace into a status, from any other.
#[utoipa::path(
    put, path = "/proofmark/workspaces/{id}/status", request_body = NewStatus,
    responses((status = 200, body = Workspace), (status = 400, description = "Not a status", body = Refused))
)]
pub(super) async fn set_status(
    State(control): State<Control>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<Workspace> {
    let wanted: NewStatus = read(&body)?;
    seen(&control, &id)?;
    if !STATUSES.contains(&wanted.status.as_str()) {
        let known = STATUSES.join(", ");
        return Err(ControlError::new(
            400,
            &format!("`{}` is no status; there are {known}", wanted.status),
        ));
    }
    control.double.set_status(&id, &wanted.status);
    Ok(Json(seen(&control, &id)?))
}

/// Limits what the workspace may spend.
#[utoipa::path(
    put, path = "/proofmark/workspaces/{id}/budget", request_body = NewBudget,
    responses((status = 200, body = Done), (status = 400, description = "Not a budget", body = Refused))
)]
pub(super) async fn set_budget(
    State(control): State<Control>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<Done> {
    let wanted: NewBudget = read(&body)?;
    seen(&control, &id)?;
    control.double.set_budget(&id, wanted.limit);
    Ok(Json(Done {}))
}

/// Deletes the activity log of the workspace, as retention does.
#[utoipa::path(
    delete, path = "/proofmark/workspaces/{id}/activity",
    responses((status = 200, body = PrunedActivity))
)]
pub(super) async fn prune_activity(Existing { control, id }: Existing) -> Answer<PrunedActivity> {
    Ok(Json(PrunedActivity {
        pruned: control.double.prune_activity(&id),
    }))
}

/// Adds a finished delegation to the list of the workspace.
#[utoipa::path(
    post, path = "/proofmark/workspaces/{id}/delegations", request_body = FinishedDelegation,
    responses(
        (status = 201, body = Done),
        (status = 400, description = "Not a finished delegation", body = Refused),
    )
)]
pub(super) async fn add_delegation(
    State(control): State<Control>,
    Path(id): Path<String>,
    body: Bytes,
) -> Created<Done> {
    let done: FinishedDelegation = read(&body)?;
    seen(&control, &id)?;
    if !matches!(done.status.as_str(), "completed" | "failed") {
        return Err(ControlError::new(
            400,
            &format!(
                "a finished delegation is completed or failed, not `{}`",
                done.status
            ),
        ));
    }
    for party in [&done.source_id, &done.target_id] {
        id_or_new(Some(party.clone()))?;
    }
    control.double.add_delegation(&id, done);
    Ok((StatusCode::CREATED, Json(Done {})))
}

/// A workspace that is there: the path of a route names it.
pub(super) struct Existing {
    control: Control,
    id: String,
}

impl FromRequestParts<Control> for Existing {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, control: &Control) -> Result<Self, Response> {
        let path = Path::<String>::from_request_parts(parts, control).await;
        let Path(id) = path.map_err(IntoResponse::into_response)?;
        seen(control, &id).map_err(IntoResponse::into_response)?;
        Ok(Self {
            control: control.clone(),
            id,
        })
    }
}

fn seen(control: &Control, id: &str) -> Result<Workspace, ControlError> {
    control
        .double
        .seen(id)
        .ok_or_else(|| ControlError::no_workspace(id))
}

/// The id that is given, if it is one, or a new one.
pub(super) fn id_or_new(id: Option<String>) -> Result<String, ControlError> {
    match id {
        None => Ok(uuid::Uuid::new_v4().to_string()),
        Some(id) if uuid::Uuid::try_parse(&id).is_ok() => Ok(id),
        Some(id) => Err(ControlError::new(400, &format!("`{id}` is no UUID"))),
    }
}
