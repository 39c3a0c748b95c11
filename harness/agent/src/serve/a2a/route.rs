//! `POST /`: opens the envelope, does the work, answers under the same id.

use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use serde_json::{Value, json};

use super::delivery::Deliveries;
use super::envelope::{Version, open};
use super::error::RpcError;
use super::message::{Inbound, read, reply};
use crate::directive::{Reply, parse, perform};
use crate::runtime::Agent;

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
    let version_header = request.headers().get("a2a-version").cloned();
    let Ok(body) = to_bytes(request.into_body(), BODY_LIMIT).await else {
        return response(
            Value::Null,
            Err(RpcError::invalid_request("the body is too long")),
        );
    };
    let envelope = open(
        &body,
        version_header
            .as_ref()
            .map(axum::http::HeaderValue::as_bytes),
    );
    let outcome = match envelope
        .content
        .and_then(|(version, message)| Ok((version, read(version, &message)?)))
    {
        Ok((version, inbound)) => {
            let key = inbound.key.clone();
            deliveries
                .answer(&key, work(Arc::clone(&agent), version, inbound))
                .await
        }
        Err(error) => Err(error),
    };
    response(envelope.id, outcome)
}

async fn work(agent: Arc<Agent>, version: Version, inbound: Inbound) -> Result<Value, RpcError> {
    let id: String = inbound.id.chars().take(64).collect();
    let _busy = agent
        .activity
        .begin(&agent.credentials.redacted(&format!("message {id}")));
    // Nothing that comes in can make a credential go out again (TOK-022, SEC-018).
    let text = agent.credentials.redacted(&inbound.text);
    let replied = match parse(&text) {
        Some(directive) => perform(&agent, directive).await,
        None => Reply::Text(repeat(&text, &inbound.files)),
    };
    match replied {
        Reply::Text(text) => Ok(reply(version, &agent.credentials.redacted(&text))),
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

fn response(id: Value, outcome: Result<Value, RpcError>) -> Response {
    let body = match outcome {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error.value()}),
    };
    Json(body).into_response()
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
