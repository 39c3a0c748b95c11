//! What a harness can make a runtime do; by which means is the runtime's own affair and stands in its manifest.

use serde::{Deserialize, Serialize};

/// An act of a runtime that a scenario can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// It sends a message to another workspace.
    PeerMessage,
    /// It tells its user something.
    NotifyUser,
    /// It sends a message to itself.
    SelfMessage,
}

crate::vocabulary!(Trigger, "trigger", {
    PeerMessage => "peer-message",
    NotifyUser => "notify-user",
    SelfMessage => "self-message",
});
