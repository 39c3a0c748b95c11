//! `proofmark sweep`: gives back what runs left on a live platform.

use clap::Args;

use super::complaint::Complaint;
use super::live::TenantArguments;
use super::output::Output;
use super::runtime;
use crate::exit::Exit;
use crate::live::sweep;

#[derive(Debug, Args)]
pub(super) struct SweepArguments {
    #[command(flatten)]
    tenant: TenantArguments,
    /// Looks for workspaces by their name, too, for when the lease journal is lost. It deletes those of runs that are still going on.
    #[arg(long)]
    by_name: bool,
}

impl SweepArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        let tenant = self.tenant.open()?.ok_or_else(|| {
            "proofmark: name the platform: `--platform https://tenant.example`".to_owned()
        })?;
        let leases = self.tenant.leases();
        let swept = runtime::start_small()?
            .block_on(sweep(&tenant, &leases, self.by_name))
            .map_err(|error| {
                Complaint::new(
                    Exit::LeftBehind,
                    format!("proofmark: the sweep is not done: {error}"),
                )
            })?;
        for name in &swept.deleted {
            output.print(&format!("deleted {name}\n"));
        }
        if !swept.left.is_empty() {
            let left = swept.left.join("\n  ");
            let message = format!("left behind on {}:\n  {left}", tenant.origin());
            return Err(Complaint::new(Exit::LeftBehind, message));
        }
        output.print(&format!("nothing of ours is left on {}\n", tenant.origin()));
        Ok(Exit::Conformant)
    }
}
