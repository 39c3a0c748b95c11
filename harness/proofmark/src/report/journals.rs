//! The journals of a run: one NDJSON file per scenario.

use std::io;
use std::path::PathBuf;

use super::Reporter;
use super::clean::Vigil;
use crate::runner::RunEvent;

/// Writes `journals/<area>/<scenario>.ndjson`.
pub struct Journals {
    directory: PathBuf,
    vigil: Vigil,
}

impl Journals {
    /// Writes below `<out>/journals`.
    pub fn new(out: &std::path::Path, vigil: Vigil) -> Self {
        Self { directory: out.join("journals"), vigil }
    }
}

impl Reporter for Journals {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        let (name, journal, redactor) = match event {
            RunEvent::ScenarioFinished(report) => {
                (report.plan.name.clone(), &report.journal, &report.redactor)
            }
            RunEvent::Probed(Err(failure)) => ("probe".to_owned(), &failure.journal, &failure.redactor),
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
        let path = self.directory.join(format!("{}.ndjson", file_name(&name)));
        self.vigil.write_of_stage(&path, &text, redactor)
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A scenario's full name as a file name; slashes stay folders.
pub(super) fn file_name(name: &str) -> String {
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
        assert_eq!(file_name("token/a[face=waf-html]"), "token/a_face_waf-html_");
        assert_eq!(file_name("../../etc"), "_/_/etc");
    }
}
