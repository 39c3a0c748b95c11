//! A message to a peer: through the platform, patient once, and honest about what came back.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer_text;
use crate::defect::{Defect, Seeded};
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
pub(super) async fn send(agent: &Agent, peer: &str, text: &str) -> String {
    let call = message(peer, text, agent.settings.seeded);
    if call.body.as_ref().is_some_and(|body| body.to_string().len() >= BODY_LIMIT) {
        return "send failed: the message is not below 1 MiB".to_owned();
    }
    let mut outcome = dispatch(agent, peer, &call).await;
    if let Some(wait) = outcome.requested_wait() {
        // The same message id again: a peer that got it after all will know it (A2A-016, A2A-046).
        if !agent.stop.during(wait).await {
            outcome = dispatch(agent, peer, &call).await;
        }
    }
    if outcome.status() == Some(403) && agent.settings.seeded.has(Defect::RefusedPeerRetried) {
        outcome = dispatch(agent, peer, &call).await;
    }
    describe(agent, &outcome)
}

fn message(peer: &str, text: &str, seeded: Seeded) -> Call {
    let id = if seeded.has(Defect::MessageIdReused) { Uuid::nil() } else { Uuid::new_v4() };
    let body = json!({
        "jsonrpc": "2.0",
        "id": Uuid::new_v4().to_string(),
        "method": "message/send",
        "params": {"message": {
            "kind": "message",
            "role": "user",
            "messageId": id.to_string(),
            "parts": [{"kind": "text", "text": text}],
        }},
    });
    Call::post(Purpose::PeerMessage, format!("/workspaces/{}/a2a", path_segment(peer)), body).within(LIMIT)
}

/// A peer is reached through the platform only: its own address must not see our bearer (A2A-048, TOK-021).
async fn dispatch(agent: &Agent, peer: &str, call: &Call) -> Outcome {
    if agent.settings.seeded.has(Defect::PeerCalledDirectly) {
        let discover = Call::get(Purpose::Discover, format!("/registry/discover/{}", path_segment(peer)));
        let found = agent.platform.send(&discover).await;
        if let Some(url) = found.data().ok().and_then(|answer| answer.get("url")).and_then(Value::as_str) {
            return agent.platform.send_to(url.to_owned(), call).await;
        }
    }
    agent.platform.send(call).await
}

fn describe(agent: &Agent, outcome: &Outcome) -> String {
    let answer = match outcome.data() {
        Ok(answer) => answer,
        Err(error) => return format!("send failed: {error}"),
    };
    if let Some(queue) = queued(outcome, answer) {
        if agent.settings.seeded.has(Defect::QueuedTakenForAnswer) {
            return format!("send ok: {answer}");
        }
        return format!("send queued: {queue}");
    }
    match answer_text(answer) {
        Ok(text) => format!("send ok: {}", text.chars().take(REPLY_LIMIT).collect::<String>()),
        Err(reason) => format!("send failed: {reason}"),
    }
}

/// Recognises both notices of queueing and says where the message waits (A2A-045).
fn queued(outcome: &Outcome, answer: &Value) -> Option<String> {
    let is_queued = outcome.status() == Some(202)
        || answer.get("queued") == Some(&Value::Bool(true))
        || answer.get("status").and_then(Value::as_str) == Some("queued");
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    is_queued.then(|| text("queue_id").or(text("delivery_mode")).unwrap_or("unknown").to_owned())
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
