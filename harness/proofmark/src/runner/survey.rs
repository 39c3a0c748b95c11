//! Finding a subject's crash points: one clean start, of which every call that wrote the files is a point.

use std::sync::Arc;
use std::time::Duration;

use protocol::journal::{DiskObserverKind, Event, Fact, FileState, Party};
use protocol::wire;
use scenario::judge::{Blame, crash_points};
use scenario::plan::{CrashPoints, Plan, Start};

use super::probe::ProbeOutcome;
use super::settings::RunSettings;
use super::stage::{Stage, StepError};

/// The plans that a plan with crash points stands for on this subject; otherwise why there are none, and whose fault it is.
pub(super) async fn plans_of(
    plan: &Plan,
    wanted: &CrashPoints,
    settings: &RunSettings,
    outcome: &ProbeOutcome,
) -> Result<Vec<Arc<Plan>>, (String, Blame)> {
    if settings.disk.kind != DiskObserverKind::Trace {
        let kind = settings.disk.kind.name();
        let why = format!("crash points need `--disk trace`, and the disk is observed by `{kind}`");
        return Err((why, Blame::Environment));
    }
    let workspace = uuid::Uuid::new_v4().to_string();
    let spoken = plan.spoken_to(settings.claims.profile);
    let located = spoken.located(&settings.subject.credential_files(&workspace));
    let wanted = located.crash_points.as_ref().unwrap_or(wanted);
    let mut stage = Stage::build(&located, settings, outcome, workspace)
        .await
        .map_err(StepError::unbuilt)?;
    let started = stage.start(&Start::default()).await;
    let patience = outcome.cadence.deadline() + Duration::from_secs(1);
    let is_settled = stage
        .wait_for(patience, |journal| settled(journal, &wanted.of))
        .await;
    let journal = stage.close().await;
    started.map_err(StepError::in_words)?;
    if !is_settled {
        let why = format!(
            "the subject did not write {} and heartbeat twice after that",
            wanted.of.join(" and ")
        );
        return Err((why, Blame::Subject));
    }
    let plans: Vec<Arc<Plan>> = crash_points(&journal, &wanted.of)
        .iter()
        .map(|point| Arc::new(plan.crashing_at(point)))
        .filter(|plan| wanted.only.as_ref().is_none_or(|only| *only == plan.name))
        .collect();
    if plans.is_empty() {
        let why = match &wanted.only {
            Some(only) => format!("this subject has no crash point `{only}`"),
            None => format!("no call was seen that writes {}", wanted.of.join(" or ")),
        };
        return Err((why, Blame::Subject));
    }
    Ok(plans)
}

/// Whether all files are there and two heartbeats came after the last of them.
fn settled(journal: &[Event], files: &[String]) -> bool {
    let written = files.iter().map(|file| {
        journal.iter().rev().find_map(|event| match &event.fact {
            Fact::Disk(fact) if fact.path == *file => {
                Some(matches!(fact.state, FileState::Present(_)).then_some(event.seq))
            }
            _ => None,
        })
    });
    let Some(Some(last)) = written
        .map(Option::flatten)
        .collect::<Option<Vec<u64>>>()
        .map(|all| all.into_iter().max())
    else {
        return false;
    };
    let heartbeats = journal.iter().filter(|event| {
        event.seq > last
            && matches!(&event.fact, Fact::Request(request)
                if request.from == Party::Subject && request.path == wire::HEARTBEAT)
    });
    heartbeats.count() >= 2
}
