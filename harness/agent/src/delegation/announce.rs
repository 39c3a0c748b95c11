//! The message to oneself that results have come: at most one per cool-down, none lost (A2A-049, DEL-005).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::result::DelegationResult;
use crate::log;
use crate::platform_client::{Call, Purpose};
use crate::prompt::short_id;
use crate::runtime::Agent;

/// Waiting for the agent's own work may take as long as the work.
const LIMIT: Duration = Duration::from_mins(2);

/// Counts results that have not been announced yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    completed: usize,
    failed: usize,
}

impl Pending {
    pub(super) fn add(&mut self, result: &DelegationResult) {
        if result.failed {
            self.failed += 1;
        } else {
            self.completed += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.completed + self.failed == 0
    }

    /// Says what came in words of our own: a peer must not be able to write a user's message (DEL-004).
    fn text(&self) -> String {
        format!(
            "Delegation results have arrived: {} completed, {} failed. They are in the results file.",
            self.completed, self.failed
        )
    }
}

/// Shares pending results between the collector and the announcer.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) pending: std::sync::Mutex<Pending>,
    pub(super) changed: Notify,
}

/// Announces results for ever, keeping the cool-down between two messages.
pub(super) async fn announce(agent: Arc<Agent>, board: Arc<Board>) {
    loop {
        board.changed.notified().await;
        let pending = std::mem::take(&mut *crate::lock::held(&board.pending));
        if pending.is_empty() {
            continue;
        }
        let next = Instant::now() + agent.settings.pacing.delegation_cooldown;
        if let Err(error) = agent
            .platform
            .send(&call(&agent, &pending.text()))
            .await
            .data()
        {
            log::line(format_args!(
                "delegation results are announced again later: {error}"
            ));
            let mut current = crate::lock::held(&board.pending);
            current.completed += pending.completed;
            current.failed += pending.failed;
            board.changed.notify_one();
        }
        sleep_until(next).await;
    }
}

fn call(agent: &Agent, text: &str) -> Call {
    let body = json!({
        "method": "message/send",
        "params": {"message": {
            "role": "user",
            "messageId": short_id("results"),
            "parts": [{"kind": "text", "text": text}],
        }},
    });
    Call::post(Purpose::ResultsMessage, agent.own_path("/a2a"), body).within(LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delegation::result::finished;

    #[test]
    fn the_announcement_counts_and_does_not_quote() {
        let rows = json!([
            {"delegation_id": "d1", "status": "completed", "source_id": "me", "response_preview": "canary"},
            {"delegation_id": "d2", "status": "failed", "source_id": "me", "summary": "canary"},
        ]);
        let (results, _) = finished(&rows, "me");
        let mut pending = Pending::default();
        for result in &results {
            pending.add(result);
        }
        assert!(pending.text().contains("1 completed, 1 failed"));
        assert!(!pending.text().contains("canary"));
    }
}
