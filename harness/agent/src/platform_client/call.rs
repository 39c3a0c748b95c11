//! One request to the platform, described by what it is for.

use std::time::Duration;

use serde_json::Value;

/// Says what a request is for, and thereby which headers it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Register,
    Heartbeat,
    UpdateCard,
    Delegations,
    Delegate,
    Report,
    Notify,
    Discover,
    Peers,
    ReadWorkspace,
    ReadState,
    ResultsMessage,
    InitialPrompt,
    IdlePrompt,
    PeerMessage,
}

impl Purpose {
    /// A post to an A2A route (A2A-040).
    pub(crate) fn is_message(self) -> bool {
        matches!(
            self,
            Self::ResultsMessage | Self::InitialPrompt | Self::IdlePrompt | Self::PeerMessage
        )
    }

    /// A call in which the platform wants to know who looks around (DISC-001).
    pub(crate) fn is_discovery(self) -> bool {
        matches!(self, Self::Discover | Self::Peers)
    }
}

/// Describes one request; the client adds the headers.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) purpose: Purpose,
    /// Path below the platform's address, beginning with one slash.
    pub(crate) path: String,
    /// Present for a POST.
    pub(crate) body: Option<Value>,
    /// Limit of one attempt; none of its own means the client's.
    pub(crate) limit: Option<Duration>,
}

impl Call {
    pub(crate) fn get(purpose: Purpose, path: impl Into<String>) -> Self {
        Self {
            purpose,
            path: path.into(),
            body: None,
            limit: None,
        }
    }

    pub(crate) fn post(purpose: Purpose, path: impl Into<String>, body: Value) -> Self {
        Self {
            purpose,
            path: path.into(),
            body: Some(body),
            limit: None,
        }
    }

    /// Gives an attempt more or less time than usual.
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }
}
