//! Obeying a directive: one call to the platform each, and a short reply that says what came of it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Directive;
use super::send::send;
use crate::platform_client::{Call, Outcome, Purpose};
use crate::runtime::Agent;
use crate::settings::path_segment;

/// Says how a message is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Text(String),
    /// A JSON-RPC error, still with HTTP 200 (A2A-020).
    Failure(String),
}

/// Does what the directive says.
pub(crate) async fn perform(agent: &Arc<Agent>, directive: Directive) -> Reply {
    let id = agent.settings.workspace_id.as_str();
    let text = match directive {
        Directive::Send { peer, text } => send(agent, &peer, &text).await,
        Directive::Notify { text } => {
            let call = Call::post(
                Purpose::Notify,
                agent.own_path("/notify"),
                json!({"message": text}),
            );
            described("notify", &agent.platform.send(&call).await, |answer| {
                field(answer, "status")
            })
        }
        Directive::Delegate { peer, task } => {
            let body =
                json!({"target_id": peer, "task": task, "idempotency_key": key(&peer, &task)});
            let call = Call::post(Purpose::Delegate, agent.own_path("/delegate"), body);
            // 202 is a new delegation, 200 a known one; both are under way (DEL-006).
            described("delegate", &agent.platform.send(&call).await, |answer| {
                field(answer, "delegation_id")
            })
        }
        Directive::Report {
            activity_type,
            summary,
        } => {
            let call = Call::post(
                Purpose::Report,
                agent.own_path("/activity"),
                report(id, &activity_type, &summary),
            );
            described("report", &agent.platform.send(&call).await, |answer| {
                field(answer, "status")
            })
        }
        Directive::Discover { peer } => {
            let call = Call::get(
                Purpose::Discover,
                format!("/registry/discover/{}", path_segment(&peer)),
            );
            described("discover", &agent.platform.send(&call).await, |answer| {
                field(answer, "url")
            })
        }
        Directive::Peers => {
            let call = Call::get(
                Purpose::Peers,
                format!("/registry/{}/peers", path_segment(id)),
            );
            described("peers", &agent.platform.send(&call).await, peers)
        }
        Directive::Workspace => {
            let call = Call::get(Purpose::ReadWorkspace, agent.own_path(""));
            described("workspace", &agent.platform.send(&call).await, |answer| {
                Ok(format!(
                    "{} {}",
                    field(answer, "status")?,
                    field(answer, "url").unwrap_or_default()
                ))
            })
        }
        Directive::State => {
            let call = Call::get(Purpose::ReadState, agent.own_path("/state"));
            described("state", &agent.platform.send(&call).await, |answer| {
                field(answer, "status")
            })
        }
        Directive::UpdateCard { description } => update_card(agent, &description).await,
        Directive::Work(duration) => work(agent, duration).await,
        Directive::Fail { text } => return Reply::Failure(text),
        Directive::Misspelt(reply) => reply,
    };
    Reply::Text(text)
}

async fn update_card(agent: &Agent, description: &str) -> String {
    let card = agent.card.described(description);
    let body = json!({"workspace_id": agent.settings.workspace_id, "agent_card": card});
    let outcome = agent
        .platform
        .send(&Call::post(
            Purpose::UpdateCard,
            "/registry/update-card",
            body,
        ))
        .await;
    if outcome.data().is_ok() {
        agent.card.adopt(card);
    }
    described("update-card", &outcome, |answer| field(answer, "status"))
}

async fn work(agent: &Agent, duration: Duration) -> String {
    if agent.stop.during(duration).await {
        return "work failed: the agent stops".to_owned();
    }
    format!("work ok: {} ms", duration.as_millis())
}

/// Reports under the own id, with a summary of bounded length (ACT-001, ACT-003).
fn report(id: &str, activity_type: &str, summary: &str) -> Value {
    let summary: String = summary.chars().take(256).collect();
    json!({"activity_type": activity_type, "summary": summary, "source_id": id, "status": "ok"})
}

/// The same task for the same peer has the same key, so that a repeated directive does not repeat the work.
fn key(peer: &str, task: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (peer, task).hash(&mut hasher);
    format!("proofmark-{:016x}", hasher.finish())
}

fn peers(answer: &Value) -> Result<String, &'static str> {
    let list = answer.as_array().ok_or("the answer is not a list")?;
    let names: Vec<&str> = list
        .iter()
        .filter_map(|peer| peer.get("name").and_then(Value::as_str))
        .collect();
    Ok(format!("{} {}", list.len(), names.join(", "))
        .trim_end()
        .to_owned())
}

fn field(answer: &Value, name: &str) -> Result<String, &'static str> {
    match answer.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err("the answer lacks what was asked for"),
    }
}

fn described(
    verb: &str,
    outcome: &Outcome,
    describe: impl Fn(&Value) -> Result<String, &'static str>,
) -> String {
    let described = outcome
        .data()
        .map_err(|error| error.to_string())
        .and_then(|answer| describe(answer).map_err(str::to_owned));
    match described {
        Ok(result) => format!("{verb} ok: {result}"),
        Err(reason) => format!("{verb} failed: {reason}"),
    }
}

#[cfg(test)]
#[path = "perform_tests.rs"]
mod tests;
