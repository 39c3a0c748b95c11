//! `POST /workspaces/:id/a2a` up to the caller gate (contract 5.1 steps 1-5).

use axum::extract::{Path, State};
use bytes::Bytes;
use http::HeaderMap;
use protocol::Revision;
use protocol::wire::WORKSPACE_ID_HEADER;

use super::refusal::NoWorkspace;
use crate::double::Double;
use crate::double::proxy::{Delivery, Message};
use crate::double::reply::{Refused, Reply, header, raw, refuse, reply};

/// What lies behind this many bytes is cut silently (D-41).
const REQUEST_LIMIT: usize = 1024 * 1024;

/// Callers that only the server itself may be.
const RESERVED: [&str; 4] = ["webhook:", "system:", "test:", "channel:"];

/// Sends a JSON-RPC message on to a workspace.
#[utoipa::path(
    post, path = "/workspaces/{id}/a2a", tag = "messages",
    responses(
        (status = 200, description = "The answer of the workspace, with its own status"),
        (status = 202, description = "It waits in the queue of a busy workspace"),
        (status = 400, description = "Not a JSON object", body = Refused),
        (status = 401, description = "The caller has a live token and this is none", body = Refused),
        (status = 402, description = "The budget is spent", body = Refused),
        (status = 403, description = "The two may not talk", body = Refused),
        (status = 502, description = "The workspace cannot be reached", body = Refused),
        (status = 503, description = "The workspace has no URL, wakes up or restarts", body = Refused),
        NoWorkspace,
    )
)]
pub(super) async fn proxy(
    State(double): State<Double>,
    Path(target): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let caller = caller(&double, &headers);
    if RESERVED.iter().any(|prefix| caller.starts_with(prefix)) {
        return refuse(403, "invalid caller ID");
    }
    if !caller.is_empty() && caller != target {
        Double::caller_gate(&mut double.state(), &headers, &caller)?;
    }
    let timeout = header(&headers, "x-timeout")
        .parse::<u64>()
        .ok()
        .filter(|seconds| *seconds > 0);
    let message = Message {
        target,
        caller: Some(caller).filter(|caller| !caller.is_empty()),
        body: body.slice(..body.len().min(REQUEST_LIMIT)),
        // The header's value is ignored and its presence lifts the ceiling (D-15).
        bounded: timeout.is_none(),
        logged: true,
    };
    match double.proxy(message).await? {
        Delivery::Answered { status, body } => Ok(raw(status, "application/json", body)),
        Delivery::Queued(status, body) => reply(status, &body),
    }
}

/// The header; from r1 on also the owner of a valid bearer (A2A-062).
fn caller(double: &Double, headers: &HeaderMap) -> String {
    let stated = header(headers, WORKSPACE_ID_HEADER);
    if !stated.is_empty() || !double.speaks(Revision::R1) {
        return stated.to_owned();
    }
    Double::bearer_owner(&mut double.state(), headers).unwrap_or_default()
}
