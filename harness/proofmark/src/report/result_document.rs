//! The shape of `result.json`: what a run writes, and the gate and a second judgement read, are the same types.

use scenario::judge::{Blame, Finding, Verdict};
use scenario::plan::CrashPoint;
use scenario::waiver::WaiverEntry;
use serde::{Deserialize, Serialize};

use crate::runner::{Counts, Outcome, RequirementEntry, RunIdentity, Survey};

/// The version of the shape; a reader refuses another one.
pub const RESULT_FORMAT: u32 = 3;

/// A run, for machines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResultDocument {
    /// [`RESULT_FORMAT`].
    pub format: u32,
    /// Which subject was judged, and by which suite.
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
    pub surveys: Vec<Survey>,
    /// Every scenario that was selected, by name.
    pub scenarios: Vec<ScenarioEntry>,
    /// Every requirement that was judged or was to be judged, by number.
    pub requirements: Vec<RequirementEntry>,
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
    /// Who caused that.
    pub blame: Option<Blame>,
    /// One sentence when it is not a pass.
    pub reason: Option<String>,
    /// The verdict without waivers, where nothing was played and that is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwaived: Option<Outcome>,
    /// From building the stage to tearing it down.
    pub duration_ms: u64,
    /// How many events its journal has; 0 if nothing was played.
    pub events: usize,
    /// The call at which the subject was killed, if the scenario is one of many that differ in nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crash_point: Option<CrashPoint>,
    /// The command that plays it again.
    pub again: String,
    /// The outcomes of its checks; empty where it was not played.
    pub findings: Vec<Finding>,
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
            let by = versioned
                .identity
                .and_then(|identity| Some(identity.get("proofmark")?.as_str()?.to_owned()));
            return Err(ResultError::Format {
                found: versioned.format,
                by,
            });
        }
        serde_json::from_str(text).map_err(ResultError::Shape)
    }
}
