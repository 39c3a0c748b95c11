//! The shape of a manifest, exactly as an author writes it.

use protocol::{Capability, Profile, Revision};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::language::{Entries, Located, Text, Vocabulary, Word};

use super::TokenSource;

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
    /// How soon it is ready.
    #[serde(default)]
    pub(crate) ready: ReadySection,
    /// Its pace.
    #[serde(default)]
    pub(crate) timing: TimingSection,
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
    /// Its working directory; `${HOME}` unless said otherwise.
    #[serde(default)]
    pub(crate) cwd: Option<Text>,
    /// Its environment, besides `PATH` and `LANG` and what the contract sets; null takes a variable away.
    #[serde(default)]
    pub(crate) env: Entries<Option<Text>>,
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
    /// Its text.
    pub(crate) template: Text,
}

/// How soon it is ready.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ReadySection {
    /// How long a start may take; 15 s unless said otherwise.
    #[schemars(extend("pattern" = crate::language::DURATION_PATTERN))]
    pub(crate) within: Option<Text>,
}

/// Its pace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TimingSection {
    /// Between heartbeats under this launch; measured unless given. Deadlines derive from it.
    #[schemars(extend("pattern" = crate::language::DURATION_PATTERN))]
    pub(crate) heartbeat: Option<Text>,
}

/// How it is stopped.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StopSection {
    /// How long it may take to end after TERM; three heartbeats and a slack unless said otherwise.
    #[schemars(extend("pattern" = crate::language::DURATION_PATTERN))]
    pub(crate) within: Option<Text>,
}

impl Vocabulary for TokenSource {
    const NOUN: &'static str = "source of the token";

    fn words() -> Vec<(&'static str, Self)> {
        vec![("file", Self::File), ("env", Self::Environment)]
    }
}
