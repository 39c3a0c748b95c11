//! The world a scenario plays in.

use std::collections::BTreeMap;

use protocol::{Addresses, Deployment, Edge, Revision};
use serde_json::Value;

use super::peer::Peer;
use super::plant::Plant;
use crate::reading::{
    Field, Json, Keys, Mode, Piece, Read, Reader, Record, StagePath, Template, record, words,
};
use crate::yaml::{Content, Node};

record! {
    /// The platform's side of the world.
    pub struct World: PartialEq, Eq, Hash {
        /// Who provisions; `docker` unless said otherwise.
        pub deployment: Deployment = Deployment::default(),
        /// What the platform speaks; `r1` unless said otherwise.
        pub revision: Revision = Revision::default(),
        /// What stands before it; `open` unless said otherwise.
        pub edge: Edge = Edge::Open,
        /// Which addresses a runtime may register; `loopback-allowed` unless said otherwise.
        pub addresses: Addresses = Addresses::LoopbackAllowed,
        /// What the platform has as the workspace's inbound secret; `minted` unless said otherwise, `none` is a legacy workspace.
        pub inbound_secret: InboundSecret = InboundSecret::Minted,
        /// What tokens the workspace has; `none` unless said otherwise.
        pub token: TokenSeed = TokenSeed::None,
        /// `PLATFORM_URL` as the subject gets it; `${platform.origin}` unless said otherwise, `unset` leaves the variable out.
        pub platform_url ["url"]: Option<Template> as PlatformUrl = Some(Template { pieces: vec![Piece::Variable("platform.origin".into())] });
        /// Stubs of other workspaces by name; they are told outside of it.
        pub peers: BTreeMap<String, Peer>,
    }

    /// The subject's side of the world.
    pub struct SubjectSetup: Default, PartialEq, Eq, Hash {
        /// Variables on top of the contract's own; null removes one.
        pub environment: BTreeMap<String, Option<Template>> = BTreeMap::new(),
        /// Keys merged into `config.yaml`.
        pub config: serde_json::Map<String, Value> as Json = serde_json::Map::new(),
        /// What lies in its directories before the first start.
        pub files: Vec<Plant> = Vec::new(),
        /// Where `CONFIGS_DIR` points, below the stage directory; `configs` unless said otherwise.
        pub configs_directory: Option<String> as Option<StagePath>,
        /// Where `WORKSPACE_CONFIG_PATH` points, below the stage directory; the configs directory unless said otherwise.
        pub config_path: Option<String> as Option<StagePath>,
        /// The umask it is launched with, in quoted octal; `"000"` unless said otherwise.
        pub umask: Option<u32> as Option<Mode>,
    }
}

words! {
    /// The workspace's inbound secret at the start.
    pub enum InboundSecret = "inbound secret" {
        /// Minted.
        Minted = "minted",
        /// NULL: a legacy workspace.
        Null = "none",
    }

    /// The workspace's tokens at the start.
    pub enum TokenSeed = "token" {
        /// None: the first register mints one.
        None = "none",
        /// One is live; the subject gets it only if the scenario gives it (`${auth_token}`).
        Live = "live",
    }
}

/// What `PLATFORM_URL` is, if it is anything.
pub(crate) struct PlatformUrl;

impl Read<Option<Template>> for PlatformUrl {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Option<Template>> {
        match &node.content {
            Content::Text(text) if text == "unset" => Some(None),
            _ => Template::read(node, reader).map(Some),
        }
    }
}

impl Record for BTreeMap<String, Peer> {
    fn fields() -> Vec<Field> {
        Vec::new()
    }

    fn take(_: &mut Keys<'_>, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self::new())
    }
}
