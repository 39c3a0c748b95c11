//! The shape of `result.json`: written at the end of a run, read again when the run is judged again.

use protocol::{Level, RequirementId};
use scenario::judge::{Blame, NearestMiss, Verdict};
use serde::{Deserialize, Serialize};

use crate::runner::Unwaived;

/// The version of the shape; a reader refuses another one.
pub const RESULT_FORMAT: u32 = 2;

/// Who was judged by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunIdentity {
    /// The version of the Proofmark that judged.
    pub proofmark: String,
    /// SHA-256 over every scenario and the catalogue.
    pub suite: String,
    /// The subject's command.
    pub subject: String,
    /// The claimed profile.
    pub profile: String,
    /// The claimed revision.
    pub revision: String,
    /// Whether SHOULD counted like MUST.
    pub strict: bool,
    /// The seeded defect.
    pub defect: Option<String>,
    /// How the disk was observed.
    pub disk_observer: String,
    /// When the run began, RFC 3339.
    pub started: String,
    /// SHA-256 over the file of waivers, if there was one.
    pub waivers: Option<String>,
    /// By what the run itself was judged, if this is not its first judgement.
    pub judged_first_by: Option<JudgedBy>,
}

/// What a verdict depends on besides the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct JudgedBy {
    /// The version of Proofmark.
    pub proofmark: String,
    /// SHA-256 over every scenario and the catalogue.
    pub suite: String,
}

/// A whole `result.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SavedResult {
    /// [`RESULT_FORMAT`].
    pub format: u32,
    /// Who was judged by what.
    pub identity: RunIdentity,
    /// Whether the run was cut short.
    pub interrupted: bool,
    /// Why nothing could be judged, if nothing could.
    pub nothing_judged: Option<String>,
    /// What the run said to the shell.
    pub exit_code: u8,
    /// How long it took.
    pub duration_ms: u64,
    /// How many scenarios got which verdict.
    pub counts: SavedCounts,
    /// Every scenario, by name.
    pub scenarios: Vec<SavedScenario>,
    /// Every requirement about which something was found.
    pub requirements: Vec<SavedRequirement>,
}

/// How many scenarios got which verdict.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the verdicts' own names")]
pub struct SavedCounts {
    pub passed: usize,
    pub warned: usize,
    pub failed: usize,
    pub inconclusive: usize,
    pub untestable: usize,
    pub not_applicable: usize,
}

/// A scenario of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SavedScenario {
    /// Its full name.
    pub name: String,
    /// One sentence for people.
    pub title: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Who brought that about, unless it is a pass.
    pub blame: Option<Blame>,
    /// One sentence when it is not a pass.
    pub reason: Option<String>,
    /// What it would have come to without waivers, where nothing was played and that is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwaived: Option<Unwaived>,
    /// How long it took.
    pub duration_ms: u64,
    /// How many events its journal has; 0 if nothing was played.
    pub events: usize,
    /// The call at which the subject was killed, if the scenario is one of many that differ in nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crash_point: Option<SavedCrashPoint>,
    /// The command that plays it again.
    pub again: String,
    /// What was found.
    pub findings: Vec<SavedFinding>,
}

/// Which crash point a scenario is about: what only the run itself could tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SavedCrashPoint {
    /// Position among the calls that `path` selects, from 1.
    pub nth: u32,
    /// Selects calls.
    pub path: String,
    /// A few words without blanks.
    pub name: String,
}

/// What one check came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SavedFinding {
    /// Its name within the scenario.
    pub check: String,
    /// What it judges.
    pub requirements: Vec<RequirementId>,
    /// The strongest of their levels, as catalogues write it.
    pub level: Option<SavedLevel>,
    /// The outcome.
    pub verdict: Verdict,
    /// Who brought it about.
    pub blame: Option<Blame>,
    /// What was judged.
    pub summary: String,
    /// What should have been seen.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// Why it is neither pass nor fail.
    pub reason: Option<String>,
    /// What came closest.
    pub nearest_miss: Option<NearestMiss>,
    /// The judged events, by number.
    pub witness: Vec<u64>,
    /// Where the check stands.
    pub place: Option<String>,
}

/// A level by the word that reports use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SavedLevel(String);

impl From<Level> for SavedLevel {
    fn from(level: Level) -> Self {
        Self(level.name().to_owned())
    }
}

/// What the run says of one requirement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SavedRequirement {
    /// Its number.
    pub id: RequirementId,
    /// Its level; empty for one that the catalogue does not have.
    pub level: String,
    /// The worst finding.
    pub verdict: Verdict,
    /// The scenarios that judged it.
    pub scenarios: Vec<String>,
}
