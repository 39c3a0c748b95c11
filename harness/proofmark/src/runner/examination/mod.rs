//! One walk through everything that a run needs of a subject, reported stop by stop: for authors, before anything is judged.
//!
//! A probe wants to know whether there is anything to judge; an examination tells its author what to fix.

mod coverage;
mod evidence;
mod finding;
mod teller;
mod walk;

pub use coverage::Coverage;
pub(crate) use finding::is_private;
pub use finding::{Credential, Ending, Examined, Finding, Mark, Rejection, Seen, Station};

use std::time::Instant;

use scenario::plan::Cadence;
use tokio::sync::mpsc;

use super::probe::ProbeOutcome;
use super::probing::{CADENCE_WITHOUT_HEARTBEAT, plain_plan};
use super::settings::{DEFAULT_SLACK, RunSettings};
use super::stage::Stage;
use teller::Teller;
use walk::Walk;

/// The conclusion of an examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// Everything that a run needs works.
    Judgeable,
    /// Something that a run needs does not work.
    NotJudgeable,
    /// The user interrupted it.
    Interrupted,
}

/// Does the setup, starts the subject once on a plain stage, walks through what a run needs, and ends it.
pub async fn examine(
    settings: &RunSettings,
    coverage: &Coverage,
    events: mpsc::UnboundedSender<Examined>,
) -> Conclusion {
    let mut teller = Teller {
        settings,
        events,
        failed: false,
    };
    if set_up(settings, &mut teller).await {
        on_a_stage(settings, coverage, &mut teller).await;
    }
    teller.noted(Seen::Observer {
        kind: settings.disk.kind,
        concession: settings.disk.concession.clone(),
    });
    if teller.is_interrupted() {
        Conclusion::Interrupted
    } else if teller.failed {
        Conclusion::NotJudgeable
    } else {
        Conclusion::Judgeable
    }
}

/// Runs the setup; returns whether there is anything to start.
async fn set_up(settings: &RunSettings, teller: &mut Teller<'_>) -> bool {
    let steps = settings.subject.manifest.setup.len();
    let since = Instant::now();
    let mut interrupted = settings.interrupted.clone();
    let interruption = async {
        if interrupted
            .wait_for(|interrupted| *interrupted)
            .await
            .is_err()
        {
            std::future::pending::<()>().await;
        }
    };
    let done = tokio::select! {
        done = settings.subject.set_up(&settings.directory) => done,
        // What the setup runs is killed with it.
        () = interruption => return false,
    };
    match done {
        Ok(()) => {
            teller.found(since, Seen::SetUp { steps });
            true
        }
        Err(error) => {
            teller.found(since, Seen::SetupFailed(error.to_string()));
            false
        }
    }
}

async fn on_a_stage(settings: &RunSettings, coverage: &Coverage, teller: &mut Teller<'_>) {
    let cadence = settings.cadence.unwrap_or(Cadence {
        heartbeat: CADENCE_WITHOUT_HEARTBEAT,
        slack: DEFAULT_SLACK,
    });
    let outcome = ProbeOutcome::assumed(cadence, settings.boot_within);
    let plan = plain_plan();
    let plan = plan.spoken_to(settings.claims.profile);
    let workspace = uuid::Uuid::new_v4().to_string();
    let since = Instant::now();
    let mut stage = match Stage::build(&plan, settings, &outcome, workspace).await {
        Ok(stage) => stage,
        Err(refusal) => {
            teller.found(since, Seen::NoStage(refusal.in_words().0));
            return;
        }
    };
    let _ = teller.events.send(Examined::Credentials(stage.redactor()));
    Walk {
        stage: &mut stage,
        settings,
        coverage,
        teller,
        cadence,
    }
    .go()
    .await;
    stage.close().await;
}
