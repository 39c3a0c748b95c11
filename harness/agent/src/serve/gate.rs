//! Who may come in: exact bytes, compared in constant time, before anything else is looked at (contract 7.3).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use subtle::ConstantTimeEq as _;

use super::discard::discard;
use super::refusal::refusal;
use crate::runtime::Agent;

const SCHEME: &[u8] = b"Bearer ";

/// Lets only the platform through to `/internal` (SEC-009 to SEC-016); other routes pass.
pub(super) async fn internal(
    State(agent): State<Arc<Agent>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_internal = path == "/internal" || path.starts_with("/internal/");
    if !is_internal || shows_secret(&agent, request.headers()) {
        return next.run(request).await;
    }
    discard(request.into_body());
    refusal(StatusCode::UNAUTHORIZED, "unauthorized")
}

/// Says whether the header is the agent's own token (TRN-001, TRN-002, TRN-003).
pub(super) fn shows_token(agent: &Agent, headers: &HeaderMap) -> bool {
    let token = agent.credentials.token.current();
    token.is_some_and(|token| is_bearer(shown(headers), token.reveal().as_bytes()))
}

fn shows_secret(agent: &Agent, headers: &HeaderMap) -> bool {
    let secret = agent.credentials.secret.for_gate();
    secret.is_some_and(|secret| is_bearer(shown(headers), &secret))
}

/// Gives the raw bytes of the header; a missing one is like an empty one, which matches nothing.
fn shown(headers: &HeaderMap) -> &[u8] {
    headers
        .get(AUTHORIZATION)
        .map(axum::http::HeaderValue::as_bytes)
        .unwrap_or_default()
}

/// Compares without telling by time how much was right (SEC-017); an empty credential is never right.
fn is_bearer(shown: &[u8], credential: &[u8]) -> bool {
    let right = [SCHEME, credential].concat();
    !credential.is_empty() && bool::from(shown.ct_eq(&right))
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
