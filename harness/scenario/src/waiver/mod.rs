//! Waivers: expected failures, each with an owner and a day on which it expires.
//!
//! A waiver names exactly one requirement or one check. What it covers warns instead of failing. One that covers nothing any more although it
//! was judged, and one whose day has passed, must not linger: the run says so by its exit code. What is
//! known to be flaky may pass, but not outlive its day.

mod file;
#[cfg(test)]
mod tests;

use protocol::RequirementId;
use serde::{Deserialize, Serialize};

use crate::judge::{Blame, Finding, Judgement, Verdict, Waived, concluded, worst};

pub use file::{FILL_IN, parse, schema};

/// All waivers of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waivers(Vec<Waiver>);

/// One expected failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Whether it is known to fail, or to fail now and then, so that a pass proves nothing.
    pub kind: Waived,
    /// What may fail.
    #[serde(flatten)]
    pub target: Target,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is tracked.
    pub issue: String,
    /// The last day it holds, as `YYYY-MM-DD`.
    pub expires: String,
}

/// What a waiver is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "TargetKeys", into = "TargetKeys")]
pub enum Target {
    /// Every check that judges nothing but requirements that are waived.
    Requirement(RequirementId),
    /// One check: a scenario's full name and a step (`token/stored-exactly step-02`), or the name of an always-on rule; a
    /// scenario's name alone stands for all of its own checks, and for what kept it from being played.
    Check(String),
}

/// A target as a result has it: one of the two keys, the other being null.
#[derive(Serialize, Deserialize)]
struct TargetKeys {
    requirement: Option<RequirementId>,
    check: Option<String>,
}

/// A waiver and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WaiverEntry {
    /// The waiver.
    #[serde(flatten)]
    pub waiver: Waiver,
    /// How many of the findings it is about were judged.
    pub judged: usize,
    /// How many of them needed it.
    pub covered: usize,
    /// Why it has to go on the day of the run, or of a decision.
    pub must_go: Option<String>,
}

/// Why a waiver must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Staleness {
    /// What it covers was judged and holds.
    Passes,
    /// Its last day has passed.
    Expired,
}

/// What became of the waivers over the scenarios of a run.
#[derive(Debug, Clone, Default)]
pub struct WaiverLedger {
    waivers: Waivers,
    /// The day of the run, as `YYYY-MM-DD`.
    today: String,
    /// How many findings of each were judged, and how many of them it covered.
    counts: Vec<(usize, usize)>,
}

impl From<TargetKeys> for Target {
    fn from(TargetKeys { requirement, check }: TargetKeys) -> Self {
        requirement.map_or_else(|| Self::Check(check.unwrap_or_default()), Self::Requirement)
    }
}

impl From<Target> for TargetKeys {
    fn from(target: Target) -> Self {
        match target {
            Target::Requirement(id) => Self {
                requirement: Some(id),
                check: None,
            },
            Target::Check(name) => Self {
                requirement: None,
                check: Some(name),
            },
        }
    }
}

impl Target {
    /// As it was written.
    pub fn name(&self) -> &str {
        match self {
            Self::Requirement(id) => id.as_str(),
            Self::Check(name) => name,
        }
    }
}

impl Waiver {
    /// What is said of the findings it covers.
    pub fn word(&self) -> &'static str {
        match self.kind {
            Waived::Expected => "waived",
            Waived::Flaky => "flaky",
        }
    }
}

impl WaiverEntry {
    /// The same with what is to be said of it on this day, given as `YYYY-MM-DD`.
    #[must_use]
    pub fn on(mut self, today: &str) -> Self {
        let Waiver {
            target,
            expires,
            owner,
            issue,
            ..
        } = &self.waiver;
        let why = self.staleness(today).map(|why| match why {
            Staleness::Passes => {
                "is stale: everything it covers was judged and holds; take it away".to_owned()
            }
            Staleness::Expired => format!("expired on {expires}; mend what it covers, or renew it"),
        });
        self.must_go = why.map(|why| {
            format!(
                "the waiver of {} {why} (owner {owner}, {issue})",
                target.name()
            )
        });
        self
    }

    fn staleness(&self, today: &str) -> Option<Staleness> {
        if self.waiver.expires.as_str() < today {
            Some(Staleness::Expired)
        } else if self.waiver.kind == Waived::Expected && self.judged > 0 && self.covered == 0 {
            Some(Staleness::Passes)
        } else {
            None
        }
    }
}

impl Waivers {
    /// The waivers in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = &Waiver> {
        self.0.iter()
    }

    /// Turns what is expected to fail, or to stay undecided, into warnings, and derives the scenario's verdict again.
    pub fn apply(&self, scenario: &str, judgement: &mut Judgement) {
        let mut touched = false;
        for finding in &mut judgement.findings {
            let is_unmet = !matches!(finding.status, Verdict::Pass | Verdict::NotApplicable);
            if let Some(waiver) = self.covering(scenario, finding).filter(|_| is_unmet) {
                finding.status = Verdict::Warn;
                finding.reason = Some(waived(waiver));
                finding.waived = Some(waiver.kind);
                touched = true;
            }
        }
        // A failure of our own cannot be waived.
        let is_unplayed = judgement.findings.is_empty()
            && judgement.verdict > Verdict::Warn
            && judgement.blame != Some(Blame::Harness);
        let whole = self.0.iter().find(
            |waiver| matches!(&waiver.target, Target::Check(name) if is_scenario(name, scenario)),
        );
        if let Some(waiver) = whole.filter(|_| is_unplayed) {
            judgement.verdict = Verdict::Warn;
            judgement.reason = Some(waived(waiver));
        }
        if touched {
            let findings = std::mem::take(&mut judgement.findings);
            let verdict = worst(&findings);
            *judgement = concluded(findings, verdict);
        }
    }

    fn covering(&self, scenario: &str, finding: &Finding) -> Option<&Waiver> {
        let by_check = self.0.iter().find(|waiver| match &waiver.target {
            Target::Check(name) => is_check(name, scenario, finding),
            Target::Requirement(_) => false,
        });
        by_check.or_else(|| {
            let waiver_of = |id: &RequirementId| {
                self.0.iter().find(
                    |waiver| matches!(&waiver.target, Target::Requirement(waived) if waived == id),
                )
            };
            let all: Option<Vec<&Waiver>> = finding.requirements.iter().map(waiver_of).collect();
            all?.into_iter().next()
        })
    }
}

impl WaiverLedger {
    /// A ledger for a run on this day, given as `YYYY-MM-DD`.
    pub fn new(waivers: Waivers, today: impl Into<String>) -> Self {
        let counts = vec![(0, 0); waivers.0.len()];
        Self {
            waivers,
            today: today.into(),
            counts,
        }
    }

    /// [`Waivers::apply`].
    pub fn apply(&self, scenario: &str, judgement: &mut Judgement) {
        self.waivers.apply(scenario, judgement);
    }

    /// Takes note of a judged scenario, waivers applied.
    pub fn note(&mut self, scenario: &str, judgement: &Judgement) {
        for (waiver, (judged, covered)) in self.waivers.0.iter().zip(&mut self.counts) {
            let concerned = judgement
                .findings
                .iter()
                .filter(|finding| match &waiver.target {
                    Target::Check(name) => is_check(name, scenario, finding),
                    Target::Requirement(id) => finding.requirements.contains(id),
                });
            for finding in concerned {
                let is_judged = matches!(
                    finding.status,
                    Verdict::Pass | Verdict::Warn | Verdict::Fail
                );
                *judged += usize::from(is_judged);
                *covered += usize::from(finding.waived.is_some());
            }
        }
    }

    /// Every waiver and what became of it.
    pub fn entries(&self) -> impl Iterator<Item = WaiverEntry> {
        let counted = self.waivers.0.iter().zip(&self.counts);
        counted.map(|(waiver, &(judged, covered))| {
            WaiverEntry {
                waiver: waiver.clone(),
                judged,
                covered,
                must_go: None,
            }
            .on(&self.today)
        })
    }

    /// What the waivers did and which of them must go, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let used = self.entries().filter(|entry| entry.covered > 0).map(
            |WaiverEntry {
                 waiver, covered, ..
             }| {
                let Waiver {
                    target,
                    expires,
                    owner,
                    issue,
                    ..
                } = &waiver;
                let (word, target) = (waiver.word(), target.name());
                format!(
                    "{word}: {target} in {covered} finding(s), until {expires} by {owner} ({issue})"
                )
            },
        );
        used.chain(self.entries().filter_map(|entry| entry.must_go))
            .collect()
    }
}

fn waived(waiver: &Waiver) -> String {
    let Waiver {
        expires,
        owner,
        reason,
        issue,
        ..
    } = waiver;
    format!(
        "{} until {expires} by {owner}: {reason} ({issue})",
        waiver.word()
    )
}

fn is_check(name: &str, scenario: &str, finding: &Finding) -> bool {
    let is_own = finding.position.is_some() && is_scenario(name, scenario);
    is_own
        || name == finding.check
        || name.split_once(' ') == Some((scenario, finding.check.as_str()))
}

/// Whether a name means a scenario, all its variants included.
fn is_scenario(name: &str, scenario: &str) -> bool {
    name == scenario || scenario.split('[').next() == Some(name)
}
