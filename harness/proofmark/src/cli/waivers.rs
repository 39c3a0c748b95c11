//! Expected failures, as a file names them.

use std::path::PathBuf;

use clap::Args;
use protocol::Catalogue;
use scenario::Source;
use scenario::plan::Plan;
use scenario::waiver::Waivers;

use super::library::fingerprint;

#[derive(Debug, Args)]
pub(super) struct WaiverArguments {
    /// Expected failures: a file of exact requirements or checks, each with reason, owner, issue and last day.
    #[arg(long = "waivers", value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
}

/// The waivers of a command.
#[derive(Debug, Default)]
pub(super) struct GivenWaivers {
    /// What they are; none without a file.
    pub(super) waivers: Waivers,
    /// SHA-256 over the file.
    pub(super) digest: Option<String>,
}

impl WaiverArguments {
    /// Reads the file, if one is named; returns its rendered mistakes otherwise.
    pub(super) fn read<'p>(
        &self,
        catalogue: &Catalogue,
        plans: impl Iterator<Item = &'p Plan>,
        colour: bool,
    ) -> Result<GivenWaivers, String> {
        let Some(file) = &self.file else {
            return Ok(GivenWaivers::default());
        };
        let text = std::fs::read_to_string(file).map_err(|error| {
            format!(
                "proofmark: cannot read the waivers `{}`: {error}",
                file.display()
            )
        })?;
        let digest = Some(fingerprint([text.as_bytes()]));
        let plans: Vec<&Plan> = plans.collect();
        let waivers = scenario::waiver::parse(&Source::new(file, text), catalogue, &plans)
            .map_err(|mistakes| scenario::diagnostic::render(&mistakes, colour))?;
        Ok(GivenWaivers { waivers, digest })
    }
}
