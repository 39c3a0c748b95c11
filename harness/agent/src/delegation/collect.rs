//! The collector: after each heartbeat it asks for delegations and takes what is new.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;
use serde_json::json;

use super::announce::{Board, announce};
use super::result::{DelegationResult, finished};
use super::seen::SeenDelegations;
use crate::lock::held;
use crate::log;
use crate::platform_client::{Call, Purpose};
use crate::runtime::Agent;

/// Collects results until the run ends.
pub(crate) async fn collect(agent: Arc<Agent>) {
    let board = Arc::new(Board::default());
    // The announcement waits for the agent's own answer, and the collector must not wait with it.
    let mut announcer = tokio::task::JoinSet::new();
    announcer.spawn(announce(Arc::clone(&agent), Arc::clone(&board)));
    let mut seen = SeenDelegations::load(&agent.settings.configuration_directory);
    let mut reported_foreign = false;
    loop {
        agent.heartbeat_sent.notified().await;
        let call = Call::get(Purpose::Delegations, agent.own_path("/delegations"));
        let outcome = agent.platform.send(&call).await;
        let (mut results, foreign) = match outcome.data() {
            Ok(rows) => finished(rows, &agent.settings.workspace_id),
            Err(error) => {
                log::line(format_args!("delegations are not known: {error}"));
                (Vec::new(), 0)
            }
        };
        if foreign > 0 && !reported_foreign {
            reported_foreign = true;
            log::line(format_args!(
                "{foreign} delegation rows of others are ignored"
            ));
        }
        results.retain(|result| !seen.contains(&result.id));
        if !results.is_empty() {
            take(&agent, &board, &mut seen, &results).await;
        }
        if let Some(wait) = outcome.requested_wait()
            && agent.stop.during(wait).await
        {
            return;
        }
    }
}

/// Writes new results down, remembers them, and tells the agent itself and the user.
async fn take(
    agent: &Agent,
    board: &Board,
    seen: &mut SeenDelegations,
    results: &[DelegationResult],
) {
    if let Err(error) = append(&agent.settings.delegation_results_file, results) {
        // Not remembered, so they are tried again at the next poll.
        log::line(format_args!(
            "delegation results cannot be written: {error}"
        ));
        return;
    }
    seen.add(results.iter().map(|result| result.id.as_str()));
    for result in results {
        held(&board.pending).add(result);
    }
    board.changed.notify_one();
    for result in results {
        let body = json!({"message": result.notice(), "type": "delegation_result"});
        let call = Call::post(Purpose::Notify, agent.own_path("/notify"), body);
        if let Err(error) = agent.platform.send(&call).await.data() {
            log::line(format_args!("the user is not notified: {error}"));
        }
    }
}

fn append(path: &Path, results: &[DelegationResult]) -> std::io::Result<()> {
    let lines: String = results.iter().map(DelegationResult::line).collect();
    // The default place is a directory that any user can write to.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    file.write_all(lines.as_bytes())
}

#[cfg(test)]
#[path = "collect_tests.rs"]
mod tests;
