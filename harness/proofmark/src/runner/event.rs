//! The events of a run: one stream behind every reporter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::journal::Event;
use protocol::{Redactor, RequirementId};
use scenario::judge::{Blame, Judgement, Verdict};
use scenario::plan::Plan;
use scenario::waiver::WaiverLedger;
use serde::{Deserialize, Serialize};

use super::identity::RunIdentity;
use super::probe::{ProbeFailure, ProbeOutcome};

/// An event of a run.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The run begins.
    Started(RunHeader),
    /// The subject was started once to see what it does.
    Probed(Result<ProbeOutcome, ProbeFailure>),
    /// A scenario stands for others, all of which follow.
    Surveyed(Survey),
    /// A scenario begins.
    ScenarioStarted {
        /// Its full name.
        name: String,
    },
    /// A scenario was judged (or found not to apply).
    ScenarioFinished(Box<ScenarioReport>),
    /// The run is over.
    Finished(RunSummary),
}

/// What is known before anything is played.
#[derive(Debug, Clone)]
pub struct RunHeader {
    /// Which subject is judged, and by which suite.
    pub identity: RunIdentity,
    /// How many scenarios were selected.
    pub selected: usize,
    /// Sentences on what verdicts depend on besides: what this machine does not allow, or that a recording is judged.
    pub remarks: Vec<String>,
}

/// A scenario that stands for one scenario a crash point of the subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Survey {
    /// Its full name.
    pub scenario: String,
    /// The full names of those it stands for.
    pub points: Vec<String>,
    /// Whether these are all, and not a single one that was asked for.
    pub is_whole: bool,
}

/// A played and judged scenario.
#[derive(Debug, Clone)]
pub struct ScenarioReport {
    /// What was played.
    pub plan: Arc<Plan>,
    /// What the judge says.
    pub judgement: Judgement,
    /// The verdict without waivers, where nothing was played and that is waived.
    pub unwaived: Option<Outcome>,
    /// What happened, redacted; empty if nothing was played.
    pub journal: Vec<Event>,
    /// Knows the stage's credentials, for the last look at every output.
    pub redactor: Redactor,
    /// From building the stage to tearing it down; without the start where others have started before.
    pub duration: Duration,
    /// What of it the subject needed to start, restarts included.
    pub starting: Duration,
}

/// A verdict and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence; absent for a pass.
    pub reason: Option<String>,
}

/// A report of a scenario that was not played, or of which nothing is left to judge.
pub fn unplayed(
    plan: Arc<Plan>,
    verdict: Verdict,
    blame: Option<Blame>,
    reason: String,
) -> ScenarioReport {
    ScenarioReport {
        plan,
        judgement: Judgement {
            findings: Vec::new(),
            verdict,
            blame,
            reason: Some(reason),
        },
        unwaived: None,
        journal: Vec::new(),
        redactor: Redactor::new(),
        duration: Duration::ZERO,
        starting: Duration::ZERO,
    }
}

/// How many scenarios got which verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// A SHOULD was violated, or a waiver covers what is wrong.
    pub warned: usize,
    /// Those of the warned in which nothing was judged, and that is waived.
    #[serde(skip)]
    pub unjudged: usize,
    /// Those of the warned in which something failed that is known to be flaky.
    pub flaky: usize,
    /// Failed.
    pub failed: usize,
    /// Could not be decided.
    pub inconclusive: usize,
    /// A precondition was not met.
    pub untestable: usize,
    /// Does not apply.
    pub not_applicable: usize,
}

impl Counts {
    /// Adds one verdict.
    pub fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Pass => &mut self.passed,
            Verdict::Warn => &mut self.warned,
            Verdict::Fail => &mut self.failed,
            Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::Untestable => &mut self.untestable,
            Verdict::NotApplicable => &mut self.not_applicable,
        };
        *count += 1;
    }

    /// Those in which something was judged to hold or not to hold.
    pub fn judged(&self) -> usize {
        self.passed + self.warned + self.failed - self.unjudged
    }
}

/// What a run says of one requirement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RequirementEntry {
    /// Its number.
    pub id: RequirementId,
    /// Its level.
    pub level: String,
    /// The worst of the findings that cite it.
    pub verdict: Verdict,
    /// The scenarios that judged it, or could not.
    pub scenarios: Vec<String>,
}

/// The end of a run.
#[derive(Debug, Clone, Default)]
pub struct RunSummary {
    /// Verdicts of the selected scenarios.
    pub counts: Counts,
    /// What it says of each requirement that was judged or was to be judged.
    pub requirements: BTreeMap<RequirementId, RequirementEntry>,
    /// From the first to the last event.
    pub duration: Duration,
    /// What scenarios waited for starts of the subject, summed over those that were played beside each other.
    pub starting: Duration,
    /// What scenarios took otherwise, summed in the same way.
    pub playing: Duration,
    /// Whether the user or the system cut it short.
    pub interrupted: bool,
    /// Why nothing could be judged, if nothing could.
    pub nothing_judged: Option<String>,
    /// What was created on a live platform and could not be given back, and why.
    pub left_behind: Vec<String>,
    /// What became of the waivers.
    pub waivers: WaiverLedger,
}
