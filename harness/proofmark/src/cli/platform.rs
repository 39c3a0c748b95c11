//! `proofmark platform`: the double by itself, for authors who want to talk to it by hand.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};
use platform::{AddressRule, Gateway, Recorder, WorkspaceSeed, World};
use protocol::journal::Deployment;
use protocol::{Redactor, Revision};

use super::output::Output;
use crate::exit::Exit;
use crate::report::journal_line;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EdgeChoice {
    Open,
    WafEmpty,
    WafHtml,
    TenantGuard,
    StrictCors,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DeploymentChoice {
    Docker,
    Saas,
}

#[derive(Debug, Args)]
pub(super) struct PlatformArguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The contract's version that it speaks.
    #[arg(long, default_value = "r1")]
    revision: Revision,
    /// What stands before it.
    #[arg(long, value_enum, default_value_t = EdgeChoice::Open)]
    edge: EdgeChoice,
    /// Who provisions.
    #[arg(long, value_enum, default_value_t = DeploymentChoice::Docker)]
    deployment: DeploymentChoice,
    /// The workspace that a runtime registers as.
    #[arg(long, value_name = "UUID")]
    workspace: Option<String>,
    /// The workspace's inbound secret is NULL, as a legacy workspace's.
    #[arg(long)]
    legacy_null_secret: bool,
    /// Refuses loopback addresses on register, as a real platform does; `localhost` still passes.
    #[arg(long)]
    strict_addresses: bool,
}

impl PlatformArguments {
    pub(super) fn execute(self, output: &mut Output) -> Exit {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                output.complain(&format!("proofmark: cannot start: {error}"));
                return Exit::Incomplete;
            }
        };
        runtime.block_on(self.serve(output))
    }

    async fn serve(self, output: &mut Output) -> Exit {
        let workspace = self.workspace.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let recorder = Recorder::start(Redactor::new());
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let gateway = match Gateway::start_at(self.world(&workspace), recorder.clone(), address).await {
            Ok(gateway) => gateway,
            Err(error) => {
                output.complain(&format!("proofmark: cannot listen on {address}: {error}"));
                return Exit::Invalid;
            }
        };
        if let Some(double) = gateway.double().filter(|_| !self.legacy_null_secret) {
            double.rotate_secret(&workspace);
        }
        output.print(&format!(
            "the platform double listens; give these to a runtime, and end with Ctrl-C:\n\n  \
             export PLATFORM_URL={}\n  export WORKSPACE_ID={workspace}\n\n",
            gateway.origin()
        ));
        let mut told = 0;
        let mut journal = recorder.watch();
        loop {
            let lines: Vec<String> =
                recorder.read(|events| events.iter().skip(told).map(journal_line).collect());
            told += lines.len();
            for line in lines {
                output.print(&format!("{line}\n"));
            }
            tokio::select! {
                changed = journal.changed() => if changed.is_err() { break },
                _ = tokio::signal::ctrl_c() => break,
            }
        }
        gateway.close().await;
        Exit::Conformant
    }

    fn world(&self, workspace: &str) -> World {
        World {
            revision: self.revision,
            deployment: match self.deployment {
                DeploymentChoice::Docker => Deployment::Docker,
                DeploymentChoice::Saas => Deployment::Saas,
            },
            edge: match self.edge {
                EdgeChoice::Open => platform::Edge::Open,
                EdgeChoice::WafEmpty => platform::Edge::WafEmpty,
                EdgeChoice::WafHtml => platform::Edge::WafHtml,
                EdgeChoice::TenantGuard => platform::Edge::TenantGuard,
                EdgeChoice::StrictCors => platform::Edge::StrictCors,
            },
            addresses: if self.strict_addresses { AddressRule::Strict } else { AddressRule::LoopbackAllowed },
            workspace: WorkspaceSeed { id: workspace.to_owned(), ..WorkspaceSeed::default() },
            ..World::default()
        }
    }
}
