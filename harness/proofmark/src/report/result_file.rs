//! `result.json`: the run for machines, in a versioned shape.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use protocol::Catalogue;
use scenario::judge::Finding;
use scenario::plan::CrashPoint;

use super::clean::Vigil;
use super::requirement_table::RequirementTable;
use super::result_shape::{
    RESULT_FORMAT, RunIdentity, SavedCounts, SavedCrashPoint, SavedFinding, SavedRequirement, SavedResult,
    SavedScenario,
};
use super::{Again, Reporter};
use crate::runner::{RunEvent, RunSummary, ScenarioReport};

/// Writes `result.json`.
pub struct ResultFile {
    path: PathBuf,
    vigil: Vigil,
    catalogue: Arc<Catalogue>,
    identity: RunIdentity,
    again: Again,
    scenarios: Vec<SavedScenario>,
    table: RequirementTable,
    summary: Option<RunSummary>,
}

impl ResultFile {
    /// Writes to this file at the end of the run; `again` makes the command that plays one scenario.
    pub fn new(
        path: PathBuf,
        vigil: Vigil,
        catalogue: Arc<Catalogue>,
        identity: RunIdentity,
        again: Again,
    ) -> Self {
        Self {
            path,
            vigil,
            catalogue,
            identity,
            again,
            scenarios: Vec::new(),
            table: RequirementTable::default(),
            summary: None,
        }
    }

    fn entry(&self, report: &ScenarioReport) -> SavedScenario {
        let judgement = &report.judgement;
        SavedScenario {
            name: report.plan.name.clone(),
            title: report.plan.title.clone(),
            verdict: judgement.verdict,
            blame: judgement.blame,
            reason: judgement.reason.clone(),
            unwaived: report.unwaived.clone(),
            duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
            events: report.journal.len(),
            crash_point: report.plan.crash_point.as_ref().map(saved_point),
            again: (self.again)(&report.plan.name),
            findings: judgement.findings.iter().map(|finding| finding_entry(report, finding)).collect(),
        }
    }
}

fn saved_point(point: &CrashPoint) -> SavedCrashPoint {
    SavedCrashPoint { nth: point.nth, path: point.path.clone(), name: point.name.clone() }
}

fn finding_entry(report: &ScenarioReport, finding: &Finding) -> SavedFinding {
    SavedFinding {
        check: finding.check.clone(),
        requirements: finding.requirements.clone(),
        level: finding.level.map(Into::into),
        verdict: finding.status,
        blame: finding.blame,
        summary: finding.summary.clone(),
        expected: finding.expected.clone(),
        seen: finding.seen.clone(),
        reason: finding.reason.clone(),
        nearest_miss: finding.nearest_miss.clone(),
        witness: finding.witness.clone(),
        place: finding.position.as_ref().map(|position| {
            let source = position.fragment.as_ref().unwrap_or(&report.plan.source);
            format!("{}:{position}", source.file.display())
        }),
    }
}

impl Reporter for ResultFile {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::ScenarioFinished(report) => {
                self.table.add(report);
                let entry = self.entry(report);
                self.scenarios.push(entry);
            }
            RunEvent::Finished(summary) => self.summary = Some(summary.clone()),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(summary) = &self.summary else { return Ok(()) };
        self.scenarios.sort_by(|one, other| one.name.cmp(&other.name));
        let counts = summary.counts;
        let requirements = self
            .table
            .rows()
            .map(|(id, row)| SavedRequirement {
                id: id.clone(),
                level: self.catalogue.find(id).map_or("", |requirement| requirement.level.name()).into(),
                verdict: row.verdict,
                scenarios: row.scenarios.clone(),
            })
            .collect();
        let document = SavedResult {
            format: RESULT_FORMAT,
            identity: self.identity.clone(),
            interrupted: summary.interrupted.is_some(),
            nothing_judged: summary.nothing_judged.clone(),
            exit_code: crate::exit::code_of(summary).number(),
            duration_ms: u64::try_from(summary.duration.as_millis()).unwrap_or(u64::MAX),
            counts: SavedCounts {
                passed: counts.passed,
                warned: counts.warned,
                failed: counts.failed,
                inconclusive: counts.inconclusive,
                untestable: counts.untestable,
                not_applicable: counts.not_applicable,
            },
            scenarios: std::mem::take(&mut self.scenarios),
            requirements,
        };
        let text = serde_json::to_string_pretty(&document)?;
        self.vigil.write(&self.path, &format!("{text}\n"))
    }
}
