//! The two kinds of files: a scenario, and a fragment that scenarios use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use protocol::{Addresses, Capability, Deployment, Edge, Overlay, Profile, Relation, Revision};

use super::call::PeerReply;
use super::entries::Entries;
use super::one_key::{maybe_one_key, one_key_list};
use super::plant::Plant;
use super::step::Step;
use super::vocabulary::Word;
use super::yaml::{Located, Text};
use crate::plan::{InboundSecret, TokenSeed};

/// A scenario: one world, steps in it, and the requirements it judges.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ScenarioFile {
    /// Its name in kebab case, equal to the file's stem.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub(crate) scenario: Text,
    /// One sentence for people, without final period.
    pub(crate) title: Text,
    /// The requirements it judges; each is cited by a step.
    #[schemars(inner(regex(pattern = "^[A-Z0-9]{2,4}-[0-9]{3}$")))]
    pub(crate) covers: Vec<Text>,
    /// The kinds of runtime it applies to; `container` and `external-push` unless said otherwise.
    #[serde(default)]
    pub(crate) profiles: Option<Vec<Word<Profile>>>,
    /// What a runtime must claim besides.
    #[serde(default)]
    pub(crate) needs: Vec<Word<Capability>>,
    /// The deployments it plays in, beside what its `platform` says already.
    #[serde(default)]
    pub(crate) overlays: Vec<Word<Overlay>>,
    /// The revision from which on it applies: what it plays would mean nothing to a runtime that claims an earlier one.
    #[serde(default)]
    pub(crate) since: Option<Word<Revision>>,
    /// Whether it may begin where other scenarios that say so have begun: it only needs a subject that runs, and leaves it as it was.
    #[serde(default)]
    pub(crate) shares_start: Option<Located<bool>>,
    /// The platform's side of the world.
    #[serde(default)]
    pub(crate) platform: PlatformSection,
    /// The subject's side of the world.
    #[serde(default)]
    pub(crate) subject: SubjectSection,
    /// Stubs of other workspaces by name.
    #[serde(default)]
    pub(crate) peers: Entries<PeerSection>,
    /// Axes by name; the scenario is multiplied over their values, which replace `${matrix.NAME}` anywhere in the file.
    #[serde(default)]
    pub(crate) matrix: Entries<Vec<Located<Value>>>,
    /// What is done and what must hold, in order.
    #[serde(deserialize_with = "one_key_list")]
    #[schemars(with = "Vec<Step>")]
    pub(crate) steps: Vec<Located<Step>>,
}

/// Steps that scenarios share through `use`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FragmentFile {
    /// Its name in kebab case, equal to the file's stem.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub(crate) fragment: Text,
    /// Steps; `${with.NAME}` stands for what the using step gives.
    #[serde(deserialize_with = "one_key_list")]
    #[schemars(with = "Vec<Step>")]
    pub(crate) steps: Vec<Located<Step>>,
}

/// The part of a scenario that is needed before substitution; everything else is skipped.
#[derive(Debug, Deserialize)]
pub(crate) struct MatrixProbe {
    /// The axes.
    #[serde(default)]
    pub(crate) matrix: Entries<Vec<Located<Value>>>,
}

/// The platform's side of the world.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PlatformSection {
    /// Who provisions; `docker` unless said otherwise.
    pub(crate) deployment: Option<Word<Deployment>>,
    /// What the platform speaks; `r1` unless said otherwise.
    pub(crate) revision: Option<Word<Revision>>,
    /// What stands before it; `open` unless said otherwise.
    pub(crate) edge: Option<Word<Edge>>,
    /// Which addresses a runtime may register; `loopback-allowed` unless said otherwise.
    pub(crate) addresses: Option<Word<Addresses>>,
    /// What the platform has as the workspace's inbound secret; `minted` unless said otherwise, `none` is a legacy workspace.
    pub(crate) inbound_secret: Option<Word<InboundSecret>>,
    /// What tokens the workspace has; `none` unless said otherwise.
    pub(crate) token: Option<Word<TokenSeed>>,
    /// `PLATFORM_URL` as the subject gets it; `${platform.origin}` unless said otherwise, `unset` leaves the variable out.
    pub(crate) url: Option<Text>,
}

/// The subject's side of the world.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SubjectSection {
    /// Variables on top of the contract's own; null removes one.
    pub(crate) environment: Entries<Option<Text>>,
    /// Keys merged into `config.yaml`.
    pub(crate) config: Entries<Located<Value>>,
    /// What lies in its directories before the first start.
    pub(crate) files: Vec<Located<Plant>>,
    /// Where `CONFIGS_DIR` points, below the stage directory; `configs` unless said otherwise.
    pub(crate) configs_directory: Option<Text>,
    /// Where `WORKSPACE_CONFIG_PATH` points, below the stage directory; the configs directory unless said otherwise.
    pub(crate) config_path: Option<Text>,
    /// The umask it is launched with, in quoted octal; `"000"` unless said otherwise.
    #[schemars(extend("pattern" = "^[0-7]{3,4}$"))]
    pub(crate) umask: Option<Text>,
}

/// A stub of another workspace.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PeerSection {
    /// Its place in the hierarchy, seen from the subject.
    pub(crate) relation: Word<Relation>,
    /// What it answers; a text unless said otherwise.
    #[serde(default, deserialize_with = "maybe_one_key")]
    #[schemars(with = "Option<PeerReply>")]
    pub(crate) answers: Option<PeerReply>,
    /// Whether it polls its messages, so that a sender is told `queued` (from r2 on).
    #[serde(default)]
    pub(crate) polls: bool,
}
