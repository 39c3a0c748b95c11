//! From what was typed about a subject to what the engine needs to know: the same for every verb that starts one.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use protocol::Catalogue;
use scenario::judge::Terms;
use scenario::plan::Cadence;
use scenario::waiver::WaiverLedger;
use tokio::sync::watch;

use super::subject::SubjectArguments;
use crate::driver::{DiskChoice, Pacing, RunDirectory};
use crate::runner::{DEFAULT_BOOT, DEFAULT_SLACK, RunSettings};

/// How a subject is started and observed.
#[derive(Debug, Args)]
pub(super) struct StartArguments {
    /// The subject's heartbeat interval, from which deadlines derive [default: the manifest's, or measured].
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    heartbeat: Option<Duration>,
    /// How long a start of the subject may take [default: the manifest's, or 15s].
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    boot_within: Option<Duration>,
    /// How the disk is observed: `trace` sees every call, `notify` and `stat` leave undecided what they cannot see,
    /// `auto` takes the best that works here.
    #[arg(long, value_name = "OBSERVER", default_value = "auto")]
    disk: DiskChoice,
}

impl StartArguments {
    /// What the engine needs; a message for people otherwise.
    pub(super) fn settings(
        &self,
        subject: &SubjectArguments,
        catalogue: &Arc<Catalogue>,
        colour: bool,
    ) -> Result<RunSettings, String> {
        let proofmark = std::env::current_exe()
            .map_err(|error| format!("proofmark: cannot find the path of this program: {error}"))?;
        let command = subject.command(&proofmark, colour)?;
        let ours = command.is_ours;
        let claims = subject.claims(&command);
        let manifest = Arc::clone(&command.manifest);
        let told = self.heartbeat.or(manifest.heartbeat);
        let boot_within = self.boot_within.or(manifest.ready_within);
        let (_, never) = watch::channel(false);
        let directory = RunDirectory::create().map_err(|error| {
            format!(
                "proofmark: cannot make a directory below `{}`: {error}",
                std::env::temp_dir().display()
            )
        })?;
        Ok(RunSettings {
            subject: command,
            pacing: if ours {
                Pacing::default()
            } else {
                Pacing::third_party()
            },
            cadence: told.map(|heartbeat| Cadence {
                heartbeat,
                slack: DEFAULT_SLACK,
            }),
            boot_within: boot_within
                .filter(|within| !within.is_zero())
                .unwrap_or(DEFAULT_BOOT),
            terms: Terms {
                revision: claims.revision,
                strict: ours,
            },
            claims,
            catalogue: Arc::clone(catalogue),
            waivers: WaiverLedger::default(),
            disk: self.disk.decide(directory.path()),
            directory: Arc::new(directory),
            live: None,
            skip_probe: false,
            jobs: None,
            interrupted: never,
        })
    }
}
