//! `proofmark lint`: scenario files and the catalogue, checked without running anything.

use std::path::PathBuf;

use clap::Args;

use super::complaint::Complaint;
use super::library::{SuiteSource, suite};
use super::output::Output;
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// Scenario files, or directories in the shape of `scenarios/` [default: the scenarios built in].
    paths: Vec<PathBuf>,
}

impl LintArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        let (directories, files): (Vec<PathBuf>, Vec<PathBuf>) =
            self.paths.into_iter().partition(|path| path.is_dir());
        let mut sources: Vec<SuiteSource> = directories
            .into_iter()
            .map(SuiteSource::Directory)
            .collect();
        if sources.is_empty() {
            sources.push(SuiteSource::BuiltIn);
        }
        let mut mistakes = Vec::new();
        for source in sources {
            match suite(&source, &files, output.error_colour()) {
                Ok(suite) => {
                    let scenarios = if files.is_empty() {
                        suite.plans.len()
                    } else {
                        suite.from_files.len()
                    };
                    output.print(&format!(
                        "{scenarios} scenarios and {} requirements are in order\n",
                        suite.catalogue.len()
                    ));
                }
                Err(error) => mistakes.push(error.to_string().trim_end().to_owned()),
            }
        }
        if mistakes.is_empty() {
            Ok(Exit::Conformant)
        } else {
            Err(mistakes.join("\n").into())
        }
    }
}
