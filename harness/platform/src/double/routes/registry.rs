//! `POST /registry/register`, `/registry/update-card` and `/registry/check-access` (contract 4.2, 4.4, 4.7).

use axum::extract::State;
use bytes::Bytes;
use http::HeaderMap;
use protocol::Revision;
use protocol::body::{CheckAccess, Register, UpdateCard};
use protocol::journal::PlatformChange;
use serde_json::{Value, json};

use super::refusal::{InvalidBody, RegistryGate};
use crate::double::Double;
use crate::double::access::can_communicate;
use crate::double::address;
use crate::double::reply::{Refusal, Refused, Reply, bind_whole, refuse, reply};
use crate::double::spelling::is_uuid;
use crate::double::state::{State as Rows, Workspace};

/// A URL with this beginning was written by the provisioner and survives a register (REG-042).
const PROVISIONED: &str = "http://127.0.0.1";

/// Registers a runtime; the order of the checks is the contract's.
///
/// The first register of a workspace without a live token answers with one.
#[utoipa::path(
    post, path = "/registry/register", tag = "registry", request_body = Register,
    responses(
        (status = 200, description = "Registered"),
        (status = 400, description = "The body or the URL is refused", body = Refused),
        (status = 500, description = "The id is no UUID", body = Refused),
        RegistryGate,
    )
)]
pub(super) async fn register(
    State(double): State<Double>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let body = bind_whole(&body, |body: &Register| !body.id.is_empty())?;
    let url = body.url.clone().unwrap_or_default();
    let modes = double.speaks(Revision::R2);
    if !modes {
        if url.is_empty() {
            return Err(Refusal::invalid_body());
        }
        // A duplicated check hides the reason before r2 (D-09).
        check_url(&double, &url)
            .await
            .map_err(|_| Refusal::invalid_body())?;
    }
    Double::registry_gate(&mut double.state(), &headers, &body.id)?;
    let mode = if modes {
        Some(delivery_mode(&double, &body)?)
    } else {
        None
    };
    if modes {
        if url.is_empty() && mode.as_deref() == Some("push") {
            return refuse(400, "url is required for push-mode workspaces");
        }
        if !url.is_empty() {
            check_url(&double, &url)
                .await
                .map_err(|reason| Refusal::new(400, &reason))?;
        }
    }
    if !is_uuid(&body.id) {
        return refuse(500, "registration failed");
    }
    let mut state = double.state();
    upsert(&double, &mut state, &body, &url, mode.as_deref());
    let online = json!({"url": url, "agent_card": body.agent_card});
    double.broadcast(&mut state, &body.id, "WORKSPACE_ONLINE", online);
    let mut fields = json!({"status": "registered"});
    if state.tokens.live(&body.id).next().is_none() {
        fields["auth_token"] = double.mint_token(&mut state, &body.id).reveal().into();
    }
    if double.speaks(Revision::R1)
        && let Some(secret) = double.secret_or_heal(&mut state, &body.id)
        && !secret.reveal().is_empty()
    {
        fields["platform_inbound_secret"] = secret.reveal().into();
    }
    if let Some(mode) = mode {
        fields["delivery_mode"] = mode.into();
    }
    reply(200, &fields)
}

async fn check_url(double: &Double, url: &str) -> Result<(), String> {
    address::validate(url, double.inner.addresses, double.inner.deployment).await
}

/// Payload, else row, else `poll` for an external runtime, else `push`.
fn delivery_mode(double: &Double, body: &Register) -> Result<String, Refusal> {
    match body.delivery_mode.as_deref() {
        Some(mode @ ("push" | "poll")) => Ok(mode.to_owned()),
        Some(mode) if !mode.is_empty() => refuse(400, "delivery_mode must be 'push' or 'poll'"),
        _ => Ok(match double.state().workspaces.get(&body.id) {
            Some(row) if row.delivery_mode == "poll" || row.runtime == "external" => "poll".into(),
            _ => "push".into(),
        }),
    }
}

fn upsert(double: &Double, state: &mut Rows, body: &Register, url: &str, mode: Option<&str>) {
    let id = &body.id;
    if let Some(row) = state.workspaces.get_mut(id) {
        if row.removed() {
            return;
        }
        row.agent_card = Some(body.agent_card.clone());
        if !row.url.starts_with(PROVISIONED) {
            url.clone_into(&mut row.url);
        }
        row.internal_url = Some(url.to_owned());
        if let Some(mode) = mode {
            mode.clone_into(&mut row.delivery_mode);
        }
        double.change_status(state, id, "online");
    } else {
        let mut row = Workspace::new(id, id, "online");
        row.agent_card = Some(body.agent_card.clone());
        url.clone_into(&mut row.url);
        row.internal_url = Some(url.to_owned());
        mode.unwrap_or("push").clone_into(&mut row.delivery_mode);
        state.workspaces.insert(id.clone(), row);
        double.note(
            id,
            PlatformChange::Status {
                from: None,
                to: "online".into(),
            },
        );
    }
}

/// Replaces the card of an agent.
#[utoipa::path(
    post, path = "/registry/update-card", tag = "registry", request_body = UpdateCard,
    responses((status = 200, description = "Updated"), RegistryGate, InvalidBody)
)]
pub(super) async fn update_card(
    State(double): State<Double>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let body = bind_whole(&body, |body: &UpdateCard| !body.workspace_id.is_empty())?;
    let mut state = double.state();
    Double::registry_gate(&mut state, &headers, &body.workspace_id)?;
    if !is_uuid(&body.workspace_id) {
        return refuse(500, "failed to update card");
    }
    if let Some(row) = state.workspaces.get_mut(&body.workspace_id) {
        row.agent_card = Some(body.agent_card.clone());
    }
    let payload = json!({"agent_card": body.agent_card});
    double.broadcast(
        &mut state,
        &body.workspace_id,
        "AGENT_CARD_UPDATED",
        payload,
    );
    reply(200, &json!({"status": "updated"}))
}

/// Says whether two workspaces may talk.
#[utoipa::path(
    post, path = "/registry/check-access", tag = "registry", request_body = CheckAccess,
    responses((status = 200, description = "Allowed or not"), InvalidBody)
)]
pub(super) async fn check_access(State(double): State<Double>, body: Bytes) -> Reply {
    let body = bind_whole(&body, |body: &CheckAccess| {
        !body.caller_id.is_empty() && !body.target_id.is_empty()
    })?;
    let allowed = can_communicate(&double.state(), &body.caller_id, &body.target_id);
    reply(200, &json!({"allowed": Value::Bool(allowed)}))
}
