//! What a run says of each requirement: the worst of all findings that cite it.

use std::collections::BTreeMap;

use protocol::RequirementId;
use scenario::judge::Verdict;

use crate::runner::ScenarioReport;

/// Collects findings by requirement.
#[derive(Debug, Default)]
pub(super) struct RequirementTable {
    rows: BTreeMap<RequirementId, Row>,
}

/// What was found about one requirement.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The worst finding.
    pub(super) verdict: Verdict,
    /// The scenarios that judged it, or could not.
    pub(super) scenarios: Vec<String>,
}

impl RequirementTable {
    /// Takes in a scenario.
    pub(super) fn add(&mut self, report: &ScenarioReport) {
        let name = &report.plan.name;
        for finding in &report.judgement.findings {
            for id in &finding.requirements {
                self.note(id, finding.status, name);
            }
        }
        if report.judgement.findings.is_empty() {
            for id in &report.plan.covers {
                self.note(id, report.judgement.verdict, name);
            }
        }
    }

    fn note(&mut self, id: &RequirementId, verdict: Verdict, scenario: &str) {
        let row = self.rows.entry(id.clone()).or_insert_with(|| Row { verdict, scenarios: Vec::new() });
        row.verdict = row.verdict.combine(verdict);
        if row.scenarios.last().is_none_or(|last| last != scenario) {
            row.scenarios.push(scenario.to_owned());
        }
    }

    /// All rows by requirement number.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&RequirementId, &Row)> {
        self.rows.iter()
    }

    /// How many requirements came out with this verdict.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.rows.values().filter(|row| row.verdict == verdict).count()
    }
}
