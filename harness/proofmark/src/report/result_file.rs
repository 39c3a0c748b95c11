//! `result.json`: the run for machines, in a versioned shape.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::result_document::{RESULT_FORMAT, ResultDocument, ScenarioEntry};
use super::{ReportContext, Reporter};
use crate::runner::{RunEvent, RunIdentity, RunSummary, ScenarioReport, Survey};

/// Writes `result.json`.
pub struct ResultFile {
    path: PathBuf,
    context: ReportContext,
    start_ms: Option<u64>,
    identity: Option<RunIdentity>,
    surveys: Vec<Survey>,
    scenarios: Vec<ScenarioEntry>,
}

impl ResultFile {
    /// Writes to this file at the end of the run; `start_ms` is what a start of the subject costs, if that is known before any is probed.
    pub fn new(path: PathBuf, context: ReportContext, start_ms: Option<u64>) -> Self {
        Self {
            path,
            context,
            start_ms,
            identity: None,
            surveys: Vec::new(),
            scenarios: Vec::new(),
        }
    }

    fn entry(&self, report: &ScenarioReport) -> ScenarioEntry {
        let (plan, judgement) = (&report.plan, &report.judgement);
        ScenarioEntry {
            name: plan.name.clone(),
            title: plan.title.clone(),
            verdict: judgement.verdict,
            blame: judgement.blame,
            reason: judgement.reason.clone(),
            unwaived: report.unwaived.clone(),
            duration_ms: milliseconds(report.duration),
            events: report.journal.len(),
            crash_point: plan.crash_point.clone(),
            again: (self.context.again)(&plan.name),
            findings: judgement.findings.clone(),
        }
    }

    fn write(&mut self, summary: &RunSummary) -> io::Result<()> {
        let Some(identity) = self.identity.take() else {
            return Ok(());
        };
        self.scenarios
            .sort_by(|one, other| one.name.cmp(&other.name));
        let document = ResultDocument {
            format: RESULT_FORMAT,
            identity,
            interrupted: summary.interrupted,
            nothing_judged: summary.nothing_judged.clone(),
            exit_code: crate::exit::code_of(summary).number(),
            duration_ms: milliseconds(summary.duration),
            start_ms: self.start_ms,
            counts: summary.counts,
            waivers: summary.waivers.entries().collect(),
            surveys: std::mem::take(&mut self.surveys),
            scenarios: std::mem::take(&mut self.scenarios),
            requirements: summary.requirements.values().cloned().collect(),
        };
        let text = serde_json::to_string_pretty(&document)?;
        self.context.scanner.write(&self.path, &format!("{text}\n"))
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Reporter for ResultFile {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::Started(header) => self.identity = Some(header.identity.clone()),
            RunEvent::Probed(Ok(outcome)) if outcome.measured => {
                self.start_ms = Some(milliseconds(outcome.boot));
            }
            RunEvent::Surveyed(survey) => self.surveys.push(survey.clone()),
            RunEvent::ScenarioFinished(report) => {
                let entry = self.entry(report);
                self.scenarios.push(entry);
            }
            RunEvent::Finished(summary) => return self.write(summary),
            RunEvent::Probed(_) | RunEvent::ScenarioStarted { .. } => {}
        }
        Ok(())
    }
}
