//! `proofmark waive`: a draft of waivers for what a run found violated.

use std::path::PathBuf;

use clap::Args;

use super::complaint::Complaint;
use super::gate::read_run;
use super::output::Output;
use crate::exit::Exit;
use crate::release::{Author, draft};
use crate::report::OutputScanner;

#[derive(Debug, Args)]
pub(super) struct WaiveArguments {
    /// The result whose failures are waived.
    #[arg(long, value_name = "RESULT.json")]
    from: PathBuf,
    /// Why they are accepted.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who answers for them.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Where they are tracked.
    #[arg(long, value_name = "URL")]
    issue: Option<String>,
    /// The last day they are accepted, as 2027-01-31.
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// Writes the draft into this new file instead of printing it.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl WaiveArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        let run = read_run(std::slice::from_ref(&self.from))?;
        let author = Author {
            reason: self.reason,
            owner: self.owner,
            issue: self.issue,
            expires: self.expires,
        };
        let (text, count) = draft(&run, &author);
        if count == 0 {
            output.complain(&format!(
                "proofmark: nothing to waive: no requirement is violated in `{}`",
                self.from.display()
            ));
        }
        let Some(file) = self.to else {
            output.print(&OutputScanner::default().clean("the draft", &text));
            return Ok(Exit::Conformant);
        };
        if file.symlink_metadata().is_ok() {
            return Err(format!(
                "proofmark: `{}` exists already and may hold waivers written by hand; name another file, or remove it",
                file.display()
            )
            .into());
        }
        OutputScanner::default()
            .write(&file, &text)
            .map_err(|error| format!("proofmark: cannot write `{}`: {error}", file.display()))?;
        output.print(&format!(
            "{count} waiver(s) drafted in {}\n",
            file.display()
        ));
        Ok(Exit::Conformant)
    }
}
