//! The heartbeat: a steady beat that no answer, and no missing answer, can stop (contract 9.3).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::credential::Delivery;
use crate::log;
use crate::platform_client::{Call, Outcome, Purpose};
use crate::runtime::{Agent, Registration};

/// Beats until the run ends; the first beat follows the first attempt to register (REG-001, HB-002).
pub(crate) async fn beat(agent: Arc<Agent>) {
    if !agent
        .registered(|state| state != Registration::NotTried)
        .await
    {
        return;
    }
    let mut next = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = agent.stop.requested() => return,
            () = sleep_until(next) => {}
        }
        next = Instant::now() + agent.settings.pacing.heartbeat;
        let call = Call::post(Purpose::Heartbeat, "/registry/heartbeat", body(&agent));
        let outcome = tokio::select! {
            biased;
            () = agent.stop.requested() => return,
            outcome = agent.platform.send(&call) => outcome,
        };
        // The pause that was asked for begins with the answer, however long that took.
        next = next.max(Instant::now() + take(&agent, &outcome));
        agent.heartbeat_sent.notify_one();
    }
}

/// Takes what the answer brings and gives the pause that it asks for (WAF-008).
fn take(agent: &Agent, outcome: &Outcome) -> Duration {
    match outcome.data() {
        Ok(answer) => {
            // What could not be stored is tried again below, at every beat.
            agent.credentials.deliver(answer, Delivery::Heartbeat);
        }
        // A 401 comes here after another token was tried: it is a failure like any other (HB-007).
        Err(error) => log::line(format_args!("heartbeat failed: {error}")),
    }
    agent.credentials.save_again();
    match outcome.status() {
        Some(429) => outcome.requested_wait().unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

fn body(agent: &Agent) -> Value {
    json!({
        "workspace_id": agent.settings.workspace_id,
        "error_rate": 0.0,
        "sample_error": "",
        "active_tasks": agent.activity.active_tasks(),
        "current_task": agent.activity.current_task(),
        "uptime_seconds": agent.uptime_seconds(),
        "runtime_metadata": {"capabilities": {
            "heartbeat": false,
            "scheduler": false,
            "session": false,
            "status_mgmt": false,
            "retry": false,
            "activity_decoration": false,
            "channel_dispatch": false,
        }},
    })
}

#[cfg(test)]
#[path = "heartbeat_tests.rs"]
mod tests;
