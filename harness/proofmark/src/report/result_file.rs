//! `result.json`: the run for machines, in a versioned shape.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use protocol::Catalogue;
use scenario::judge::Finding;
use scenario::waiver::Waiver;

use super::clean::Vigil;
use super::requirement_table::RequirementTable;
use super::result_document::{
    FindingEntry, RESULT_FORMAT, RequirementEntry, ResultDocument, RunIdentity, ScenarioEntry, SurveyEntry,
    WaiverEntry,
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
    start_ms: Option<u64>,
    surveys: Vec<SurveyEntry>,
    scenarios: Vec<ScenarioEntry>,
    table: RequirementTable,
    summary: Option<RunSummary>,
}

impl ResultFile {
    /// Writes to this file at the end of the run; `again` makes the command that plays one scenario, and `start_ms` is what a start of
    /// the subject costs, if that is known before any is probed.
    pub fn new(
        path: PathBuf,
        vigil: Vigil,
        catalogue: Arc<Catalogue>,
        identity: RunIdentity,
        again: Again,
        start_ms: Option<u64>,
    ) -> Self {
        Self {
            path,
            vigil,
            catalogue,
            identity,
            again,
            start_ms,
            surveys: Vec::new(),
            scenarios: Vec::new(),
            table: RequirementTable::default(),
            summary: None,
        }
    }

    fn entry(&self, report: &ScenarioReport) -> ScenarioEntry {
        let judgement = &report.judgement;
        ScenarioEntry {
            name: report.plan.name.clone(),
            title: report.plan.title.clone(),
            verdict: judgement.verdict,
            blame: judgement.blame,
            reason: judgement.reason.clone(),
            unwaived: report.unwaived.clone(),
            duration_ms: milliseconds(report.duration),
            events: report.journal.len(),
            crash_point: report.plan.crash_point.clone(),
            again: (self.again)(&report.plan.name),
            findings: judgement.findings.iter().map(|finding| finding_entry(report, finding)).collect(),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn waivers(summary: &RunSummary) -> Vec<WaiverEntry> {
    let stale = summary.waivers.stale();
    let entry = |(waiver, judged, covered): (&Waiver, _, _)| {
        let why = stale.iter().find(|(other, _)| *other == waiver).map(|(_, why)| waiver.must_go(*why));
        WaiverEntry::new(waiver, judged, covered, why)
    };
    summary.waivers.all().map(entry).collect()
}

fn finding_entry(report: &ScenarioReport, finding: &Finding) -> FindingEntry {
    FindingEntry {
        check: finding.check.clone(),
        requirements: finding.requirements.iter().map(ToString::to_string).collect(),
        level: finding.level.map(|level| level.name().to_owned()),
        verdict: finding.status,
        waived: finding.waived,
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
            RunEvent::Probed(Ok(outcome)) if outcome.measured => {
                self.start_ms = Some(milliseconds(outcome.boot));
            }
            RunEvent::Surveyed { name, points, is_whole } => self.surveys.push(SurveyEntry {
                scenario: name.clone(),
                points: points.clone(),
                is_whole: *is_whole,
            }),
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
        let requirements = self
            .table
            .rows()
            .map(|(id, row)| RequirementEntry {
                id: id.to_string(),
                level: self.catalogue.find(id).map_or("", |requirement| requirement.level.name()).to_owned(),
                verdict: row.verdict,
                scenarios: row.scenarios.clone(),
            })
            .collect();
        let document = ResultDocument {
            format: RESULT_FORMAT,
            identity: self.identity.clone(),
            interrupted: summary.interrupted.is_some(),
            nothing_judged: summary.nothing_judged.clone(),
            exit_code: crate::exit::code_of(summary).number(),
            duration_ms: milliseconds(summary.duration),
            start_ms: self.start_ms,
            counts: summary.counts,
            waivers: waivers(summary),
            surveys: std::mem::take(&mut self.surveys),
            scenarios: std::mem::take(&mut self.scenarios),
            requirements,
        };
        let text = serde_json::to_string_pretty(&document)?;
        self.vigil.write(&self.path, &format!("{text}\n"))
    }
}
