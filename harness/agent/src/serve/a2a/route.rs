//! `POST /`: opens the envelope, does the work, answers under the same id.

use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use serde_json::{Value, json};
use uuid::Uuid;

use super::delivery::Deliveries;
use super::envelope::{Version, open};
use super::error::RpcError;
use super::message::{Inbound, read, reply};
use crate::defect::Defect;
use crate::directive::{Reply, parse, perform};
use crate::runtime::Agent;
use crate::serve::gate;
use crate::serve::refusal::refusal;

/// The proxy sends at most 1 MiB; this leaves room for callers that are not the proxy.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// What the route works with: the agent, and the messages it has answered.
type Receiver = (Arc<Agent>, Arc<Deliveries>);

/// Answers JSON-RPC requests, each message once.
pub(crate) fn route<S>(agent: Arc<Agent>) -> MethodRouter<S> {
    post(answer).with_state((agent, Arc::default()))
}

/// Answers one JSON-RPC request; wants no credentials (A2A-002).
async fn answer(State((agent, deliveries)): State<Receiver>, request: Request) -> Response {
    let seeded = agent.settings.seeded;
    if seeded.has(Defect::A2aNeedsBearer) && !gate::shows_token(&agent, request.headers()) {
        return refusal(StatusCode::UNAUTHORIZED, "unauthorized");
    }
    let version_header = request.headers().get("a2a-version").cloned();
    let Ok(body) = to_bytes(request.into_body(), BODY_LIMIT).await else {
        return response(&agent, Value::Null, Err(RpcError::invalid_request("the body is too long")));
    };
    let envelope = open(&body, version_header.as_ref().map(axum::http::HeaderValue::as_bytes));
    let outcome = match envelope.content {
        Ok((_, message)) if seeded.has(Defect::A2aStrict) && message.contains_key("metadata") => {
            Err(RpcError::invalid_parameters("message.metadata is not wanted"))
        }
        Ok((version, message)) => match read(version, &message, seeded) {
            Ok(inbound) => {
                let mut key = inbound.key.clone();
                if seeded.has(Defect::A2aRedone) {
                    key.push_str(&Uuid::new_v4().to_string());
                }
                deliveries.answer(&key, work(Arc::clone(&agent), version, inbound)).await
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    response(&agent, envelope.id, outcome)
}

async fn work(agent: Arc<Agent>, version: Version, inbound: Inbound) -> Result<Value, RpcError> {
    let id: String = inbound.id.chars().take(64).collect();
    let _busy = agent.activity.begin(&agent.credentials.redacted(&format!("message {id}")));
    // Nothing that comes in can make a credential go out again (TOK-022, SEC-018).
    let text = agent.credentials.redacted(&inbound.text);
    let replied = match parse(&text) {
        Some(directive) => perform(&agent, directive).await,
        None => Reply::Text(repeat(&text, &inbound.files)),
    };
    match replied {
        Reply::Text(text) => Ok(reply(version, &agent.credentials.redacted(&text), agent.settings.seeded)),
        Reply::Failure(text) => Err(RpcError::application(&text)),
    }
}

fn repeat(text: &str, files: &[String]) -> String {
    let mut lines = Vec::new();
    if !text.is_empty() || files.is_empty() {
        lines.push(format!("received: {text}"));
    }
    lines.extend(files.iter().map(|file| format!("received file: {file}")));
    lines.join("\n")
}

fn response(agent: &Agent, id: Value, outcome: Result<Value, RpcError>) -> Response {
    let seeded = agent.settings.seeded;
    let id = if seeded.has(Defect::A2aNewId) { json!(Uuid::new_v4().to_string()) } else { id };
    let failed = outcome.is_err();
    let body = match outcome {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error.value()}),
    };
    let mistaken = failed && seeded.has(Defect::A2aErrorsAs500);
    let status = if mistaken { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
    (status, Json(body)).into_response()
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
