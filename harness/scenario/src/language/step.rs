//! Steps: each is a map of one key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Call, PeerStep, Tell};
use super::check::Check;
use super::disk::{CrashAt, DiskFault};
use super::entries::Entries;
use super::fragment_use::Use;
use super::plant::Plant;
use super::vocabulary::{OutageMoment, Word};
use super::yaml::{Located, Text};
use crate::plan::{Configs, How, Readiness};

/// One step: an act of the stage, a statement about what was observed, or a fragment of steps.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    /// Inserts the steps of a fragment.
    Use(Located<Use>),
    /// Launches the subject.
    Start(Launch),
    /// Asks the subject to end and waits for it.
    Stop(Stop),
    /// Kills the subject.
    Crash(Nothing),
    /// Ends the subject and launches it again.
    Restart(Restart),
    /// The platform revokes all tokens and rotates the secret, then the subject is restarted.
    Reprovision(Reprovision),
    /// The platform revokes all tokens and mints another.
    RotateToken(RotateToken),
    /// The platform revokes all tokens.
    RevokeTokens(Nothing),
    /// The platform mints another inbound secret.
    RotateSecret(Nothing),
    /// The platform's inbound secret becomes NULL.
    ClearSecret(Nothing),
    /// The workspace is removed.
    RemoveWorkspace(Nothing),
    /// Disturbs the subject's requests to the platform.
    Fault(Box<Fault>),
    /// Disturbs the subject's calls on its disk.
    DiskFault(Box<DiskFault>),
    /// Kills the subject at one of its calls on its disk.
    CrashAt(Box<CrashAt>),
    /// Takes a fault away, or all.
    Lift(Lift),
    /// The platform stops listening, or listens again.
    Outage(Word<OutageMoment>),
    /// Sends a request and says what it must be answered.
    Call(Box<Call>),
    /// Sends an A2A message to the subject.
    Tell(Box<Tell>),
    /// Makes the subject act, by whatever means it offers.
    Trigger(Box<Located<TriggerStep>>),
    /// The platform deletes the workspace's activity, as retention does.
    PruneActivity(Nothing),
    /// Puts something below the stage directory.
    Plant(Box<Plant>),
    /// Removes a path below the stage directory.
    Remove(Remove),
    /// Lets a finished delegation appear in the subject's list.
    FeedDelegation(Box<Feed>),
    /// A peer answers differently from now on.
    Peer(PeerStep),
    /// Must hold by a deadline.
    Expect(Box<Check>),
    /// Must not hold until another event has happened.
    Never(Box<Check>),
    /// Must hold of every such request.
    Always(Box<Check>),
}

/// No keys.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Launches the subject.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Launch {
    /// When the step is done; `ready` unless said otherwise.
    pub(crate) until: Option<Word<Readiness>>,
    /// How long it may take.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) within: Option<Text>,
    /// Variables for this and later launches; null removes one.
    pub(crate) environment: Entries<Option<Text>>,
}

/// Asks the subject to end.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Stop {
    /// How long it may take.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) within: Option<Text>,
}

/// Ends the subject and launches it again.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Restart {
    /// How it is ended; `stop` unless said otherwise.
    pub(crate) how: Option<Word<How>>,
    /// What becomes of its configs directory; `kept` unless said otherwise.
    pub(crate) configs: Option<Word<Configs>>,
    /// When the step is done; `ready` unless said otherwise.
    pub(crate) until: Option<Word<Readiness>>,
    /// How long the launch may take.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) within: Option<Text>,
    /// Variables for this and later launches; null removes one.
    pub(crate) environment: Entries<Option<Text>>,
}

/// A restart through the platform, which revokes all tokens and rotates the secret.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Reprovision {
    /// What becomes of its configs directory; `emptied` unless said otherwise.
    pub(crate) configs: Option<Word<Configs>>,
    /// When the step is done; `ready` unless said otherwise.
    pub(crate) until: Option<Word<Readiness>>,
    /// How long the launch may take.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) within: Option<Text>,
    /// Variables for this and later launches; null removes one.
    pub(crate) environment: Entries<Option<Text>>,
}

/// The platform revokes all tokens and mints another.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RotateToken {
    /// Whether the new token replaces the file before the old one is revoked; true unless said otherwise.
    pub(crate) on_disk: Option<bool>,
}

/// Disturbs the subject's requests to the platform; exactly one of status, delay, hang, reset, truncate, drip and edit. One that never
/// strikes makes inconclusive what passes after it, lifted or not: it stands before requests that a subject has to make.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Fault {
    /// Which requests: `POST /registry/register` or `* /registry/**`.
    pub(crate) on: Text,
    /// Another answer with this status.
    #[serde(default)]
    pub(crate) status: Option<Located<u16>>,
    /// Headers of that answer.
    #[serde(default)]
    pub(crate) headers: Entries<Text>,
    /// Body of that answer.
    #[serde(default)]
    pub(crate) body: Option<Text>,
    /// The real answer, so much later.
    #[serde(default)]
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) delay: Option<Text>,
    /// No answer until lifted.
    #[serde(default)]
    pub(crate) hang: Option<Located<Nothing>>,
    /// The connection is reset.
    #[serde(default)]
    pub(crate) reset: Option<Located<Nothing>>,
    /// The answer ends before its declared length.
    #[serde(default)]
    pub(crate) truncate: Option<Located<Nothing>>,
    /// The real answer in small pieces.
    #[serde(default)]
    pub(crate) drip: Option<Located<DripEffect>>,
    /// The real JSON answer with fields changed.
    #[serde(default)]
    pub(crate) edit: Option<Located<EditEffect>>,
    /// How often it happens; until lifted unless said otherwise.
    #[serde(default)]
    pub(crate) times: Option<Located<u32>>,
    /// How many matching requests pass before.
    #[serde(default)]
    pub(crate) after_calls: Option<u32>,
    /// Whether the platform processes the request first.
    #[serde(default)]
    pub(crate) after_platform: Option<bool>,
    /// Its label, for `lift` and `since`.
    #[serde(default, rename = "as")]
    pub(crate) label: Option<Text>,
}

/// The real answer in small pieces.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DripEffect {
    /// Bytes a piece.
    pub(crate) chunk: Located<usize>,
    /// Time between pieces.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) every: Text,
}

/// The real JSON answer with fields changed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct EditEffect {
    /// Top-level fields to set.
    pub(crate) fields: Entries<Located<Value>>,
    /// Top-level fields to take away.
    pub(crate) without: Vec<Text>,
}

/// Takes a fault away, or all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Lift {
    /// The label of the fault; all faults unless given.
    pub(crate) fault: Option<Text>,
}

/// Makes the subject act; exactly one of peer-message, notify-user and self-message.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TriggerStep {
    /// It sends a message to another workspace.
    pub(crate) peer_message: Option<Addressed>,
    /// It tells its user something.
    pub(crate) notify_user: Option<Spoken>,
    /// It sends a message to itself.
    pub(crate) self_message: Option<Spoken>,
    /// Its label, for `since`.
    #[serde(rename = "as")]
    pub(crate) label: Option<Text>,
}

/// What is said to whom.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Addressed {
    /// A name under `peers`.
    pub(crate) to: Text,
    /// The text; `hello` unless said otherwise.
    #[serde(default)]
    pub(crate) text: Option<Text>,
}

/// What is said.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Spoken {
    /// The text; `hello` unless said otherwise.
    pub(crate) text: Option<Text>,
}

/// Removes a path.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Remove {
    /// Below the stage directory.
    pub(crate) path: Text,
}

/// A finished delegation in the subject's list.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Feed {
    /// Its id.
    pub(crate) delegation: Text,
    /// Who delegated; the subject unless said otherwise.
    #[serde(default)]
    pub(crate) source: Option<Text>,
    /// Who did it.
    pub(crate) target: Text,
    /// `completed` or `failed`; `completed` unless said otherwise.
    #[serde(default)]
    #[schemars(extend("enum" = ["completed", "failed"]))]
    pub(crate) status: Option<Text>,
    /// A line for people.
    #[serde(default)]
    pub(crate) summary: Option<Text>,
    /// The beginning of the answer.
    #[serde(default)]
    pub(crate) response_preview: Option<Text>,
    /// What went wrong.
    #[serde(default)]
    pub(crate) error: Option<Text>,
}
