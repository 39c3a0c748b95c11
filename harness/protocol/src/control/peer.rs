//! Stubs of other workspaces.

use serde::{Deserialize, Serialize};

use crate::journal::PeerFact;

/// Another workspace to create, served by a stub on an origin of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
    pub relation: PeerRelation,
    /// What its stub does with a message.
    pub conduct: PeerConduct,
    /// Whether it polls its messages, from r2 on: nothing is dialled then, and a sender is told `queued`.
    #[serde(default)]
    pub polls: bool,
}

/// Where a peer stands in the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PeerRelation {
    /// Same parent, or both without one.
    Sibling,
    /// Above.
    Parent,
    /// Below.
    Child,
    /// In another branch, to which nobody may talk.
    Stranger,
}

/// What a stub does with a message, such as `{"replies": "hello"}` or `"busy"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PeerConduct {
    /// Answers with a JSON-RPC message that carries this text.
    Replies(String),
    /// Answers with this HTTP status.
    Fails(u16),
    /// Answers 200 with a JSON-RPC error.
    Errors {
        /// The JSON-RPC code.
        code: i64,
        /// Its message.
        message: String,
    },
    /// Closes the connection without a word; the platform queues the message.
    Busy,
    /// Resets the connection.
    Resets,
}

/// The stubs that run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Peers {
    /// In the order in which they were created.
    pub peers: Vec<PeerFact>,
}
