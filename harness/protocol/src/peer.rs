//! Other workspaces: where they stand, and what their stubs do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::vocabulary! {
    /// Where a peer stands in the hierarchy, seen from the workspace it is related to (contract 4.7).
    pub enum Relation: ToSchema = "relation" {
        /// Same parent, or both without one.
        Sibling = "sibling",
        /// Above.
        Parent = "parent",
        /// Below.
        Child = "child",
        /// In another branch: a cousin, to whom the hierarchy forbids to talk.
        Stranger = "stranger",
    }
}

/// What a peer's stub does with a message, such as `{"replies": "hello"}` or `"busy"`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PeerBehaviour {
    /// Answers with a JSON-RPC message that carries this text.
    Replies(String),
    /// Answers with this HTTP status and `{"error":...}`.
    Fails(#[serde(deserialize_with = "crate::fault::status_of_an_answer")] u16),
    /// Answers 200 with a JSON-RPC error.
    Errors {
        /// The JSON-RPC code.
        code: i64,
        /// Its message.
        message: String,
    },
    /// Accepts and then closes the connection without a word; the platform takes it for busy and queues (contract 5.3).
    Busy,
    /// Resets the connection.
    Resets,
}

impl PeerBehaviour {
    /// A JSON-RPC error of which nothing matters but that it is one.
    pub fn errors() -> Self {
        Self::Errors {
            code: -32_000,
            message: "the peer failed on purpose".into(),
        }
    }
}
