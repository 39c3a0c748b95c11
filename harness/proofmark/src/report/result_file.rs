//! `result.json`: the run for machines, in a versioned shape.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use protocol::Catalogue;
use scenario::judge::{Finding, NearestMiss};
use serde::Serialize;

use super::clean::Vigil;
use super::requirement_table::RequirementTable;
use super::{Again, Reporter};
use crate::runner::{RunEvent, RunSummary, ScenarioReport};

/// The version of the shape; a reader refuses another one.
pub const RESULT_FORMAT: u32 = 1;

/// Who was judged by what.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunIdentity {
    /// Proofmark's version.
    pub proofmark: String,
    /// SHA-256 over every scenario and the catalogue.
    pub suite: String,
    /// The subject's command.
    pub subject: String,
    /// The claimed profile.
    pub profile: String,
    /// The claimed revision.
    pub revision: String,
    /// Whether SHOULD counted like MUST.
    pub strict: bool,
    /// The seeded defect.
    pub defect: Option<String>,
    /// How the disk was observed.
    pub disk_observer: String,
    /// When the run began, RFC 3339.
    pub started: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'a> {
    format: u32,
    identity: &'a RunIdentity,
    interrupted: bool,
    nothing_judged: Option<&'a str>,
    exit_code: u8,
    duration_ms: u64,
    counts: CountsEntry,
    scenarios: &'a [ScenarioEntry],
    requirements: Vec<RequirementEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct CountsEntry {
    passed: usize,
    warned: usize,
    failed: usize,
    inconclusive: usize,
    untestable: usize,
    not_applicable: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct ScenarioEntry {
    name: String,
    title: String,
    verdict: &'static str,
    blame: Option<&'static str>,
    reason: Option<String>,
    duration_ms: u64,
    again: String,
    findings: Vec<FindingEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct FindingEntry {
    check: String,
    requirements: Vec<String>,
    level: Option<&'static str>,
    verdict: &'static str,
    blame: Option<&'static str>,
    summary: String,
    expected: String,
    seen: String,
    reason: Option<String>,
    nearest_miss: Option<NearestMiss>,
    witness: Vec<u64>,
    place: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct RequirementEntry {
    id: String,
    level: &'static str,
    verdict: &'static str,
    scenarios: Vec<String>,
}

/// Writes `result.json`.
pub struct ResultFile {
    path: PathBuf,
    vigil: Vigil,
    catalogue: Arc<Catalogue>,
    identity: RunIdentity,
    again: Again,
    scenarios: Vec<ScenarioEntry>,
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

    fn entry(&self, report: &ScenarioReport) -> ScenarioEntry {
        let judgement = &report.judgement;
        ScenarioEntry {
            name: report.plan.name.clone(),
            title: report.plan.title.clone(),
            verdict: judgement.verdict.name(),
            blame: judgement.blame.map(scenario::judge::Blame::name),
            reason: judgement.reason.clone(),
            duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
            again: (self.again)(&report.plan.name),
            findings: judgement.findings.iter().map(|finding| finding_entry(report, finding)).collect(),
        }
    }
}

fn finding_entry(report: &ScenarioReport, finding: &Finding) -> FindingEntry {
    FindingEntry {
        check: finding.check.clone(),
        requirements: finding.requirements.iter().map(ToString::to_string).collect(),
        level: finding.level.map(protocol::Level::name),
        verdict: finding.status.name(),
        blame: finding.blame.map(scenario::judge::Blame::name),
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
            .map(|(id, row)| RequirementEntry {
                id: id.to_string(),
                level: self.catalogue.find(id).map_or("", |requirement| requirement.level.name()),
                verdict: row.verdict.name(),
                scenarios: row.scenarios.clone(),
            })
            .collect();
        let document = Document {
            format: RESULT_FORMAT,
            identity: &self.identity,
            interrupted: summary.interrupted.is_some(),
            nothing_judged: summary.nothing_judged.as_deref(),
            exit_code: crate::exit::code_of(summary).number(),
            duration_ms: u64::try_from(summary.duration.as_millis()).unwrap_or(u64::MAX),
            counts: CountsEntry {
                passed: counts.passed,
                warned: counts.warned,
                failed: counts.failed,
                inconclusive: counts.inconclusive,
                untestable: counts.untestable,
                not_applicable: counts.not_applicable,
            },
            scenarios: &self.scenarios,
            requirements,
        };
        let text = serde_json::to_string_pretty(&document)?;
        self.vigil.write(&self.path, &format!("{text}\n"))
    }
}
