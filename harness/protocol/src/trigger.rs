//! What a harness can make a runtime do; by which means is the runtime's own affair and stands in its manifest.

use std::fmt;

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

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 3] = [Self::PeerMessage, Self::NotifyUser, Self::SelfMessage];

    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::PeerMessage => "peer-message",
            Self::NotifyUser => "notify-user",
            Self::SelfMessage => "self-message",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
