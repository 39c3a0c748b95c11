//! The initial prompt: once in the life of a workspace, after the agent can answer (contract 9.4).

use std::sync::Arc;
use std::time::Duration;

use super::marker::Marker;
use super::message::{prompt, short_id};
use crate::log;
use crate::platform_client::{Outcome, Purpose};
use crate::runtime::{Agent, Registration};
use crate::settings::Backoff;

const LIMIT: Duration = Duration::from_mins(10);
const ATTEMPTS: u32 = 5;

/// Sends the configured prompt, unless it was attempted before.
pub(crate) async fn send_initial(agent: Arc<Agent>) {
    let Some(text) = agent.configuration.initial_prompt() else {
        return;
    };
    let marker = Marker::new(
        &agent.settings.configuration_directory,
        &agent.settings.filesystem_root,
    );
    if marker.exists() {
        return;
    }
    // Registered means that the platform can deliver, and that nothing else was said before (REG-001).
    if !agent.registered(|state| state == Registration::Done).await {
        return;
    }
    if !card_answers(&agent).await {
        return;
    }
    if let Err(error) = marker.create() {
        log::line(format_args!(
            "the initial prompt is not sent, for it could not be marked: {error}"
        ));
        return;
    }
    deliver(&agent, text).await;
}

/// Asks for the own card until it answers; the port was bound before, so this is mostly once (INI-003).
async fn card_answers(agent: &Agent) -> bool {
    let port = agent.card.url().rsplit(':').next().unwrap_or_default();
    let address = format!("http://127.0.0.1:{port}/.well-known/agent-card.json");
    let Ok(http) = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(2))
        .build()
    else {
        return false;
    };
    for _ in 0..30 {
        if http
            .get(&address)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return true;
        }
        if agent.stop.during(Duration::from_secs(1)).await {
            return false;
        }
    }
    log::line("the initial prompt is not sent: the own card does not answer");
    false
}

/// Tries a few times with growing pauses (INI-005); one id, because it is one message.
async fn deliver(agent: &Agent, text: &str) {
    let call = prompt(
        agent,
        Purpose::InitialPrompt,
        &short_id("initial"),
        text,
        LIMIT,
    );
    let mut backoff = Backoff::new(agent.settings.pacing.first_prompt_backoff);
    for attempt in 1.. {
        let outcome = agent.platform.send(&call).await;
        let Err(error) = outcome.data() else { return };
        log::line(format_args!("initial prompt, attempt {attempt}: {error}"));
        if attempt == ATTEMPTS || is_final(&outcome) {
            return;
        }
        let pause = backoff
            .next_pause()
            .max(outcome.requested_wait().unwrap_or_default());
        if agent.stop.during(pause).await {
            return;
        }
    }
}

/// A refusal for a reason will be repeated however often the prompt is.
fn is_final(outcome: &Outcome) -> bool {
    matches!(outcome.status(), Some(400 | 402 | 403))
}

#[cfg(test)]
#[path = "initial_tests.rs"]
mod tests;
