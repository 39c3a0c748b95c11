//! Playing many scenarios beside each other, each on a stage of its own.

use std::sync::Arc;
use std::time::Instant;

use scenario::judge::{Blame, Judgement, Verdict, Waived, judge};
use scenario::plan::Plan;
use scenario::waiver::WaiverLedger;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::applicability::Applicability;
use super::event::{Counts, Interruption, RunEvent, RunHeader, RunSummary, ScenarioReport};
use super::probe::{ProbeFailure, ProbeOutcome, probe};
use super::settings::RunSettings;
use super::stage::play;
use super::survey::plans_of;

/// Plays and judges every plan; tells each step of the way to `events`. The order of the reports is the order in which scenarios end.
pub async fn run(
    plans: Vec<Arc<Plan>>,
    settings: RunSettings,
    header: RunHeader,
    events: mpsc::UnboundedSender<RunEvent>,
) -> RunSummary {
    let begun = Instant::now();
    let tell = |event: RunEvent| {
        // The dispatcher lives as long as the run; if it is gone there is nobody left to tell.
        let _ = events.send(event);
    };
    tell(RunEvent::Started(header));
    let mut ledgers = Ledgers { counts: Counts::default(), waivers: settings.waivers.clone() };
    let mut waiting = Vec::new();
    for plan in plans {
        match settings.claims.applicability(&plan, &settings.catalogue) {
            Applicability::Applies => waiting.push(plan),
            Applicability::DoesNotApply(reason) => {
                ledgers.close(unplayed(plan, Verdict::NotApplicable, None, reason), &events);
            }
        }
    }
    let probed = if waiting.is_empty() { None } else { Some(probe(&settings).await) };
    let mut nothing_judged = None;
    match probed {
        None => nothing_judged = Some("no selected scenario applies to the subject".to_owned()),
        Some(Err(failure)) => {
            tell(RunEvent::Probed(Err(failure.clone())));
            for plan in waiting.drain(..) {
                let reason = failure.reason.clone();
                ledgers.close(unplayed(plan, Verdict::Untestable, Some(failure.blame), reason), &events);
            }
            nothing_judged = Some(failure.reason);
        }
        Some(Ok(outcome)) => {
            tell(RunEvent::Probed(Ok(outcome.clone())));
            let waiting = survey_all(waiting, &settings, &outcome, &mut ledgers, &events).await;
            play_all(waiting, &settings, &outcome, &mut ledgers, &events).await;
        }
    }
    let interrupted = (*settings.interrupted.borrow()).then_some(Interruption::Signal);
    let Ledgers { counts, waivers } = ledgers;
    let summary = RunSummary { counts, duration: begun.elapsed(), interrupted, nothing_judged, waivers };
    tell(RunEvent::Finished(summary.clone()));
    summary
}

/// Puts those scenarios in the place of others that these stand for on this subject.
async fn survey_all(
    plans: Vec<Arc<Plan>>,
    settings: &RunSettings,
    outcome: &ProbeOutcome,
    ledgers: &mut Ledgers,
    events: &mpsc::UnboundedSender<RunEvent>,
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
                let _ = events.send(RunEvent::Surveyed { name: plan.name.clone(), points, is_whole });
                playable.extend(found);
            }
            Err((reason, blame)) => {
                ledgers.close(unplayed(plan, Verdict::Inconclusive, Some(blame), reason), events);
            }
        }
    }
    playable
}

async fn play_all(
    plans: Vec<Arc<Plan>>,
    settings: &RunSettings,
    outcome: &ProbeOutcome,
    ledgers: &mut Ledgers,
    events: &mpsc::UnboundedSender<RunEvent>,
) {
    let places = Arc::new(Semaphore::new(settings.jobs.max(1)));
    let mut playing = JoinSet::new();
    for plan in plans {
        let places = Arc::clone(&places);
        let settings = settings.clone();
        let outcome = outcome.clone();
        let events = events.clone();
        playing.spawn(async move {
            // The semaphore is never closed.
            let _place = places.acquire().await;
            if *settings.interrupted.borrow() {
                let reason = "interrupted before it was played".to_owned();
                return unplayed(plan, Verdict::Inconclusive, Some(Blame::Harness), reason);
            }
            let _ = events.send(RunEvent::ScenarioStarted { name: plan.name.clone() });
            play_guarded(plan, settings, outcome).await
        });
    }
    while let Some(ended) = playing.join_next().await {
        if let Ok(report) = ended {
            ledgers.close(report, events);
        }
    }
}

/// What the scenarios of a run come to.
struct Ledgers {
    counts: Counts,
    waivers: WaiverLedger,
}

impl Ledgers {
    /// Enters a scenario that has come to its end, with what is waived of it.
    fn close(&mut self, mut report: ScenarioReport, events: &mpsc::UnboundedSender<RunEvent>) {
        let is_judged = report
            .judgement
            .findings
            .iter()
            .any(|finding| matches!(finding.status, Verdict::Pass | Verdict::Warn | Verdict::Fail));
        self.waivers.apply(&report.plan.name, &mut report.judgement);
        if report.judgement.verdict == Verdict::Warn && !is_judged {
            self.counts.unjudged += 1;
        }
        let is_flaky = report.judgement.findings.iter().any(|finding| finding.waived == Some(Waived::Flaky));
        if report.judgement.verdict == Verdict::Warn && is_flaky {
            self.counts.flaky += 1;
        }
        self.waivers.note(&report.plan.name, &report.judgement);
        self.counts.add(report.judgement.verdict);
        // Whoever listened may have gone; the counts stay right.
        let _ = events.send(RunEvent::ScenarioFinished(Box::new(report)));
    }
}

/// Plays one scenario in a task of its own, so that a panic of ours is a verdict about us and not the end of the run.
async fn play_guarded(plan: Arc<Plan>, settings: RunSettings, outcome: ProbeOutcome) -> ScenarioReport {
    let task = tokio::spawn(play_one_on(Arc::clone(&plan), settings, outcome));
    match task.await {
        Ok(report) => report,
        Err(error) => {
            let reason = format!("the harness failed while it played this scenario: {error}");
            unplayed(plan, Verdict::Inconclusive, Some(Blame::Harness), reason)
        }
    }
}

async fn play_one_on(plan: Arc<Plan>, settings: RunSettings, outcome: ProbeOutcome) -> ScenarioReport {
    let begun = Instant::now();
    match play(&plan, &settings, &outcome).await {
        Ok((journal, redactor)) => {
            let judgement = judge(&plan, &settings.catalogue, &journal, &settings.terms);
            ScenarioReport { plan, judgement, journal, redactor, duration: begun.elapsed() }
        }
        Err(error) => {
            let reason = format!("the stage could not be built: {error}");
            unplayed(plan, Verdict::Inconclusive, Some(Blame::Environment), reason)
        }
    }
}

/// Probes the subject and plays a single plan; for callers that run scenarios one by one.
pub async fn play_one(plan: Arc<Plan>, settings: RunSettings) -> Result<ScenarioReport, ProbeFailure> {
    let outcome = match settings.cadence {
        Some(cadence) => ProbeOutcome::assumed(cadence, settings.boot_within),
        None => probe(&settings).await?,
    };
    Ok(play_guarded(plan, settings, outcome).await)
}

fn unplayed(plan: Arc<Plan>, verdict: Verdict, blame: Option<Blame>, reason: String) -> ScenarioReport {
    let judgement = Judgement { findings: Vec::new(), verdict, blame, reason: Some(reason) };
    let redactor = protocol::Redactor::new();
    ScenarioReport { plan, judgement, journal: Vec::new(), redactor, duration: std::time::Duration::ZERO }
}
