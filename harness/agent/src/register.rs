//! Registration: tried until it succeeds, with pauses that grow, and never in a hot loop (REG-012, REG-017).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::credential::Delivery;
use crate::defect::Defect;
use crate::log;
use crate::platform_client::{Call, CallError, Outcome, Purpose};
use crate::runtime::{Agent, Registration};
use crate::settings::Backoff;

/// Attempts that the seeded storm makes before it calms down.
const STORM: u32 = 200;

/// Fields of an answer; all that the seeded strictness accepts.
const KNOWN: &[&str] = &["status", "auth_token", "platform_inbound_secret", "delivery_mode"];

/// Registers the agent; returns when it is registered or the run ends.
pub(crate) async fn register(agent: Arc<Agent>) {
    let mut backoff = Backoff::new(agent.settings.pacing.first_backoff);
    let mut attempts = 0;
    loop {
        let outcome = agent.platform.send(&call(&agent)).await;
        attempts += 1;
        if let Ok(answer) = outcome.data()
            && answer.is_object()
        {
            let missed = agent.settings.seeded.has(Defect::RegisterStrict) && outcome.has_field_beyond(KNOWN);
            let stored = missed || agent.credentials.deliver(answer, Delivery::Register);
            if !stored && agent.settings.seeded.has(Defect::DiesWhenUnwritable) {
                agent.stop.fail("a credential cannot be stored");
            }
            agent.registration.send_replace(Registration::Done);
            log::line("registered");
            return;
        }
        if outcome.status() == Some(401) && agent.settings.seeded.has(Defect::TokenInvented) {
            agent.credentials.token.invent();
        }
        let error = outcome.data().err();
        agent.registration.send_replace(Registration::Refused);
        match &error {
            Some(error) => log::line(format_args!("register failed: {error}")),
            None => log::line("register failed: the answer is not an object"),
        }
        if agent.settings.seeded.has(Defect::DiesOnBadAnswer) && is_bad(&outcome, error.as_ref()) {
            agent.stop.fail("register got a bad answer");
            return;
        }
        if agent.settings.seeded.has(Defect::RegisterOnce)
            || agent.stop.during(pause(&agent, &outcome, &mut backoff, attempts)).await
        {
            return;
        }
    }
}

fn call(agent: &Agent) -> Call {
    let other_port = agent.settings.seeded.has(Defect::RegistersOtherPort);
    let mut card = agent.card.registered();
    if agent.settings.seeded.has(Defect::RegistersNameless)
        && let Some(card) = card.as_object_mut()
    {
        card.remove("name");
    }
    let body = json!({
        "id": agent.settings.workspace_id,
        // Port 9 is the one that by convention throws everything away.
        "url": if other_port { "http://localhost:9" } else { agent.card.url() },
        "agent_card": card,
    });
    Call::post(Purpose::Register, "/registry/register", body)
}

fn pause(agent: &Agent, outcome: &Outcome, backoff: &mut Backoff, attempts: u32) -> Duration {
    let pause = backoff.next_pause();
    if outcome.status() == Some(401) {
        if agent.settings.seeded.has(Defect::StormOn401) && attempts < STORM {
            return Duration::ZERO;
        }
        // Nothing but a new token or a revocation helps, so twice per heartbeat is often enough (RST-004).
        return pause.max(agent.settings.pacing.heartbeat / 2);
    }
    pause.max(outcome.requested_wait().unwrap_or_default())
}

fn is_bad(outcome: &Outcome, error: Option<&CallError>) -> bool {
    outcome.status().is_some_and(|status| status >= 500)
        || matches!(error, None | Some(CallError::Foreign { .. } | CallError::Empty { .. }))
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
