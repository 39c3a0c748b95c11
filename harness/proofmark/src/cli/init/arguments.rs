//! What can be typed after `proofmark init`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use protocol::{Capability, Profile, Revision};

#[derive(Debug, Args)]
#[command(after_help = "Asks for what it needs at a terminal if no `--command` is given.")]
pub(crate) struct InitArguments {
    /// What starts the runtime: a command line in one word, split like a shell's, but no shell is run. Words that are files are
    /// looked for beside the manifest from then on.
    #[arg(long, value_name = "COMMAND")]
    pub(super) command: Option<String>,
    /// Its name, as reports show it [default: the program's, or the manifest's directory's for a script].
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Its version [default: 0.1.0].
    #[arg(long)]
    pub(super) version: Option<String>,
    /// The kind of runtime it is [default: container].
    #[arg(long)]
    pub(super) profile: Option<Profile>,
    /// The version of the contract it claims [default: r2].
    #[arg(long)]
    pub(super) revision: Option<Revision>,
    /// Between heartbeats [default: a run measures it].
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::duration::parse)]
    pub(super) heartbeat: Option<Duration>,
    /// A capability that it does not have (may be repeated).
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) without: Vec<Capability>,
    /// Where it keeps its token, below its own home directory unless it begins with a placeholder such as `${CONFIGS}`.
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<String>,
    /// The manifest to write.
    #[arg(long, value_name = "FILE", default_value = "runtime.yaml")]
    pub(super) to: PathBuf,
    /// Writes over a file that is there.
    #[arg(long)]
    pub(super) force: bool,
}
