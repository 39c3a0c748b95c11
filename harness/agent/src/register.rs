//! Registration: tried until it succeeds, with pauses that grow, and never in a hot loop (REG-012, REG-017).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::credential::Delivery;
use crate::log;
use crate::platform_client::{Call, Outcome, Purpose};
use crate::runtime::{Agent, Registration};
use crate::settings::Backoff;

/// Registers the agent; returns when it is registered or the run ends.
pub(crate) async fn register(agent: Arc<Agent>) {
    let mut backoff = Backoff::new(agent.settings.pacing.first_backoff);
    loop {
        let outcome = agent.platform.send(&call(&agent)).await;
        match outcome.data() {
            Ok(answer) if answer.is_object() => {
                agent.credentials.deliver(answer, Delivery::Register);
                agent.registration.send_replace(Registration::Done);
                log::line("registered");
                return;
            }
            Ok(_) => log::line("register failed: the answer is not an object"),
            Err(error) => log::line(format_args!("register failed: {error}")),
        }
        agent.registration.send_replace(Registration::Refused);
        if agent
            .stop
            .during(pause(&agent, &outcome, &mut backoff))
            .await
        {
            return;
        }
    }
}

fn call(agent: &Agent) -> Call {
    let body = json!({
        "id": agent.settings.workspace_id,
        "url": agent.card.url(),
        "agent_card": agent.card.value(),
    });
    Call::post(Purpose::Register, "/registry/register", body)
}

fn pause(agent: &Agent, outcome: &Outcome, backoff: &mut Backoff) -> Duration {
    let pause = backoff.next_pause();
    if outcome.status() == Some(401) {
        // Nothing but a new token or a revocation helps, so twice per heartbeat is often enough (RST-004).
        return pause.max(agent.settings.pacing.heartbeat / 2);
    }
    pause.max(outcome.requested_wait().unwrap_or_default())
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
