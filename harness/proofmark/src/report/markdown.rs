//! `summary.md`: the run for a job's summary page.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use protocol::Catalogue;
use scenario::judge::Verdict;

use super::clean::Vigil;
use super::console::sentence;
use super::failure::{failure_text, heading};
use super::requirement_table::RequirementTable;
use super::{Again, Reporter};
use crate::runner::{RunEvent, RunHeader, RunSummary};

/// Writes `summary.md`.
pub struct Markdown {
    path: PathBuf,
    vigil: Vigil,
    catalogue: Arc<Catalogue>,
    again: Again,
    header: Option<RunHeader>,
    failures: Vec<String>,
    skipped: Vec<String>,
    table: RequirementTable,
    summary: Option<RunSummary>,
}

impl Markdown {
    /// Writes to this file at the end of the run; `again` makes the command that plays one scenario.
    pub fn new(path: PathBuf, vigil: Vigil, catalogue: Arc<Catalogue>, again: Again) -> Self {
        Self {
            path,
            vigil,
            catalogue,
            again,
            header: None,
            failures: Vec::new(),
            skipped: Vec::new(),
            table: RequirementTable::default(),
            summary: None,
        }
    }

    fn text(&self, summary: &RunSummary) -> String {
        let mut text = String::from("# Proofmark\n\n");
        // Writing to a String cannot fail, here and below.
        if let Some(header) = &self.header {
            let _ = writeln!(text, "Subject: `{}` ({})\n", header.subject, header.terms);
        }
        let _ = writeln!(text, "**{}**\n", sentence(summary));
        let _ = writeln!(text, "| Requirement | Level | Verdict | Scenarios |\n|---|---|---|---|");
        for (id, row) in self.table.rows() {
            let level = self.catalogue.find(id).map_or("", |requirement| requirement.level.name());
            let _ =
                writeln!(text, "| {id} | {level} | {} | {} |", row.verdict.name(), row.scenarios.join(", "));
        }
        if !self.failures.is_empty() {
            let _ = writeln!(text, "\n## What did not pass\n");
            for failure in &self.failures {
                let _ = writeln!(text, "```text\n{}```\n", failure.replace("```", "'''"));
            }
        }
        if !self.skipped.is_empty() {
            let _ = writeln!(text, "\n## What does not apply\n");
            for line in &self.skipped {
                let _ = writeln!(text, "- {line}");
            }
        }
        text
    }
}

impl Reporter for Markdown {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::Started(header) => self.header = Some(header.clone()),
            RunEvent::ScenarioFinished(report) => {
                self.table.add(report);
                let name = &report.plan.name;
                match report.judgement.verdict {
                    Verdict::Pass => {}
                    Verdict::NotApplicable => {
                        let reason = report.judgement.reason.as_deref().unwrap_or_default();
                        self.skipped.push(format!("`{name}`: {reason}"));
                    }
                    verdict if report.journal.is_empty() => {
                        let reason = report.judgement.reason.as_deref().unwrap_or_default();
                        self.failures.push(format!("{} {name}\n  because      {reason}\n", heading(verdict)));
                    }
                    _ => self.failures.push(failure_text(report, &self.catalogue, &(self.again)(name))),
                }
            }
            RunEvent::Finished(summary) => self.summary = Some(summary.clone()),
            RunEvent::Probed(_) | RunEvent::Surveyed { .. } | RunEvent::ScenarioStarted { .. } => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        match &self.summary {
            Some(summary) => self.vigil.write(&self.path, &self.text(summary)),
            None => Ok(()),
        }
    }
}
