//! The heartbeat: a steady beat that no answer, and no missing answer, can stop (contract 9.3).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::credential::Delivery;
use crate::defect::Defect;
use crate::log;
use crate::platform_client::{Call, Outcome, Purpose};
use crate::runtime::{Agent, Registration};

/// Fields of an answer; all that the seeded strictness accepts.
const KNOWN: &[&str] = &["status", "platform_inbound_secret"];

/// Longer than the first beat may take (HB-002).
const LATE: Duration = Duration::from_millis(10_500);

/// Beats until the run ends; the first beat follows the first attempt to register (REG-001, HB-002).
pub(crate) async fn beat(agent: Arc<Agent>) {
    if !agent.registered(|state| state != Registration::NotTried).await {
        return;
    }
    let mut next = Instant::now();
    if agent.settings.seeded.has(Defect::HeartbeatLate) {
        next += LATE;
    }
    loop {
        tokio::select! {
            biased;
            _ = agent.stop.requested() => return,
            () = sleep_until(next) => {}
        }
        if agent.settings.seeded.has(Defect::HeartbeatBlockedByWork) {
            agent.activity.idle().await;
        }
        let slowness = if agent.settings.seeded.has(Defect::HeartbeatSlow) { 5 } else { 1 };
        next = Instant::now() + agent.settings.pacing.heartbeat * slowness;
        let call = Call::post(Purpose::Heartbeat, "/registry/heartbeat", body(&agent));
        let outcome = tokio::select! {
            biased;
            _ = agent.stop.requested() => return,
            outcome = agent.platform.send(&call) => outcome,
        };
        // The pause that was asked for begins with the answer, however long that took.
        next = next.max(Instant::now() + take(&agent, &outcome));
        let seeded = agent.settings.seeded;
        if (seeded.has(Defect::HeartbeatStopsOnError) && outcome.may_pass())
            || (seeded.has(Defect::HeartbeatStrict) && outcome.has_field_beyond(KNOWN))
        {
            return;
        }
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
    let uptime_seconds = agent.uptime_seconds();
    let (active_tasks, current_task) = if agent.settings.seeded.has(Defect::WorkNotCounted) {
        (0, String::new())
    } else {
        (agent.activity.active_tasks(), agent.activity.current_task())
    };
    let mut body = json!({
        "workspace_id": agent.settings.workspace_id,
        "error_rate": 0.0,
        "sample_error": "",
        "active_tasks": active_tasks,
        "current_task": current_task,
        "uptime_seconds": uptime_seconds,
        "runtime_metadata": {"capabilities": {
            "heartbeat": false,
            "scheduler": false,
            "session": false,
            "status_mgmt": false,
            "retry": false,
            "activity_decoration": false,
            "channel_dispatch": false,
        }},
    });
    if agent.settings.seeded.has(Defect::HeartbeatFloats) {
        body["active_tasks"] = json!(f64::from(u32::try_from(active_tasks).unwrap_or_default()));
        body["uptime_seconds"] = json!(f64::from(u32::try_from(uptime_seconds).unwrap_or_default()));
    }
    body
}

#[cfg(test)]
#[path = "heartbeat_tests.rs"]
mod tests;
