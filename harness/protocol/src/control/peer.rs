//! Stubs of other workspaces.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::journal::PeerFact;
use crate::{PeerBehaviour, Relation};

/// Another workspace to create, served by a stub on an origin of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPeer {
    /// Its name, unique among peers.
    pub name: String,
    /// A UUID; a new one otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The workspace that it is related to.
    pub of: String,
    /// Where it stands relative to that one.
    pub relation: Relation,
    /// What its stub does with a message.
    pub conduct: PeerBehaviour,
    /// Whether it polls its messages, from r2 on: nothing is dialled then, and a sender is told `queued`.
    #[serde(default)]
    pub polls: bool,
}

/// The stubs that run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Peers {
    /// In the order in which they were created.
    pub peers: Vec<PeerFact>,
}
