//! The world a scenario plays in.

use std::collections::BTreeMap;

use protocol::journal::CredentialFiles;
use protocol::{Addresses, Deployment, Edge, PeerBehaviour, Relation, Revision};
use serde_json::Value;

use super::plant::Plant;
use super::template::Template;

/// The platform's side of a scenario.
#[derive(Debug, Clone)]
pub struct World {
    /// Who provisions.
    pub deployment: Deployment,
    /// What the double speaks.
    pub revision: Revision,
    /// What stands before it.
    pub edge: Edge,
    /// Which addresses a runtime may register.
    pub addresses: Addresses,
    /// What the platform has as the workspace's inbound secret when the scenario starts.
    pub inbound_secret: InboundSecret,
    /// What tokens the workspace has when the scenario starts.
    pub token: TokenSeed,
    /// `PLATFORM_URL` as the subject gets it; `None` leaves the variable unset. `${platform.origin}` by default.
    pub platform_url: Option<Template>,
    /// Stubs of other workspaces by name.
    pub peers: BTreeMap<String, Peer>,
}

/// The workspace's inbound secret at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboundSecret {
    /// Minted.
    Minted,
    /// NULL: a legacy workspace.
    Null,
}

/// The workspace's tokens at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSeed {
    /// None: the first register mints one.
    None,
    /// One is live; the subject gets it only if the scenario gives it (`${auth_token}`).
    Live,
}

/// A stub of another workspace.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its place in the hierarchy.
    pub relation: Relation,
    /// What it answers.
    pub answers: PeerBehaviour,
    /// Whether it polls its messages.
    pub polls: bool,
}

/// The subject's side of a scenario.
#[derive(Debug, Clone, Default)]
pub struct SubjectSetup {
    /// Variables set (or, with `None`, removed) on top of the contract's own.
    pub environment: BTreeMap<String, Option<Template>>,
    /// Keys merged into `config.yaml`.
    pub config: serde_json::Map<String, Value>,
    /// What lies in its directories before the first start.
    pub files: Vec<Plant>,
    /// Where `CONFIGS_DIR` points below the stage directory; `configs` unless said otherwise.
    pub configs_directory: Option<String>,
    /// Where `WORKSPACE_CONFIG_PATH` points below the stage directory; the configs directory unless said otherwise.
    pub config_path: Option<String>,
    /// The umask it is launched with; `0o000` unless said otherwise.
    pub umask: Option<u32>,
    /// Where it keeps its credentials below the stage, if not where the contract says.
    pub credential_files: CredentialFiles,
}
