//! Annotations of GitHub Actions: one workflow command on standard output for each failed check.

use std::io::{self, Write};

use scenario::judge::{Finding, Verdict};

use super::Reporter;
use super::output_scanner::OutputScanner;
use crate::runner::{RunEvent, ScenarioReport};

/// Writes `::error` lines among the other lines of the run.
pub struct Annotations<W: Write> {
    out: W,
    scanner: OutputScanner,
}

impl<W: Write> Annotations<W> {
    /// Writes annotations to any writer.
    pub fn new(out: W, scanner: OutputScanner) -> Self {
        Self { out, scanner }
    }

    fn annotate(&mut self, report: &ScenarioReport) -> io::Result<()> {
        let failed = report
            .judgement
            .findings
            .iter()
            .filter(|finding| finding.status == Verdict::Fail);
        for finding in failed {
            let line = self
                .scanner
                .clean("the annotations", &command(report, finding));
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }
}

impl<W: Write> Reporter for Annotations<W> {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::ScenarioFinished(report) => self.annotate(report),
            RunEvent::Finished(_) => self.out.flush(),
            _ => Ok(()),
        }
    }
}

fn command(report: &ScenarioReport, finding: &Finding) -> String {
    let plan = &report.plan;
    // A rule stands in no file; the scenario in which it was broken is the next best place.
    let place = finding
        .position
        .as_ref()
        .map(|position| (&position.source, position.line));
    let (source, line) = place.unwrap_or((&plan.source, 1));
    let title = format!(
        "{} {} {}",
        finding.requirements.join(", "),
        plan.name,
        finding.check
    );
    let message = format!(
        "{}\nexpected {}, seen {}\n{}",
        plan.title, finding.expected, finding.seen, finding.summary
    );
    format!(
        "::error file={},line={line},title={}::{}",
        property(&source.file.to_string_lossy()),
        property(title.trim()),
        data(&message)
    )
}

/// A message in a workflow command; a command ends with its line.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a workflow command, which ends at a comma or at a colon, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_a_command_or_a_property() {
        assert_eq!(
            data("100%\r\n::set-output name=a::b, c"),
            "100%25%0D%0A::set-output name=a::b, c"
        );
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        // What is escaped already is not taken for an escape.
        assert_eq!(data("%0A"), "%250A");
    }
}
