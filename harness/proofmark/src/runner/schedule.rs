//! Playing many scenarios beside each other, each on a stage of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scenario::judge::{Blame, Verdict, judge};
use scenario::plan::{Cadence, Plan};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::event::{RunEvent, RunSummary, ScenarioReport, Survey, unplayed};
use super::ledger::RunLedger;
use super::party::{parties, time_of_starts};
use super::probe::{ProbeFailure, ProbeOutcome};
use super::probing::probe;
use super::settings::{DEFAULT_SLACK, RunSettings};
use super::stage::{Played, play, play_together};
use super::survey::plans_of;

/// What a runtime's pace is taken for when it is neither told nor measured (contract HB-001).
const USUAL_HEARTBEAT: Duration = Duration::from_secs(30);

/// Plays and judges every plan; sends each event of the run to `events`. The order of the reports is the order in which scenarios end.
pub async fn run(
    plans: Vec<Arc<Plan>>,
    settings: RunSettings,
    events: mpsc::UnboundedSender<RunEvent>,
) -> RunSummary {
    let begun = Instant::now();
    let ledger = RunLedger::new(Arc::clone(&settings.catalogue), settings.waivers.clone());
    let mut progress = Progress { ledger, events };
    let news = match &settings.live {
        Some(live) => live.follow().await,
        None => None,
    };
    let mut waiting = Vec::new();
    for plan in plans {
        let missing = || settings.live.as_ref()?.settings().offers.missing(&plan);
        match settings
            .claims
            .objection(&plan, &settings.catalogue)
            .or_else(missing)
        {
            None => waiting.push(plan),
            Some(reason) => progress.close(unplayed(plan, Verdict::NotApplicable, None, reason)),
        }
    }
    let triggers = waiting.iter().flat_map(|plan| plan.triggers()).collect();
    let probed = if waiting.is_empty() {
        None
    } else if settings.skip_probe {
        let cadence = settings.cadence.unwrap_or(Cadence {
            heartbeat: USUAL_HEARTBEAT,
            slack: DEFAULT_SLACK,
        });
        Some(Ok(ProbeOutcome::assumed(cadence, settings.boot_within)))
    } else {
        Some(probe(&settings, &triggers).await)
    };
    let mut nothing_judged = None;
    match probed {
        None => nothing_judged = Some("no selected scenario applies to the subject".to_owned()),
        Some(Err(failure)) => {
            progress.tell(RunEvent::Probed(Err(failure.clone())));
            for plan in waiting.drain(..) {
                let reason = failure.reason.clone();
                progress.close(unplayed(
                    plan,
                    Verdict::Untestable,
                    Some(failure.blame),
                    reason,
                ));
            }
            nothing_judged = Some(failure.reason);
        }
        Some(Ok(outcome)) => {
            progress.tell(RunEvent::Probed(Ok(outcome.clone())));
            let mut playable = Vec::new();
            for plan in waiting {
                match untriggered(&plan, &outcome) {
                    None => playable.push(plan),
                    Some(reason) => {
                        progress.close(unplayed(
                            plan,
                            Verdict::Untestable,
                            Some(Blame::Subject),
                            reason,
                        ));
                    }
                }
            }
            let playable = survey_all(playable, &settings, &outcome, &mut progress).await;
            play_all(playable, &settings, &outcome, &mut progress).await;
        }
    }
    if let Some(news) = news {
        news.abort();
    }
    let left_behind = match &settings.live {
        Some(live) => live.release_all().await,
        None => Vec::new(),
    };
    let interrupted = *settings.interrupted.borrow();
    let Progress { ledger, events } = progress;
    let summary = ledger.summary(begun.elapsed(), interrupted, nothing_judged, left_behind);
    let _ = events.send(RunEvent::Finished(summary.clone()));
    summary
}

/// What has ended, and the listener for it.
struct Progress {
    ledger: RunLedger,
    events: mpsc::UnboundedSender<RunEvent>,
}

impl Progress {
    /// Enters a scenario that has ended, and reports it.
    fn close(&mut self, report: ScenarioReport) {
        let report = self.ledger.enter(report);
        self.tell(RunEvent::ScenarioFinished(Box::new(report)));
    }

    fn tell(&self, event: RunEvent) {
        // The listener may be gone; the counts stay right.
        let _ = self.events.send(event);
    }
}

/// What a plan needs that the probe could not make the subject do.
fn untriggered(plan: &Plan, outcome: &ProbeOutcome) -> Option<String> {
    plan.triggers().into_iter().find_map(|trigger| {
        let why = outcome.untriggered.get(&trigger)?;
        Some(format!(
            "the subject could not be made to act when it was probed: {why}"
        ))
    })
}

/// Puts those scenarios in the place of others that these stand for on this subject.
async fn survey_all(
    plans: Vec<Arc<Plan>>,
    settings: &RunSettings,
    outcome: &ProbeOutcome,
    progress: &mut Progress,
) -> Vec<Arc<Plan>> {
    let mut playable = Vec::new();
    for plan in plans {
        let Some(wanted) = &plan.crash_points else {
            playable.push(plan);
            continue;
        };
        match plans_of(&plan, wanted, settings, outcome).await {
            Ok(found) => {
                let points = found.iter().map(|plan| plan.name.clone()).collect();
                let is_whole = wanted.only.is_none();
                progress.tell(RunEvent::Surveyed(Survey {
                    scenario: plan.name.clone(),
                    points,
                    is_whole,
                }));
                playable.extend(found);
            }
            Err((reason, blame)) => {
                progress.close(unplayed(plan, Verdict::Inconclusive, Some(blame), reason));
            }
        }
    }
    playable
}

async fn play_all(
    plans: Vec<Arc<Plan>>,
    settings: &RunSettings,
    outcome: &ProbeOutcome,
    progress: &mut Progress,
) {
    let places = Arc::new(Semaphore::new(settings.jobs_for(outcome)));
    let mut playing = JoinSet::new();
    for party in parties(plans) {
        let places = Arc::clone(&places);
        let settings = settings.clone();
        let outcome = outcome.clone();
        let events = progress.events.clone();
        playing.spawn(async move {
            // The semaphore is never closed.
            let _place = places.acquire().await;
            play_party(party, settings, outcome, &events).await
        });
    }
    while let Some(ended) = playing.join_next().await {
        for report in ended.into_iter().flatten() {
            progress.close(report);
        }
    }
}

/// Plays a party of plans: together if there are several, and alone what is left when one of them did not leave the stage as it was.
async fn play_party(
    mut plans: Vec<Arc<Plan>>,
    settings: RunSettings,
    outcome: ProbeOutcome,
    events: &mpsc::UnboundedSender<RunEvent>,
) -> Vec<ScenarioReport> {
    let mut reports = Vec::new();
    while !plans.is_empty() {
        if *settings.interrupted.borrow() {
            let reason = "interrupted before it was played";
            let interrupted = |plan| {
                unplayed(
                    plan,
                    Verdict::Inconclusive,
                    Some(Blame::Harness),
                    reason.into(),
                )
            };
            reports.extend(plans.drain(..).map(interrupted));
            break;
        }
        for plan in &plans {
            let _ = events.send(RunEvent::ScenarioStarted {
                name: plan.name.clone(),
            });
        }
        let played = play_guarded(plans.clone(), settings.clone(), outcome.clone()).await;
        plans.drain(..played.len().min(plans.len()));
        reports.extend(played);
    }
    reports
}

/// Plays scenarios in a task of its own, so that a panic of ours is a verdict about us and not the end of the run. Comes back with
/// the reports of those that were played, the first of them at least.
async fn play_guarded(
    plans: Vec<Arc<Plan>>,
    settings: RunSettings,
    outcome: ProbeOutcome,
) -> Vec<ScenarioReport> {
    let first = plans.first().map(Arc::clone);
    let task = tokio::spawn(play_on_one_stage(plans, settings, outcome));
    let why = match task.await {
        Ok(reports) if !reports.is_empty() => return reports,
        Ok(_) => "nothing was played".to_owned(),
        Err(error) => error.to_string(),
    };
    let reason = format!("the harness failed while it played this scenario: {why}");
    first
        .into_iter()
        .map(|plan| {
            unplayed(
                plan,
                Verdict::Inconclusive,
                Some(Blame::Harness),
                reason.clone(),
            )
        })
        .collect()
}

async fn play_on_one_stage(
    plans: Vec<Arc<Plan>>,
    settings: RunSettings,
    outcome: ProbeOutcome,
) -> Vec<ScenarioReport> {
    let mut begun = Instant::now();
    let mut reports = Vec::new();
    let mut report = |position: usize, (journal, redactor): Played| {
        let Some(plan) = plans.get(position).map(Arc::clone) else {
            return false;
        };
        let judgement = judge(&plan, &settings.catalogue, &journal, &settings.terms);
        let is_as_it_was = judgement.verdict == Verdict::Pass;
        // Those that come later have their start for nothing.
        let starting = if position == 0 {
            time_of_starts(&plan, &journal)
        } else {
            Duration::ZERO
        };
        let duration = begun.elapsed();
        begun = Instant::now();
        reports.push(ScenarioReport {
            plan,
            judgement,
            unwaived: None,
            journal,
            redactor,
            duration,
            starting,
        });
        is_as_it_was
    };
    let played = match plans.as_slice() {
        [plan] => play(plan, &settings, &outcome).await.map(|played| {
            report(0, played);
        }),
        several => play_together(several, &settings, &outcome, &mut report)
            .await
            .map(drop),
    };
    match (played, plans.first()) {
        (Err(refusal), Some(plan)) => {
            let (reason, blame) = refusal.unbuilt();
            vec![unplayed(
                Arc::clone(plan),
                Verdict::Inconclusive,
                Some(blame),
                reason,
            )]
        }
        _ => reports,
    }
}

/// Probes the subject and plays a single plan; for callers that run scenarios one by one.
pub async fn play_one(
    plan: Arc<Plan>,
    settings: RunSettings,
) -> Result<ScenarioReport, ProbeFailure> {
    let outcome = match settings.cadence {
        Some(cadence) => ProbeOutcome::assumed(cadence, settings.boot_within),
        None => probe(&settings, &plan.triggers()).await?,
    };
    let report = play_guarded(vec![Arc::clone(&plan)], settings, outcome)
        .await
        .into_iter()
        .next();
    Ok(report.unwrap_or_else(|| {
        unplayed(
            plan,
            Verdict::Inconclusive,
            Some(Blame::Harness),
            "nothing was played".into(),
        )
    }))
}
