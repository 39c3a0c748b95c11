//! What the stage can do.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::disk::DiskFault;
use super::matcher::Matcher;
use super::plant::Plant;
use super::template::Template;
use protocol::{Fault, PeerBehaviour, RequirementId, Trigger};

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

/// An act asked of the subject.
#[derive(Debug, Clone)]
pub struct TriggerAct {
    /// Which.
    pub trigger: Trigger,
    /// The peer it is for, by name.
    pub peer: Option<String>,
    /// What it shall say.
    pub text: Template,
}

/// When a launch is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Readiness {
    /// What the subject's kind calls ready: its manifest's word, or else its profile's.
    #[default]
    Ready,
    /// The process was spawned.
    Launched,
    /// A register was sent (whatever the answer).
    Registering,
    /// A register was answered 200.
    Registered,
    /// The agent card is served and a register was answered 200.
    Serving,
    /// The port accepts connections; the register may have been refused. A kind of runtime that has no port has sent its register.
    Listening,
}

/// Launching the subject.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// When it is done.
    pub until: Readiness,
    /// How long it may take.
    pub within: Option<Duration>,
    /// Variables for this and later starts; `None` removes.
    pub environment: BTreeMap<String, Option<Template>>,
}

/// How a process is ended before a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum How {
    /// TERM, then wait.
    #[default]
    Stop,
    /// KILL.
    Crash,
}

/// What becomes of the configs directory on a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configs {
    /// As it was left.
    Kept,
    /// Emptied (`config.yaml` is written again).
    Emptied,
    /// Emptied, then the platform's new credentials are written into it with mode 0644, as a Docker provisioner does (contract 8.1).
    Written,
}

/// A restart of the same workspace.
#[derive(Debug, Clone)]
pub struct Restart {
    /// How it is ended.
    pub how: How,
    /// What becomes of its disk.
    pub configs: Configs,
    /// The launch.
    pub start: Start,
}

/// A restart through the platform.
#[derive(Debug, Clone)]
pub struct Reprovision {
    /// What becomes of its disk.
    pub configs: Configs,
    /// The launch.
    pub start: Start,
}

/// A rotation of the workspace's token.
#[derive(Debug, Clone)]
pub struct RotateToken {
    /// Whether the new token replaces the file (by rename, mode 0600) before the old one is revoked.
    pub on_disk: bool,
}

/// A request sent by the stage.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who receives it.
    pub to: Receiver,
    /// Upper case.
    pub method: String,
    /// Path and query.
    pub path: Template,
    /// Headers, beside `authorization`.
    pub headers: BTreeMap<String, Template>,
    /// The value after `Bearer `; absent sends no authorization.
    pub bearer: Option<Template>,
    /// The whole authorization header where `bearer` is not enough; hexadecimal escapes `\xNN` are bytes.
    pub authorization: Option<Template>,
    /// What is sent.
    pub body: CallBody,
    /// Connects to this address of the subject instead of 127.0.0.1.
    pub host: Option<String>,
    /// How long the answer may take.
    pub within: Option<Duration>,
    /// Whether the step waits for the answer (otherwise a later step may expect the exchange).
    pub background: bool,
    /// Whether it is sent again until it is answered with one of the wanted statuses, for a subject that is still starting; the last try is
    /// the one that is judged.
    pub patient: bool,
    /// What the answer must be.
    pub answered: Answered,
}

/// Who a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// The runtime under test, at the address it was told to listen on.
    Subject,
    /// The platform, through the operator's side door (no edge).
    Platform,
    /// The platform, through the edge like anybody.
    Edge,
}

/// The body of a call.
#[derive(Debug, Clone)]
pub enum CallBody {
    /// No body.
    Empty,
    /// JSON; strings in it are templates.
    Json(Value),
    /// A text with a media type.
    Text {
        /// The text.
        text: Template,
        /// `content-type`.
        media_type: String,
    },
    /// A multipart form of files.
    Uploads(Vec<Upload>),
    /// A declared length of which nothing is ever sent: an answer proves that the body was not waited for.
    Withheld {
        /// The declared length in bytes.
        length: u64,
        /// `content-type`.
        media_type: String,
    },
}

/// A file of a multipart form.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The form field, `files` by contract.
    pub field: String,
    /// The file name; absent sends a plain field.
    pub name: Option<Template>,
    /// The part's media type.
    pub media_type: Option<String>,
    /// Its bytes as text.
    pub content: Template,
    /// Its bytes, where they are not text.
    pub bytes: Option<Vec<u8>>,
    /// Filled with zeros to this size.
    pub size: Option<u64>,
}

/// What an answer must be.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// One of these; any if empty.
    pub status: Vec<u16>,
    /// Conditions on headers.
    pub headers: BTreeMap<String, Matcher>,
    /// Conditions on the JSON body by dotted path (`result.parts.0.text`); the empty path is the whole body.
    pub body: BTreeMap<String, Matcher>,
    /// A condition on the body as text.
    pub text: Option<Matcher>,
    /// The requirements judged by these conditions; none makes them a precondition.
    pub cites: Vec<RequirementId>,
    /// Values to keep for templates: name and dotted path in the JSON body.
    pub capture: BTreeMap<String, String>,
}

/// An A2A message to the subject.
#[derive(Debug, Clone)]
pub struct Tell {
    /// Its text.
    pub text: Template,
    /// How its part is tagged.
    pub part: Part,
    /// The way it takes.
    pub deliver: Deliver,
    /// The peer that sends it; a user if absent.
    pub from: Option<String>,
    /// How long the answer may take.
    pub within: Option<Duration>,
    /// Whether the step waits for the answer.
    pub background: bool,
    /// A condition on the text of the answer.
    pub reply: Option<Matcher>,
    /// What the answer must be otherwise.
    pub answered: Answered,
}

/// How a text part is tagged (contract 9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// `{"kind":"text"}`.
    #[default]
    Kind,
    /// `{"type":"text"}`.
    Type,
}

/// The way a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deliver {
    /// Straight to the subject's port, as the platform's proxy does.
    #[default]
    Direct,
    /// Through the platform, without `X-Workspace-ID`, as the web app does.
    Platform,
}

/// A finished delegation in the subject's list (contract 6.3).
#[derive(Debug, Clone)]
pub struct Feed {
    /// Its id.
    pub delegation: Template,
    /// Who delegated; the subject unless said otherwise.
    pub source: Template,
    /// Who did it.
    pub target: Template,
    /// `completed` or `failed`.
    pub status: String,
    /// A line for people.
    pub summary: Template,
    /// The beginning of the answer.
    pub response_preview: Option<Template>,
    /// What went wrong.
    pub error: Option<Template>,
}
