//! The outcome of a run's scenarios, played now or judged again: waivers are applied here, and only here.

use std::sync::Arc;
use std::time::Duration;

use protocol::Catalogue;
use scenario::judge::{Verdict, Waived};
use scenario::waiver::WaiverLedger;

use super::event::{Outcome, RequirementEntry, RunSummary, ScenarioReport};

/// Adds up the scenarios of a run.
#[derive(Debug)]
pub struct RunLedger {
    catalogue: Arc<Catalogue>,
    summary: RunSummary,
}

impl RunLedger {
    /// A ledger without scenarios.
    pub fn new(catalogue: Arc<Catalogue>, waivers: WaiverLedger) -> Self {
        Self {
            catalogue,
            summary: RunSummary {
                waivers,
                ..RunSummary::default()
            },
        }
    }

    /// Enters a scenario that has ended; returns its judgement with waivers applied.
    #[must_use]
    pub fn enter(&mut self, mut report: ScenarioReport) -> ScenarioReport {
        let summary = &mut self.summary;
        summary.starting += report.starting;
        summary.playing += report.duration.saturating_sub(report.starting);
        let judgement = &mut report.judgement;
        let is_judged = judgement.findings.iter().any(|finding| {
            matches!(
                finding.status,
                Verdict::Pass | Verdict::Warn | Verdict::Fail
            )
        });
        let before = Outcome {
            verdict: judgement.verdict,
            reason: judgement.reason.clone(),
        };
        summary.waivers.apply(&report.plan.name, judgement);
        if judgement.findings.is_empty() && judgement.verdict != before.verdict {
            report.unwaived = Some(before);
        }
        if judgement.verdict == Verdict::Warn && !is_judged {
            summary.counts.unjudged += 1;
        }
        let is_flaky = judgement
            .findings
            .iter()
            .any(|finding| finding.waived == Some(Waived::Flaky));
        if judgement.verdict == Verdict::Warn && is_flaky {
            summary.counts.flaky += 1;
        }
        summary.waivers.note(&report.plan.name, judgement);
        summary.counts.add(judgement.verdict);
        self.note_requirements(&report);
        report
    }

    /// Of each requirement the worst of all findings that cite it.
    fn note_requirements(&mut self, report: &ScenarioReport) {
        let judgement = &report.judgement;
        let judged = judgement
            .findings
            .iter()
            .flat_map(|finding| finding.requirements.iter().map(|id| (id, finding.status)));
        let unjudged = report.plan.covers.iter().map(|id| (id, judgement.verdict));
        let name = &report.plan.name;
        for (id, verdict) in judged.chain(unjudged.filter(|_| judgement.findings.is_empty())) {
            let row = self
                .summary
                .requirements
                .entry(id.clone())
                .or_insert_with(|| RequirementEntry {
                    id: id.clone(),
                    level: self
                        .catalogue
                        .find(id)
                        .map_or("", |requirement| requirement.level.name())
                        .to_owned(),
                    verdict,
                    scenarios: Vec::new(),
                });
            row.verdict = row.verdict.combine(verdict);
            if row.scenarios.last() != Some(name) {
                row.scenarios.push(name.clone());
            }
        }
    }

    /// The end of the run.
    pub fn summary(
        self,
        duration: Duration,
        interrupted: bool,
        nothing_judged: Option<String>,
        left_behind: Vec<String>,
    ) -> RunSummary {
        RunSummary {
            duration,
            interrupted,
            nothing_judged,
            left_behind,
            ..self.summary
        }
    }
}
