//! The idle prompt: at its interval, while nothing else runs (contract 9.4).

use std::sync::Arc;
use std::time::Duration;

use super::message::{prompt, short_id};
use crate::log;
use crate::platform_client::Purpose;
use crate::runtime::{Agent, Registration};

/// Sends idle prompts until the run ends, if they are configured.
pub(crate) async fn send_idle(agent: Arc<Agent>) {
    let Some((text, interval)) = agent.configuration.idle_prompt(agent.settings.pacing.idle) else {
        return;
    };
    if !agent.registered(|state| state == Registration::Done).await {
        return;
    }
    let limit = interval.clamp(Duration::from_mins(1), Duration::from_mins(5));
    while !agent.stop.during(interval).await {
        if agent.activity.active_tasks() > 0 {
            continue;
        }
        let call = prompt(&agent, Purpose::IdlePrompt, &short_id("idle"), text, limit);
        let outcome = agent.platform.send(&call).await;
        if let Err(error) = outcome.data() {
            log::line(format_args!("idle prompt: {error}"));
        }
        if let Some(wait) = outcome.requested_wait()
            && agent.stop.during(wait).await
        {
            return;
        }
    }
}
