//! Judging a recording: each journal under its plan, in the events of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::Catalogue;
use scenario::judge::{Blame, Verdict, judge};
use scenario::plan::{CrashPoint, Plan};
use scenario::waiver::WaiverLedger;
use walkdir::{DirEntry, WalkDir};

use super::comparison::Comparison;
use super::journal::read_journal;
use super::saved::Recording;
use crate::report::{JOURNALS, PROBE_JOURNAL, ScenarioEntry, journal_file};
use crate::runner::{RunEvent, RunLedger, RunSummary, ScenarioReport, unplayed};

/// What scenarios there are today, and what they cite.
#[derive(Debug, Clone, Copy)]
pub struct Scenarios<'a> {
    /// Every plan.
    pub plans: &'a [Plan],
    /// The requirements.
    pub catalogue: &'a Arc<Catalogue>,
}

/// The outcome of judging a recording again.
#[derive(Debug)]
pub struct Rejudged {
    /// The end, as of a run.
    pub summary: RunSummary,
    /// How the verdicts compare with the saved ones.
    pub comparison: Comparison,
    /// What could not be judged because there is no scenario for it (any more), a sentence each.
    pub orphans: Vec<String>,
}

/// Judges every scenario of a recording again and reports it like a run; `saved` has the verdicts to compare with.
pub fn rejudge(
    recording: &Recording,
    scenarios: Scenarios<'_>,
    waivers: WaiverLedger,
    saved: &[ScenarioEntry],
    tell: &mut dyn FnMut(&RunEvent),
) -> Rejudged {
    let begun = Instant::now();
    let entries = &recording.result.scenarios;
    for survey in &recording.result.surveys {
        tell(&RunEvent::Surveyed(survey.clone()));
    }
    let plans: BTreeMap<&str, &Plan> = scenarios
        .plans
        .iter()
        .map(|plan| (plan.name.as_str(), plan))
        .collect();
    let saved: BTreeMap<&str, &ScenarioEntry> = saved
        .iter()
        .map(|entry| (entry.name.as_str(), entry))
        .collect();
    let mut ledger = RunLedger::new(Arc::clone(scenarios.catalogue), waivers);
    let mut comparison = Comparison::default();
    let mut orphans = Vec::new();
    // As in a run: first what was not played, then the rest.
    let (idle, played): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.events == 0);
    for entry in idle.into_iter().chain(played) {
        let Some(plan) = plan_of(entry, &plans) else {
            orphans.push(format!(
                "`{}` was recorded and is no scenario of this suite; nothing is said of it",
                entry.name
            ));
            continue;
        };
        let (report, is_legible) = report_of(recording, entry, Arc::new(plan), scenarios.catalogue);
        let report = ledger.enter(report);
        if is_legible {
            comparison.add(
                &entry.name,
                saved.get(entry.name.as_str()).copied(),
                &report.judgement,
            );
        }
        tell(&RunEvent::ScenarioFinished(Box::new(report)));
    }
    orphans.extend(strays(recording));
    let nothing_judged = recording.result.nothing_judged.clone();
    let summary = ledger.summary(begun.elapsed(), false, nothing_judged, Vec::new());
    tell(&RunEvent::Finished(summary.clone()));
    Rejudged {
        summary,
        comparison,
        orphans,
    }
}

impl Recording {
    /// How many scenarios were selected: those that stand for one a crash point count once.
    pub fn selected(&self) -> usize {
        let surveyed = self
            .result
            .surveys
            .iter()
            .map(|survey| survey.scenario.as_str());
        let names: BTreeSet<&str> = self
            .result
            .scenarios
            .iter()
            .map(selected_name)
            .chain(surveyed)
            .collect();
        names.len()
    }
}

/// The name of the scenario in the suite.
fn selected_name(entry: &ScenarioEntry) -> &str {
    let suffix = entry
        .crash_point
        .as_ref()
        .map(CrashPoint::suffix)
        .unwrap_or_default();
    entry.name.strip_suffix(&suffix).unwrap_or(&entry.name)
}

/// The plan that was played, if its scenario still exists.
fn plan_of(entry: &ScenarioEntry, plans: &BTreeMap<&str, &Plan>) -> Option<Plan> {
    let plan = *plans.get(selected_name(entry))?;
    match &entry.crash_point {
        Some(point) => plan.crash_points.is_some().then(|| plan.crashing_at(point)),
        // Without a point only what kept it from being played can be told.
        None => (plan.crash_points.is_none() || entry.events == 0).then(|| plan.clone()),
    }
}

/// The scenario's report, and whether there was something to judge it by.
fn report_of(
    recording: &Recording,
    entry: &ScenarioEntry,
    plan: Arc<Plan>,
    catalogue: &Catalogue,
) -> (ScenarioReport, bool) {
    let duration = Duration::from_millis(entry.duration_ms);
    if entry.events == 0 {
        return (
            ScenarioReport {
                duration,
                ..carried_over(entry, plan)
            },
            true,
        );
    }
    match read_journal(
        &recording.directory.join(journal_file(&entry.name)),
        &entry.name,
        entry.events,
    ) {
        Ok(journal) => {
            let judgement = judge(&plan, catalogue, &journal, &recording.terms);
            let blank = unplayed(plan, judgement.verdict, None, String::new());
            (
                ScenarioReport {
                    judgement,
                    journal,
                    duration,
                    ..blank
                },
                true,
            )
        }
        Err(error) => {
            let blame = Some(Blame::Environment);
            (
                unplayed(plan, Verdict::Inconclusive, blame, error.to_string()),
                false,
            )
        }
    }
}

/// What was not played stays as it was, waivers aside.
fn carried_over(entry: &ScenarioEntry, plan: Arc<Plan>) -> ScenarioReport {
    let (verdict, reason) = match &entry.unwaived {
        Some(unwaived) => (unwaived.verdict, &unwaived.reason),
        None => (entry.verdict, &entry.reason),
    };
    match verdict {
        Verdict::NotApplicable | Verdict::Untestable | Verdict::Inconclusive => unplayed(
            plan,
            verdict,
            entry.blame,
            reason.clone().unwrap_or_default(),
        ),
        Verdict::Pass | Verdict::Warn | Verdict::Fail => {
            let reason = format!(
                "`{}` was saved for it, and no journal to judge that by",
                verdict.name()
            );
            unplayed(
                plan,
                Verdict::Inconclusive,
                Some(Blame::Environment),
                reason,
            )
        }
    }
}

/// Journals that belong to no scenario of the result.
fn strays(recording: &Recording) -> Vec<String> {
    let known: BTreeSet<PathBuf> = recording
        .result
        .scenarios
        .iter()
        .filter(|entry| entry.events > 0)
        .map(|entry| recording.directory.join(journal_file(&entry.name)))
        .chain([recording.directory.join(journal_file(PROBE_JOURNAL))])
        .collect();
    // What cannot be listed is not looked for: a journal that is missed there is told by its scenario.
    let found = WalkDir::new(recording.directory.join(JOURNALS))
        .sort_by_file_name()
        .into_iter()
        .flatten();
    let journals = found
        .filter(|entry| !entry.file_type().is_dir())
        .map(DirEntry::into_path);
    let is_journal = |file: &PathBuf| {
        file.extension()
            .is_some_and(|extension| extension == "ndjson")
    };
    let strays = journals.filter(|file| is_journal(file) && !known.contains(file));
    strays
        .map(|file| {
            format!(
                "the journal `{}` belongs to no scenario of result.json; it is not judged",
                file.display()
            )
        })
        .collect()
}
