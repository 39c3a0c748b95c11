//! The journals of a run: one NDJSON file per scenario.

use std::io;
use std::path::PathBuf;

use super::Reporter;
use super::output_scanner::OutputScanner;
use crate::runner::RunEvent;

/// The folder of the journals below `--out`.
pub const JOURNALS: &str = "journals";
/// The name under which the probe's journal stands among those of scenarios, when the probe failed.
pub const PROBE_JOURNAL: &str = "probe";

/// Writes `journals/<area>/<scenario>.ndjson`.
pub struct Journals {
    out: PathBuf,
    scanner: OutputScanner,
}

impl Journals {
    /// Writes below this directory.
    pub fn new(out: &std::path::Path, scanner: OutputScanner) -> Self {
        Self {
            out: out.to_owned(),
            scanner,
        }
    }
}

impl Reporter for Journals {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        let (name, journal, redactor) = match event {
            RunEvent::ScenarioFinished(report) => {
                (report.plan.name.clone(), &report.journal, &report.redactor)
            }
            RunEvent::Probed(Err(failure)) => (
                PROBE_JOURNAL.to_owned(),
                &failure.journal,
                &failure.redactor,
            ),
            _ => return Ok(()),
        };
        if journal.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for event in journal {
            text.push_str(&serde_json::to_string(event)?);
            text.push('\n');
        }
        // A stage knows no credentials but its own.
        let path = self.out.join(journal_file(&name));
        self.scanner.write_of_stage(&path, &text, redactor)
    }
}

/// Where the journal of a scenario lies below `--out`.
pub fn journal_file(scenario: &str) -> PathBuf {
    PathBuf::from(format!("{JOURNALS}/{}.ndjson", file_name(scenario)))
}

/// A scenario's full name as a file name; slashes stay folders.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '/' | '.' => character,
            _ => '_',
        })
        .collect::<String>()
        .replace("..", "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder() {
        assert_eq!(
            file_name("token/a[face=waf-html]"),
            "token/a_face_waf-html_"
        );
        assert_eq!(file_name("../../etc"), "_/_/etc");
    }
}
