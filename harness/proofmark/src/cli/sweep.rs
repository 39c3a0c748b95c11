//! `proofmark sweep`: gives back what runs left on a live platform.

use clap::Args;

use super::live::TenantArguments;
use super::output::Output;
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
    pub(super) fn execute(self, output: &mut Output) -> Exit {
        let tenant = match self.tenant.open() {
            Ok(Some(tenant)) => tenant,
            Ok(None) => {
                output.complain("proofmark: name the platform: `--platform https://tenant.example`");
                return Exit::Invalid;
            }
            Err(refusal) => return refusal.explain(output),
        };
        let leases = self.tenant.leases();
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                output.complain(&format!("proofmark: cannot start: {error}"));
                return Exit::Incomplete;
            }
        };
        match runtime.block_on(sweep(&tenant, &leases, self.by_name)) {
            Ok(swept) => {
                for name in &swept.deleted {
                    output.print(&format!("deleted {name}\n"));
                }
                if swept.left.is_empty() {
                    output.print(&format!("nothing of ours is left on {}\n", tenant.origin()));
                    return Exit::Conformant;
                }
                output.complain(&format!(
                    "left behind on {}:\n  {}",
                    tenant.origin(),
                    swept.left.join("\n  ")
                ));
                Exit::LeftBehind
            }
            Err(error) => {
                output.complain(&format!("proofmark: the sweep is not done: {error}"));
                Exit::LeftBehind
            }
        }
    }
}
