//! `proofmark platform`: the double by itself, for authors of runtimes and for their pipelines.

mod seed;
mod tail;
mod welcome;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use platform::{Gateway, Recorder, StandAlone, StartError, WorkspaceSeed, World};
use protocol::{Addresses, Credential, Deployment, Edge, Redactor, Revision};

use super::complaint::Complaint;
use super::interruption::Interruption;
use super::output::Output;
use super::runtime;
use super::vocabulary::words;
use crate::exit::Exit;
use seed::Planted;
use tail::Tail;

/// The operator's token, which opens administrative routes.
const ADMIN_TOKEN: &str = "PROOFMARK_ADMIN_TOKEN";
/// The control token, which opens the routes below `/proofmark`.
const CONTROL_TOKEN: &str = "PROOFMARK_CONTROL_TOKEN";
/// A shorter token could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// Events of its journal that a platform remembers, however long it stands.
const JOURNAL_KEEPS: usize = 50_000;

#[derive(Debug, Args)]
#[command(after_help = ENVIRONMENT)]
pub(super) struct PlatformArguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The contract's version that it speaks.
    #[arg(long, default_value = "r1")]
    revision: Revision,
    /// What stands before it; can be changed while it runs.
    #[arg(long, value_parser = words::<Edge>(), default_value_t = Edge::Open)]
    edge: Edge,
    /// Who provisions.
    #[arg(long, value_parser = words::<Deployment>(), default_value_t = Deployment::Docker)]
    deployment: Deployment,
    /// The workspace that a runtime registers as.
    #[arg(long, value_name = "UUID", conflicts_with = "seed")]
    workspace: Option<uuid::Uuid>,
    /// Workspaces to begin with, in a YAML or JSON file; credentials come from variables that it names.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Keeps the state in a file and goes on from it; in memory otherwise.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The workspace's inbound secret is NULL, as a legacy workspace's.
    #[arg(long, conflicts_with = "seed")]
    legacy_null_secret: bool,
    /// Refuses loopback addresses on register, as a real platform does; `localhost` still passes.
    #[arg(long)]
    strict_addresses: bool,
    /// Does not print what happens.
    #[arg(long)]
    quiet: bool,
}

const ENVIRONMENT: &str = "Environment: PROOFMARK_ADMIN_TOKEN is the operator's token, without which administrative routes are open \
                           until the first token is live. PROOFMARK_CONTROL_TOKEN opens the routes below /proofmark; without it one is \
                           made up and printed.";

impl PlatformArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        Ok(runtime::start()?.block_on(self.serve(output))?)
    }

    async fn serve(self, output: &mut Output) -> Result<Exit, String> {
        let planted = match &self.seed {
            Some(file) => seed::read(file, output.error_colour())?,
            None => vec![self.single()],
        };
        let admin_token = token_from(ADMIN_TOKEN)?;
        let has_admin_token = admin_token.is_some();
        let given = token_from(CONTROL_TOKEN)?;
        let made_up = given.is_none();
        let control_token = given.unwrap_or_else(platform::random_credential);
        // Before the first line is printed: its reader may end the platform at once.
        let ending = Interruption::watch()
            .map_err(|error| format!("proofmark: cannot watch signals: {error}"))?;
        let recorder = Recorder::keeping(JOURNAL_KEEPS, Redactor::new());
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let alone = StandAlone {
            address,
            control_token: control_token.clone(),
            state_file: self.state.clone(),
        };
        let world = self.world(admin_token, &planted);
        let gateway = Gateway::start_alone(world, recorder.clone(), alone)
            .await
            .map_err(|error| match error {
                StartError::Listen(error) => {
                    format!("proofmark: cannot listen on {address}: {error}")
                }
                StartError::State(error) => format!("proofmark: {error}"),
            })?;
        let welcome = welcome::Welcome {
            origin: gateway.origin(),
            revision: self.revision,
            workspaces: &planted,
            has_admin_token,
            control_token: made_up.then_some(&control_token),
            state: self.state.as_deref(),
            colour: output.colour(),
        };
        output.print(&welcome.to_string());
        Tail {
            recorder,
            quiet: self.quiet,
        }
        .follow(output, ending)
        .await;
        gateway.close().await;
        if !self.quiet {
            output.print("the platform has ended\n");
        }
        Ok(Exit::Conformant)
    }

    /// The workspace that is there without a seed file.
    fn single(&self) -> Planted {
        let id = match self.workspace {
            Some(id) => id.to_string(),
            // The same one at every start, so that it goes on.
            None if self.state.is_some() => WorkspaceSeed::default().id,
            None => uuid::Uuid::new_v4().to_string(),
        };
        Planted::plain(id, !self.legacy_null_secret)
    }

    fn world(&self, admin_token: Option<Credential>, planted: &[Planted]) -> World {
        World {
            revision: self.revision,
            deployment: self.deployment,
            edge: self.edge,
            addresses: if self.strict_addresses {
                Addresses::Strict
            } else {
                Addresses::LoopbackAllowed
            },
            admin_token,
            workspaces: planted
                .iter()
                .map(|planted| planted.workspace.clone())
                .collect(),
            ..World::default()
        }
    }
}

/// A token of the environment; an empty variable is none.
fn token_from(variable: &str) -> Result<Option<Credential>, String> {
    match std::env::var(variable) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text)
            if text.len() < SHORTEST_TOKEN || !text.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Err(format!(
                "proofmark: {variable} must have at least {SHORTEST_TOKEN} characters, all of them visible ASCII"
            ))
        }
        Ok(text) => Ok(Some(Credential::new(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("proofmark: {variable} is not text")),
    }
}
