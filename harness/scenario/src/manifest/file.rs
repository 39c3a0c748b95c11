//! The shape of a manifest, exactly as an author writes it.

use protocol::vocabulary;
use protocol::{Capability, Overlay, Profile, Revision};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::language::{Entries, Located, Text, Word};

use super::{Holds, Signal, Stdio, TokenSource, Uploads};

/// How to start, probe and stop somebody's runtime.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ManifestFile {
    /// What it is.
    pub(crate) runtime: RuntimeSection,
    /// What it claims to do.
    #[serde(default)]
    pub(crate) capabilities: CapabilitiesSection,
    /// What is done once before anything is started, such as an installation.
    #[serde(default)]
    pub(crate) setup: Vec<SetupSection>,
    /// How it is started.
    pub(crate) launch: LaunchSection,
    /// What it keeps on disk, where that is not what the contract says.
    #[serde(default)]
    pub(crate) state: Vec<Located<StateSection>>,
    /// When it is ready.
    #[serde(default)]
    pub(crate) ready: ReadySection,
    /// Its pace.
    #[serde(default)]
    pub(crate) timing: TimingSection,
    /// Where it takes messages.
    #[serde(default)]
    pub(crate) inbound: InboundSection,
    /// How it is made to act; an act without means does not apply.
    #[serde(default)]
    pub(crate) trigger: TriggerSection,
    /// How it is stopped.
    #[serde(default)]
    pub(crate) stop: StopSection,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RuntimeSection {
    /// Its name, as reports show it.
    pub(crate) name: Text,
    /// Its version.
    pub(crate) version: Text,
    /// The version of the contract it claims.
    pub(crate) revision: Word<Revision>,
    /// The kind of runtime it is.
    pub(crate) profile: Word<Profile>,
    /// The deployments it is made for; `edge`, `tenant`, `legacy-null-secret` and `file-first` unless given. The order of
    /// `token-sources` decides between `file-first` and `env-first` if they are given.
    #[serde(default)]
    pub(crate) overlays: Option<Vec<Word<Overlay>>>,
}

/// What it claims to do; everything unless said otherwise, but for what is Proofmark's own.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CapabilitiesSection {
    /// Claims these besides.
    pub(crate) claims: Vec<Word<Capability>>,
    /// Does not claim these; scenarios that need them do not apply.
    pub(crate) without: Vec<Word<Capability>>,
    /// Where it takes its token from; the file and the environment unless said otherwise.
    pub(crate) token_sources: Vec<Word<TokenSource>>,
    /// Which attachments it takes; `push` unless said otherwise.
    pub(crate) uploads: Option<Word<Uploads>>,
    /// Which messages it sends itself; all unless said otherwise.
    pub(crate) self_messages: Option<Vec<Word<Capability>>>,
}

/// One step of the setup.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SetupSection {
    /// Program and arguments; no shell.
    pub(crate) argv: Located<Vec<Text>>,
    /// How long it may take; a minute unless said otherwise.
    #[serde(default)]
    #[schemars(extend("pattern" = crate::language::DURATION_PATTERN))]
    pub(crate) within: Option<Text>,
}

/// How it is started.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LaunchSection {
    /// Program and arguments; no shell. A relative program with a slash, and a file named in an argument, is looked for beside the
    /// manifest through `${MANIFEST_DIR}`.
    pub(crate) argv: Located<Vec<Text>>,
    /// What its standard input and output are: nothing and a log, or a channel of the Model Context Protocol. `log` unless the
    /// profile is one of MCP's.
    #[serde(default)]
    pub(crate) stdio: Option<Word<Stdio>>,
    /// Its working directory; `${HOME}` unless said otherwise.
    #[serde(default)]
    pub(crate) cwd: Option<Text>,
    /// Its environment, besides `PATH` and `LANG` and what the contract sets; null takes a variable away.
    #[serde(default)]
    pub(crate) env: Entries<Option<Text>>,
    /// Variables that are set besides only when the workspace has a token before it starts, as `${WORKSPACE_TOKEN}`.
    #[serde(default)]
    pub(crate) env_with_token: Entries<Text>,
    /// Variables that are taken over from the one who runs the suite.
    #[serde(default)]
    pub(crate) inherit: Vec<Text>,
    /// Files rendered before a cold start.
    #[serde(default)]
    pub(crate) files: Vec<RenderedSection>,
}

/// A file rendered before a cold start.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RenderedSection {
    /// Below the stage: it begins with `${CONFIGS}`, `${STATE}`, `${HOME}` or `${SCRATCH}`.
    pub(crate) path: Text,
    /// Permission bits in quoted octal; `"0644"` unless said otherwise.
    #[serde(default)]
    #[schemars(extend("pattern" = "^[0-7]{3,4}$"))]
    pub(crate) mode: Option<Text>,
    /// Its text; with `${WORKSPACE_TOKEN}` in it, it is rendered only when the workspace has a token before the start.
    pub(crate) template: Text,
}

/// A file it keeps.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StateSection {
    /// What is in it.
    pub(crate) holds: Word<Holds>,
    /// Where: it begins with `${CONFIGS}`, `${STATE}`, `${HOME}` or `${SCRATCH}`.
    pub(crate) path: Text,
}

/// When it is ready.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ReadySection {
    /// How long a start may take; 15 s unless said otherwise.
    #[schemars(extend("pattern" = crate::language::DURATION_PATTERN))]
    pub(crate) within: Option<Text>,
    /// What must have been seen; what is usual for its profile unless given.
    pub(crate) all: Option<Located<Vec<Located<ReadinessSection>>>>,
}

/// One sign of readiness; exactly one key.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ReadinessSection {
    /// A request of it that the platform answered with 2xx: `GET /workspaces/${WORKSPACE_ID}/activity`.
    pub(crate) journal: Option<Text>,
    /// A path on its port that is answered with 2xx.
    pub(crate) http: Option<Text>,
    /// Its port accepts connections.
    pub(crate) tcp: Option<bool>,
    /// It answered MCP's `initialize`.
    #[schemars(extend("enum" = ["initialize"]))]
    pub(crate) mcp: Option<Text>,
}

/// Its pace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TimingSection {
    /// Between heartbeats under this launch; measured unless given. Deadlines derive from it.
    #[schemars(extend("pattern" = crate::language::DURATION_PATTERN))]
    pub(crate) heartbeat: Option<Text>,
}

/// Where it takes messages.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct InboundSection {
    /// The path on its port that takes A2A messages; `/` unless said otherwise.
    pub(crate) path: Option<Text>,
    /// The path on its port that serves its agent card; `/.well-known/agent-card.json` unless said otherwise.
    pub(crate) card: Option<Text>,
}

/// How it is made to act.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TriggerSection {
    /// It sends a message to `${PEER_ID}` that says `${TEXT}`.
    pub(crate) peer_message: Option<Located<MeansSection>>,
    /// It tells its user `${TEXT}`.
    pub(crate) notify_user: Option<Located<MeansSection>>,
    /// It sends itself a message that says `${TEXT}`.
    pub(crate) self_message: Option<Located<MeansSection>>,
}

/// By which means it is made to act; exactly one key.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MeansSection {
    /// An A2A message whose text it obeys: `proofmark send ${PEER_ID} ${TEXT}`.
    pub(crate) directive: Option<Text>,
    /// A tool of MCP.
    pub(crate) tool: Option<Located<ToolSection>>,
    /// A program that is run to its end in the runtime's place and environment.
    pub(crate) exec: Option<Located<Vec<Text>>>,
    /// It answers: a message of the peer (or of the user) is what makes it speak to them.
    pub(crate) reply: Option<bool>,
    /// A key of `config.yaml` that holds the text, read at the next start.
    pub(crate) config_key: Option<Text>,
    /// A finished delegation in its list.
    pub(crate) delegation_row: Option<bool>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ToolSection {
    /// Its name.
    pub(crate) name: Text,
    /// Its arguments; texts in them may hold placeholders.
    #[serde(default)]
    pub(crate) arguments: Entries<Located<Value>>,
}

/// How it is stopped.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StopSection {
    /// What asks it to end; TERM unless said otherwise, and the end of its input for what speaks MCP.
    pub(crate) by: Option<Word<Signal>>,
    /// Exit codes that are as good as 0, 143 and an end by the signal itself.
    pub(crate) exits: Vec<u8>,
    /// How long it may take to end after that; three heartbeats and a slack unless said otherwise.
    #[schemars(extend("pattern" = crate::language::DURATION_PATTERN))]
    pub(crate) within: Option<Text>,
}

vocabulary!(TokenSource, "source of the token", { File => "file", Environment => "env" });
vocabulary!(Uploads, "kind of uploads", { None => "none", Push => "push", Poll => "poll", Both => "both" });
vocabulary!(Stdio, "use of standard input and output", { Log => "log", Mcp => "mcp" });
vocabulary!(Holds, "content of a state file", {
    Token => "token",
    Secret => "secret",
    Cursor => "cursor",
    Volatile => "volatile",
});
vocabulary!(Signal, "way to ask for the end", {
    Terminate => "TERM",
    Interrupt => "INT",
    HangUp => "HUP",
    Quit => "QUIT",
    EndOfInput => "stdin-eof",
});
