//! What the scenarios of a run come to, played now or long ago: waivers are applied here, and only here.

use std::time::Duration;

use scenario::judge::{Verdict, Waived};
use scenario::waiver::WaiverLedger;

use super::event::{Counts, Interruption, RunSummary, ScenarioReport, Unwaived};

/// Adds up the scenarios of a run.
#[derive(Debug)]
pub struct RunLedger {
    starting: Duration,
    playing: Duration,
    counts: Counts,
    waivers: WaiverLedger,
}

impl RunLedger {
    /// A ledger without scenarios.
    pub fn new(waivers: WaiverLedger) -> Self {
        Self { starting: Duration::ZERO, playing: Duration::ZERO, counts: Counts::default(), waivers }
    }

    /// Enters a scenario that has come to its end; comes back with what waivers leave of its judgement.
    #[must_use]
    pub fn enter(&mut self, mut report: ScenarioReport) -> ScenarioReport {
        self.starting += report.starting;
        self.playing += report.duration.saturating_sub(report.starting);
        let judgement = &mut report.judgement;
        let is_judged = judgement
            .findings
            .iter()
            .any(|finding| matches!(finding.status, Verdict::Pass | Verdict::Warn | Verdict::Fail));
        let before = Unwaived { verdict: judgement.verdict, reason: judgement.reason.clone() };
        self.waivers.apply(&report.plan.name, judgement);
        if judgement.findings.is_empty() && judgement.verdict != before.verdict {
            report.unwaived = Some(before);
        }
        if judgement.verdict == Verdict::Warn && !is_judged {
            self.counts.unjudged += 1;
        }
        let is_flaky = judgement.findings.iter().any(|finding| finding.waived == Some(Waived::Flaky));
        if judgement.verdict == Verdict::Warn && is_flaky {
            self.counts.flaky += 1;
        }
        self.waivers.note(&report.plan.name, judgement);
        self.counts.add(judgement.verdict);
        report
    }

    /// The end of the run.
    pub fn summary(
        self,
        duration: Duration,
        interrupted: Option<Interruption>,
        nothing_judged: Option<String>,
        left_behind: Vec<String>,
    ) -> RunSummary {
        let Self { starting, playing, counts, waivers } = self;
        RunSummary { counts, duration, starting, playing, interrupted, nothing_judged, left_behind, waivers }
    }
}
