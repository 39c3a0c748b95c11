//! What the stage can do.

use std::time::Duration;

use protocol::{Fault, PeerBehaviour};

use super::call::{Call, Tell};
use super::disk::DiskFault;
use super::feed::Feed;
use super::launch::{Reprovision, Restart, RotateToken, Start};
use super::plant::Plant;
use super::trigger::TriggerAct;
use super::{fault, peer};
use crate::reading::Template;

/// An act of the stage.
#[derive(Debug, Clone)]
pub enum Act {
    /// Launches the subject.
    Start(Start),
    /// Asks the subject to end (TERM) and waits for it.
    Stop {
        /// How long it may take; the default deadline otherwise.
        within: Option<Duration>,
    },
    /// Kills the subject (KILL) and waits for it.
    Crash,
    /// Ends the subject and launches it again.
    Restart(Restart),
    /// The platform revokes all tokens and rotates the secret, then the subject is restarted.
    Reprovision(Reprovision),
    /// The platform revokes all tokens and mints another.
    RotateToken(RotateToken),
    /// The platform revokes all tokens.
    RevokeTokens,
    /// The platform mints another inbound secret; the subject learns it on its next register.
    RotateSecret,
    /// The platform's inbound secret becomes NULL.
    ClearSecret,
    /// The workspace is removed.
    RemoveWorkspace,
    /// A fault on the subject's way to the platform.
    Fault(Fault<Template>),
    /// A fault at the subject's calls on its disk.
    DiskFault(DiskFault),
    /// The subject will be killed before one of the calls that write some files; [`Plan::crashing_at`](super::Plan::crashing_at)
    /// says before which.
    CrashPoint,
    /// Takes faults away, on the wire and on the disk: the one with this label, or all.
    Lift(Option<String>),
    /// The platform stops listening.
    OutageBegins,
    /// The platform listens again.
    OutageEnds,
    /// A request sent by the stage, and what it must be answered.
    Call(Box<Call>),
    /// An A2A message to the subject, and what it must answer.
    Tell(Box<Tell>),
    /// Makes the subject act, by the means its manifest names.
    Trigger(TriggerAct),
    /// Deletes the workspace's activity.
    PruneActivity,
    /// Puts something into the subject's directories.
    Plant(Plant),
    /// Removes a path below the stage directory.
    Remove(String),
    /// A finished delegation appears in the subject's list.
    Feed(Feed),
    /// A peer answers differently from now on.
    Peer {
        /// Its name.
        name: String,
        /// What it answers.
        answers: PeerBehaviour,
    },
}

impl Act {
    /// What it does, in a line: `start the subject until serving`.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Start(start) => start.summary(),
            Self::Stop { .. } => "stop the subject".into(),
            Self::Crash => "crash the subject".into(),
            Self::Restart(restart) => restart.summary(),
            Self::Reprovision(reprovision) => reprovision.summary(),
            Self::RotateToken(RotateToken { on_disk: true }) => "rotate the token".into(),
            Self::RotateToken(RotateToken { on_disk: false }) => {
                "rotate the token, not on disk".into()
            }
            Self::RevokeTokens => "revoke all tokens".into(),
            Self::RotateSecret => "rotate the inbound secret".into(),
            Self::ClearSecret => "clear the inbound secret".into(),
            Self::RemoveWorkspace => "remove the workspace".into(),
            Self::Fault(fault) => fault::summary(fault),
            Self::DiskFault(fault) => fault.summary(),
            Self::CrashPoint => "crash the subject before every call that writes".into(),
            Self::Lift(Some(label)) => format!("lift the fault {label}"),
            Self::Lift(None) => "lift all faults".into(),
            Self::OutageBegins => "the outage begins".into(),
            Self::OutageEnds => "the outage ends".into(),
            Self::Call(call) => call.summary(),
            Self::Tell(tell) => tell.summary(),
            Self::Trigger(trigger) => trigger.summary(),
            Self::PruneActivity => "prune the activity".into(),
            Self::Plant(plant) => plant.summary(),
            Self::Remove(path) => format!("remove {path}"),
            Self::Feed(feed) => format!("feed the delegation {}", feed.delegation),
            Self::Peer { name, answers } => format!("peer {name} {}", peer::summary(answers)),
        }
    }
}
