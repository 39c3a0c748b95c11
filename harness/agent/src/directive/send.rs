//! A message to a peer: through the platform, patient once, and honest about what came back.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer_text;
use crate::platform_client::{Call, Outcome, Purpose};
use crate::runtime::Agent;
use crate::settings::path_segment;

/// A peer may think for long; the platform bounds it too (contract 5.2).
const LIMIT: Duration = Duration::from_mins(10);

/// The proxy cuts longer bodies without a word (A2A-050).
const BODY_LIMIT: usize = 1024 * 1024;

/// A reply stays far below what a proxy cuts (A2A-018).
const REPLY_LIMIT: usize = 1024 * 1024;

/// Sends a text to a peer and describes what came of it.
///
/// A peer is reached through the platform only: its own address must not see our bearer (A2A-048, TOK-021).
pub(super) async fn send(agent: &Agent, peer: &str, text: &str) -> String {
    let call = message(peer, text);
    if call
        .body
        .as_ref()
        .is_some_and(|body| body.to_string().len() >= BODY_LIMIT)
    {
        return "send failed: the message is not below 1 MiB".to_owned();
    }
    let mut outcome = agent.platform.send(&call).await;
    if let Some(wait) = outcome.requested_wait() {
        // The same message id again: a peer that got it after all will know it (A2A-016, A2A-046).
        if !agent.stop.during(wait).await {
            outcome = agent.platform.send(&call).await;
        }
    }
    describe(&outcome)
}

fn message(peer: &str, text: &str) -> Call {
    let body = json!({
        "jsonrpc": "2.0",
        "id": Uuid::new_v4().to_string(),
        "method": "message/send",
        "params": {"message": {
            "kind": "message",
            "role": "user",
            "messageId": Uuid::new_v4().to_string(),
            "parts": [{"kind": "text", "text": text}],
        }},
    });
    Call::post(
        Purpose::PeerMessage,
        format!("/workspaces/{}/a2a", path_segment(peer)),
        body,
    )
    .within(LIMIT)
}

fn describe(outcome: &Outcome) -> String {
    let answer = match outcome.data() {
        Ok(answer) => answer,
        Err(error) => return format!("send failed: {error}"),
    };
    if let Some(queue) = queued(outcome, answer) {
        return format!("send queued: {queue}");
    }
    match answer_text(answer) {
        Ok(text) => format!(
            "send ok: {}",
            text.chars().take(REPLY_LIMIT).collect::<String>()
        ),
        Err(reason) => format!("send failed: {reason}"),
    }
}

/// Recognises both notices of queueing and says where the message waits (A2A-045).
fn queued(outcome: &Outcome, answer: &Value) -> Option<String> {
    let is_queued = outcome.status() == Some(202)
        || answer.get("queued") == Some(&Value::Bool(true))
        || answer.get("status").and_then(Value::as_str) == Some("queued");
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    is_queued.then(|| {
        text("queue_id")
            .or(text("delivery_mode"))
            .unwrap_or("unknown")
            .to_owned()
    })
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
