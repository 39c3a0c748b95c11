//! Who may come in: exact bytes, compared in constant time, before anything else is looked at (contract 7.3).

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use subtle::ConstantTimeEq as _;

use super::discard::discard;
use super::file_read;
use super::refusal::refusal;
use crate::defect::Defect;
use crate::runtime::Agent;

const SCHEME: &[u8] = b"Bearer ";

/// Lets only the platform through to `/internal` (SEC-009 to SEC-016); other routes pass.
pub(super) async fn internal(State(agent): State<Arc<Agent>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/internal" && !path.starts_with("/internal/") {
        return next.run(request).await;
    }
    if agent.settings.seeded.has(Defect::FileReadUnordered)
        && path == file_read::PATH
        && let Err(text) = file_read::checked_path(&agent, request.uri())
    {
        return refusal(StatusCode::BAD_REQUEST, text);
    }
    let request = if agent.settings.seeded.has(Defect::GateAfterBody) {
        let (head, body) = request.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Request::from_parts(head, Body::from(bytes))
    } else {
        request
    };
    if agent.settings.seeded.has(Defect::GateDiesOnBytes)
        && request.headers().get(AUTHORIZATION).is_some_and(|value| value.to_str().is_err())
    {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal error");
    }
    if agent.settings.seeded.has(Defect::GateDiesOnSecret)
        && agent.credentials.secret.for_gate().is_some_and(|secret| String::from_utf8(secret).is_err())
    {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal error");
    }
    if shows_secret(&agent, request.headers()) {
        return next.run(request).await;
    }
    discard(request.into_body());
    refusal(StatusCode::UNAUTHORIZED, "unauthorized")
}

/// Says whether the header is the agent's own token (TRN-001, TRN-002, TRN-003).
pub(super) fn shows_token(agent: &Agent, headers: &HeaderMap) -> bool {
    let shown = shown(headers);
    let token = agent.credentials.token.current();
    let is_token = token.is_some_and(|token| is_bearer(shown, token.reveal().as_bytes()));
    let is_secret = agent.settings.seeded.has(Defect::TranscriptTakesSecret)
        && agent.credentials.secret.for_gate().is_some_and(|secret| is_bearer(shown, &secret));
    is_token || is_secret || agent.settings.seeded.has(Defect::TranscriptOpen)
}

fn shows_secret(agent: &Agent, headers: &HeaderMap) -> bool {
    let seeded = agent.settings.seeded;
    let shown = shown(headers);
    let Some(secret) = agent.credentials.secret.for_gate() else {
        return seeded.has(Defect::GateOpen);
    };
    if seeded.has(Defect::GateEmptySecret) && secret.is_empty() {
        return shown.trim_ascii() == b"Bearer";
    }
    if seeded.has(Defect::GateAnyCase) && shown.len() > SCHEME.len() {
        let (scheme, rest) = shown.split_at(SCHEME.len());
        return scheme.eq_ignore_ascii_case(SCHEME) && rest == secret;
    }
    if seeded.has(Defect::GatePrefix) {
        return shown.strip_prefix(SCHEME).is_some_and(|rest| rest.starts_with(&secret));
    }
    if seeded.has(Defect::GateTrims) {
        return shown.strip_prefix(SCHEME).is_some_and(|rest| rest.trim_ascii() == secret);
    }
    if seeded.has(Defect::GateTakesToken) && shows_token(agent, headers) {
        return true;
    }
    is_bearer(shown, &secret)
}

/// Gives the raw bytes of the header; a missing one is like an empty one, which matches nothing.
fn shown(headers: &HeaderMap) -> &[u8] {
    headers.get(AUTHORIZATION).map(axum::http::HeaderValue::as_bytes).unwrap_or_default()
}

/// Compares without telling by time how much was right (SEC-017); an empty credential is never right.
fn is_bearer(shown: &[u8], credential: &[u8]) -> bool {
    let right = [SCHEME, credential].concat();
    !credential.is_empty() && bool::from(shown.ct_eq(&right))
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
