//! Playing a plan: step after step, each with its beginning and its end in the journal.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use protocol::journal::{Fact, StepEnd, StepFact, StepPhase};
use scenario::judge::{Progress, goes_on, progress};
use scenario::plan::{Act, Action, Expectation, Mode, Plan, Step};
use tokio::time::Instant;

use super::{Played, Stage, StepError, Watched};
use crate::driver::{Known, Process};
use crate::runner::pace::heartbeats;
use crate::runner::probe::ProbeOutcome;
use crate::runner::settings::RunSettings;

/// Builds a stage, plays the plan as far as it goes, and hands out the journal.
pub(crate) async fn play(
    plan: &Plan,
    settings: &RunSettings,
    outcome: &ProbeOutcome,
) -> Result<Played, StepError> {
    let workspace = uuid::Uuid::new_v4().to_string();
    let spoken = plan.spoken_to(settings.claims.profile);
    let plan = &*spoken.located(&settings.subject.credential_files(&workspace));
    let mut stage = Stage::build(plan, settings, outcome, workspace).await?;
    stage.steps_from(0).await;
    let redactor = stage.redactor();
    Ok((stage.close().await, redactor))
}

/// Builds a stage and plays plans of one world on it, one after the other, as long as each leaves it as it was: `judged` says
/// whether one did. Returns how many were played; the stage and the start are those of the first.
pub(crate) async fn play_together(
    plans: &[Arc<Plan>],
    settings: &RunSettings,
    outcome: &ProbeOutcome,
    mut judged: impl FnMut(usize, Played) -> bool,
) -> Result<usize, StepError> {
    let workspace = uuid::Uuid::new_v4().to_string();
    let files = settings.subject.credential_files(&workspace);
    let located: Vec<Plan> = plans
        .iter()
        .map(|plan| {
            plan.spoken_to(settings.claims.profile)
                .located(&files)
                .into_owned()
        })
        .collect();
    let Some(first) = located.first() else {
        return Ok(0);
    };
    let mut stage = Stage::build(first, settings, outcome, workspace).await?;
    let mut goes_on = match first.steps.first() {
        Some(start) => stage.step(start).await,
        None => true,
    };
    if goes_on {
        stage.finish_booting(outcome).await;
    }
    // What is seen by looking alone is looked at now: it belongs to the boot.
    let known = stage.observer.known();
    let booted = stage.look(<[_]>::len);
    let mut played = 0;
    for (position, plan) in located.iter().enumerate() {
        if position > 0 {
            stage.take_up(plan, booted, &known).await;
        }
        if goes_on {
            stage.steps_from(1).await;
        }
        played += 1;
        let is_alive = stage
            .process
            .as_ref()
            .is_none_or(|process| process.exit().is_none());
        let redactor = stage.redactor();
        let is_last = position + 1 == located.len();
        let journal = if is_last {
            None
        } else {
            Some(stage.recorder.events())
        };
        match journal {
            // The last journal has the end of the subject in it, as one that is played alone has.
            None => {
                judged(position, (stage.close().await, redactor));
                return Ok(played);
            }
            Some(journal) => {
                let is_as_it_was = judged(position, (journal, redactor)) && is_alive && goes_on;
                if !is_as_it_was || stage.is_interrupted() {
                    break;
                }
            }
        }
        goes_on = true;
    }
    stage.close().await;
    Ok(played)
}

impl<'a> Stage<'a> {
    /// Waits for the first heartbeat, before which a runtime may still be storing what the register gave it: what belongs to the boot
    /// must be seen by every scenario that shares it.
    async fn finish_booting(&self, outcome: &ProbeOutcome) {
        if outcome.heartbeats == Some(true) {
            self.wait_for(self.cadence.deadline(), |journal| {
                !heartbeats(journal).is_empty()
            })
            .await;
        }
    }

    /// Goes on with another plan of the same world, from where the first start was done.
    async fn take_up(&mut self, plan: &'a Plan, booted: usize, known: &Known) {
        self.plan = plan;
        self.earlier_scenarios += 1;
        // What is not waited for may still write.
        self.background.shutdown().await;
        if let Some(channel) = self.process.as_ref().and_then(Process::mcp) {
            channel.forget();
        }
        self.recorder.rewind(booted, |first| {
            if let Fact::Stage(stage) = first {
                stage.scenario.clone_from(&plan.name);
            }
        });
        self.followed = Mutex::default();
        self.observer.know_again(known);
    }

    /// Plays the steps from one on, as far as they go.
    async fn steps_from(&mut self, from: usize) {
        let plan = self.plan;
        for step in plan.steps.iter().skip(from) {
            if !self.step(step).await {
                break;
            }
        }
    }
}

impl Stage<'_> {
    /// Plays one step; returns whether the next one makes sense.
    async fn step(&mut self, step: &Step) -> bool {
        self.note(step.index, StepPhase::Begun(self.redact(&step.summary)));
        let end = match &step.action {
            Action::Act(act) => match self.act(step.index, act).await {
                Ok(()) => StepEnd::Done,
                Err(refusal) => refusal.as_step_end(),
            },
            Action::Expect(expectation) => self.expect(step.index, expectation).await,
        };
        let done = end == StepEnd::Done;
        self.note(step.index, StepPhase::Ended(end));
        match &step.action {
            Action::Act(Act::Call(_) | Act::Tell(_)) | Action::Expect(_) => {
                self.judged(|record| goes_on(self.plan, step.index, record))
            }
            Action::Act(_) => done,
        }
    }

    fn note(&self, index: usize, phase: StepPhase) {
        self.record(Fact::Step(StepFact { index, phase }));
    }

    async fn act(&mut self, index: usize, act: &Act) -> Result<(), StepError> {
        if self.is_interrupted() {
            return Err(StepError::Interrupted);
        }
        match act {
            Act::Start(start) => self.start(start).await,
            Act::Stop { within } => self.stop(*within).await,
            Act::Crash => self.crash().await,
            Act::Restart(restart) => self.restart(restart).await,
            Act::Reprovision(reprovision) => self.reprovision(reprovision).await,
            Act::Call(call) => self.call(call).await,
            Act::Tell(tell) => self.tell(index, tell).await,
            Act::OutageBegins => self.outage(true).await,
            Act::OutageEnds => self.outage(false).await,
            Act::Fault(fault) => self.set_fault(fault),
            Act::CrashPoint => Err(StepError::ours("no crash point was chosen")),
            Act::DiskFault(fault) => self.set_disk_fault(fault),
            Act::Lift(label) => {
                self.lift(label.as_deref());
                self.lift_disk_faults(label.as_deref())
            }
            Act::Trigger(trigger) => self.trigger(index, trigger).await,
            Act::Plant(plant) => self.plant(plant),
            Act::Remove(path) => self.remove(path),
            Act::Feed(feed) => self.feed(feed).await,
            Act::RotateToken(rotation) => self.rotate_token(rotation).await,
            Act::RevokeTokens => Ok(self.platform().revoke_tokens(self.workspace()).await?),
            Act::RotateSecret => Ok(self.platform().rotate_secret(self.workspace()).await?),
            Act::ClearSecret => Ok(self.platform().clear_secret(self.workspace()).await?),
            Act::RemoveWorkspace => Ok(self.platform().remove_workspace(self.workspace()).await?),
            Act::PruneActivity => Ok(self.platform().prune_activity(self.workspace()).await?),
            Act::Peer { name, answers } => {
                self.platform
                    .gateway
                    .set_peer_behaviour(name, answers.clone());
                Ok(())
            }
        }
    }

    /// Waits until an expectation is met, can no longer be met, or its deadline passes.
    async fn expect(&self, index: usize, expectation: &Expectation) -> StepEnd {
        let patience = expectation
            .within
            .unwrap_or_else(|| self.patience(expectation))
            + expectation.patience;
        let begun = Instant::now();
        let settled = self
            .wait_while(patience, watched(expectation), |record| {
                progress(self.plan, index, record) != Progress::Pending
            })
            .await;
        if settled {
            StepEnd::Done
        } else if self.is_interrupted() {
            StepEnd::Interrupted
        } else {
            // Shorter than the deadline when the subject ended meanwhile and nothing could come any more.
            StepEnd::DeadlinePassed(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX))
        }
    }

    /// The default deadline: three heartbeats for the first event, one more for each further one that is counted.
    fn patience(&self, expectation: &Expectation) -> Duration {
        let count = match &expectation.mode {
            Mode::Never { until } | Mode::Always { until: Some(until) } => until.count,
            Mode::Eventually | Mode::Always { until: None } => expectation.statement.count(),
        };
        self.cadence.deadline() + self.cadence.heartbeat * count.at_least.saturating_sub(1)
    }
}

/// What an expectation depends on besides the journal.
fn watched(expectation: &Expectation) -> Watched {
    let Expectation { statement, .. } = expectation;
    Watched {
        subject: statement.needs_a_running_subject(),
        disk: statement.is_of_disk(),
    }
}
