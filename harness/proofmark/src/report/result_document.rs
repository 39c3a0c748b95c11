//! The shape of `result.json`: what a run writes, and the gate and a second judgement read, are the same types.

use std::collections::BTreeMap;

use protocol::{Capability, Overlay, Profile, Revision, Trigger};
use scenario::judge::{Blame, NearestMiss, Verdict, Waived};
use scenario::plan::CrashPoint;
use scenario::waiver::{Target, Waiver};
use serde::{Deserialize, Serialize};

use crate::runner::{Counts, Unwaived};

/// The version of the shape; a reader refuses another one.
pub const RESULT_FORMAT: u32 = 3;

/// A run, for machines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResultDocument {
    /// [`RESULT_FORMAT`].
    pub format: u32,
    /// Who was judged by what.
    pub identity: RunIdentity,
    /// Whether the run was cut short.
    pub interrupted: bool,
    /// Why nothing could be judged, if nothing could.
    pub nothing_judged: Option<String>,
    /// How the run ended.
    pub exit_code: u8,
    /// From the first to the last event.
    pub duration_ms: u64,
    /// What one start of the subject costs; absent where that was not measured.
    pub start_ms: Option<u64>,
    /// The scenarios by verdict.
    pub counts: Counts,
    /// The waivers the run was given.
    pub waivers: Vec<WaiverEntry>,
    /// The scenarios that stand for one scenario a crash point of the subject.
    pub surveys: Vec<SurveyEntry>,
    /// Every scenario that was selected, by name.
    pub scenarios: Vec<ScenarioEntry>,
    /// Every requirement that was judged or was to be judged, by number.
    pub requirements: Vec<RequirementEntry>,
}

/// Who was judged by what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunIdentity {
    /// Proofmark's version.
    pub proofmark: String,
    /// SHA-256 over every scenario and the catalogue.
    pub suite: String,
    /// The subject in a few words: name and version, or the command.
    pub subject: String,
    /// What the manifest says of the runtime.
    pub runtime: Option<RuntimeEntry>,
    /// The claimed profile.
    pub profile: Profile,
    /// The claimed revision.
    pub revision: Revision,
    /// The claimed capabilities.
    pub capabilities: Vec<Capability>,
    /// The deployments it is made for.
    pub overlays: Vec<Overlay>,
    /// What it can be made to do.
    pub triggers: Vec<Trigger>,
    /// Whether it says where it stores its token.
    pub keeps_token: bool,
    /// Whether it says where it stores the inbound secret.
    pub keeps_secret: bool,
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

/// A runtime by its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuntimeEntry {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A waiver and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WaiverEntry {
    /// Whether it is known to fail, or to fail now and then.
    pub kind: Waived,
    /// The requirement it is for; otherwise it is for a check.
    pub requirement: Option<String>,
    /// The check it is for; otherwise it is for a requirement.
    pub check: Option<String>,
    /// Why that is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is tracked.
    pub issue: String,
    /// The last day it holds, as `YYYY-MM-DD`.
    pub expires: String,
    /// How many of the findings it is about were judged.
    pub judged: usize,
    /// How many of them needed it.
    pub covered: usize,
    /// Why it had to go on the day of the run; the gate looks again on its own day.
    pub must_go: Option<String>,
}

/// A scenario that stands for one scenario a crash point of the subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SurveyEntry {
    /// Its name.
    pub scenario: String,
    /// The names of those it stands for.
    pub points: Vec<String>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// A scenario that was selected.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ScenarioEntry {
    /// Its full name.
    pub name: String,
    /// One sentence for people.
    pub title: String,
    /// The worst of its findings.
    pub verdict: Verdict,
    /// Who brought that about.
    pub blame: Option<Blame>,
    /// One sentence when it is not a pass.
    pub reason: Option<String>,
    /// What it would have come to without waivers, where nothing was played and that is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwaived: Option<Unwaived>,
    /// From building the stage to tearing it down.
    pub duration_ms: u64,
    /// How many events its journal has; 0 if nothing was played.
    pub events: usize,
    /// The call at which the subject was killed, if the scenario is one of many that differ in nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crash_point: Option<CrashPoint>,
    /// The command that plays it again.
    pub again: String,
    /// What its checks come to; empty where it was not played.
    pub findings: Vec<FindingEntry>,
}

/// What one check comes to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FindingEntry {
    /// A step, or the name of an always-on rule.
    pub check: String,
    /// What it judges; empty for a precondition.
    pub requirements: Vec<String>,
    /// The strongest of their levels that binds the subject.
    pub level: Option<String>,
    /// The outcome.
    pub verdict: Verdict,
    /// What made a warning of it, if a waiver did.
    pub waived: Option<Waived>,
    /// Who brought it about, unless it is a pass.
    pub blame: Option<Blame>,
    /// What was judged.
    pub summary: String,
    /// What should have been seen.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// Why the verdict is neither pass nor fail.
    pub reason: Option<String>,
    /// What came closest.
    pub nearest_miss: Option<NearestMiss>,
    /// The events that were judged, by sequence number.
    pub witness: Vec<u64>,
    /// File, line and column of the check.
    pub place: Option<String>,
}

/// What a run says of one requirement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RequirementEntry {
    /// Its number.
    pub id: String,
    /// Its level.
    pub level: String,
    /// The worst of the findings that cite it.
    pub verdict: Verdict,
    /// The scenarios that judged it, or could not.
    pub scenarios: Vec<String>,
}

/// Why a text is not a result that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    /// It is not JSON, or not of this shape.
    #[error("it is not a result of `proofmark run --out`: {0}")]
    Shape(serde_json::Error),
    /// It has another shape by its own account.
    #[error(
        "it has format {found}, and this version of Proofmark reads format {RESULT_FORMAT}; run the suite again with this version"
    )]
    Format {
        /// Its format.
        found: u64,
        /// The version of Proofmark it names, if it does.
        by: Option<String>,
    },
}

impl ResultDocument {
    /// Reads the text of a `result.json`.
    pub fn read(text: &str) -> Result<Self, ResultError> {
        /// What every format has.
        #[derive(Deserialize)]
        struct Versioned {
            format: u64,
            identity: Option<serde_json::Value>,
        }
        // First, since the rest of another format need not have this shape.
        let versioned: Versioned = serde_json::from_str(text).map_err(ResultError::Shape)?;
        if versioned.format != u64::from(RESULT_FORMAT) {
            let by =
                versioned.identity.and_then(|identity| Some(identity.get("proofmark")?.as_str()?.to_owned()));
            return Err(ResultError::Format { found: versioned.format, by });
        }
        serde_json::from_str(text).map_err(ResultError::Shape)
    }

    /// The verdicts of the requirements by number.
    pub fn verdicts(&self) -> BTreeMap<&str, Verdict> {
        self.requirements.iter().map(|row| (row.id.as_str(), row.verdict)).collect()
    }
}

impl WaiverEntry {
    /// A waiver as it is written down.
    pub fn new(waiver: &Waiver, judged: usize, covered: usize, must_go: Option<String>) -> Self {
        let (requirement, check) = match &waiver.target {
            Target::Requirement(id) => (Some(id.to_string()), None),
            Target::Check(name) => (None, Some(name.clone())),
        };
        Self {
            kind: waiver.kind,
            requirement,
            check,
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            issue: waiver.issue.clone(),
            expires: waiver.expires.clone(),
            judged,
            covered,
            must_go,
        }
    }

    /// What it is for, as it was written.
    pub fn target(&self) -> &str {
        self.requirement.as_deref().or(self.check.as_deref()).unwrap_or_default()
    }

    /// The waiver without what became of it.
    pub fn waiver(&self) -> Waiver {
        let target = match &self.requirement {
            Some(id) => Target::Requirement(protocol::RequirementId::new(id.as_str())),
            None => Target::Check(self.check.clone().unwrap_or_default()),
        };
        Waiver {
            target,
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            issue: self.issue.clone(),
            expires: self.expires.clone(),
            kind: self.kind,
        }
    }
}
