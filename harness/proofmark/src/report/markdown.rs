//! `summary.md`: the run for a job's summary page.

use std::io;
use std::path::PathBuf;

use scenario::judge::Verdict;

use super::console::sentence;
use super::failure::heading;
use super::{ReportContext, Reporter};
use crate::runner::{RequirementEntry, RunEvent, RunSummary};

/// Writes `summary.md`.
pub struct Markdown {
    path: PathBuf,
    context: ReportContext,
    /// Who is judged, and by what.
    subject: String,
    failures: Vec<String>,
    skipped: Vec<String>,
}

impl Markdown {
    /// Writes to this file at the end of the run.
    pub fn new(path: PathBuf, context: ReportContext) -> Self {
        Self {
            path,
            context,
            subject: String::new(),
            failures: Vec::new(),
            skipped: Vec::new(),
        }
    }

    fn text(&self, summary: &RunSummary) -> String {
        let mut text = format!(
            "# Proofmark\n\n{}**{}**\n\n",
            self.subject,
            sentence(summary)
        );
        line!(
            text,
            "| Requirement | Level | Verdict | Scenarios |\n|---|---|---|---|"
        );
        for RequirementEntry {
            id,
            level,
            verdict,
            scenarios,
        } in summary.requirements.values()
        {
            line!(
                text,
                "| {id} | {level} | {} | {} |",
                verdict.name(),
                scenarios.join(", ")
            );
        }
        if !self.failures.is_empty() {
            line!(text, "\n## What did not pass\n");
            for failure in &self.failures {
                line!(text, "```text\n{}```\n", failure.replace("```", "'''"));
            }
        }
        if !self.skipped.is_empty() {
            line!(text, "\n## What does not apply\n");
            for line in &self.skipped {
                line!(text, "- {line}");
            }
        }
        text
    }
}

impl Reporter for Markdown {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::Started(header) => {
                self.subject = format!(
                    "Subject: `{}` ({})\n\n",
                    header.identity.subject,
                    header.identity.terms()
                );
            }
            RunEvent::ScenarioFinished(report) => {
                let name = &report.plan.name;
                let reason = report.judgement.reason.as_deref().unwrap_or_default();
                match report.judgement.verdict {
                    Verdict::Pass => {}
                    Verdict::NotApplicable => self.skipped.push(format!("`{name}`: {reason}")),
                    verdict if report.journal.is_empty() => {
                        self.failures.push(format!(
                            "{} {name}\n  because      {reason}\n",
                            heading(verdict)
                        ));
                    }
                    _ => self.failures.push(self.context.failure(report)),
                }
            }
            RunEvent::Finished(summary) => {
                return self.context.scanner.write(&self.path, &self.text(summary));
            }
            RunEvent::Probed(_) | RunEvent::Surveyed(_) | RunEvent::ScenarioStarted { .. } => {}
        }
        Ok(())
    }
}
