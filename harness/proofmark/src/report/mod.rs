//! What people and machines read: every format is a projection of the one stream of run events.

mod annotations;
mod console;
mod deafness;
mod examination;
mod failure;
mod journal_line;
mod journals;
mod junit;
mod markdown;
mod output_scanner;
mod result_document;
mod result_file;

use std::io;
use std::sync::Arc;

pub use annotations::Annotations;
pub use console::{Console, Look};
pub use deafness::Deafness;
pub use examination::{conclusion_text, finding_text};
pub use failure::failure_text;
#[cfg(traced)]
pub(crate) use journal_line::call_in_words;
pub use journal_line::journal_line;
pub(crate) use journal_line::shorten;
pub use journals::{JOURNALS, Journals, PROBE_JOURNAL, journal_file};
pub use junit::Junit;
pub use markdown::Markdown;
pub use output_scanner::{Leaked, OutputScanner};
pub use result_document::{RESULT_FORMAT, ResultDocument, ResultError, ScenarioEntry};
pub use result_file::ResultFile;

use protocol::Catalogue;

use crate::runner::{RunEvent, ScenarioReport};

/// Listens to a run and writes one format.
pub trait Reporter {
    /// Takes in one event.
    fn event(&mut self, event: &RunEvent) -> io::Result<()>;
}

/// Makes the command that plays the scenario of this name again.
pub type Again = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What reports need besides a run's events.
#[derive(Clone)]
pub struct ReportContext {
    /// The output scanner that no credential passes.
    pub scanner: OutputScanner,
    /// The requirements.
    pub catalogue: Arc<Catalogue>,
    /// How a scenario is played again.
    pub again: Again,
}

impl ReportContext {
    fn failure(&self, report: &ScenarioReport) -> String {
        failure_text(report, &self.catalogue, &(self.again)(&report.plan.name))
    }
}

/// Feeds every reporter, even if one of them fails.
#[derive(Default)]
pub struct Reporters {
    reporters: Vec<(&'static str, Box<dyn Reporter>)>,
    failures: Vec<(&'static str, io::Error)>,
}

impl Reporters {
    /// Adds a reporter under a name for its own failures.
    pub fn add(&mut self, name: &'static str, reporter: impl Reporter + 'static) {
        self.reporters.push((name, Box::new(reporter)));
    }

    /// Passes an event on.
    pub fn event(&mut self, event: &RunEvent) {
        for (name, reporter) in &mut self.reporters {
            if let Err(error) = reporter.event(event) {
                self.failures.push((name, error));
            }
        }
    }

    /// What could not be written.
    pub fn failures(self) -> Vec<(&'static str, io::Error)> {
        self.failures
    }
}
