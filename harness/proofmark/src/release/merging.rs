//! Several results that are shards of one run, put together.

use std::collections::BTreeMap;

use protocol::RequirementId;
use scenario::judge::Verdict;
use scenario::waiver::WaiverEntry;

use crate::report::{ResultDocument, ScenarioEntry};
use crate::runner::{RequirementEntry, RunIdentity, Survey};

/// A result and the name it is shown by.
#[derive(Debug, Clone)]
pub struct Shard {
    /// The file as typed.
    pub name: String,
    /// What it holds.
    pub result: ResultDocument,
}

/// One run, put together from its shards.
#[derive(Debug, Clone)]
pub struct MergedRun {
    /// The file of the first shard.
    pub name: String,
    /// Which subject was judged, and by which suite; it began when the first shard began.
    pub identity: RunIdentity,
    /// The shards that were cut short.
    pub interrupted: Vec<String>,
    /// Why some shard judged nothing.
    pub nothing_judged: Option<String>,
    /// The scenarios by name; of one that was played twice the worse.
    pub scenarios: BTreeMap<String, ScenarioEntry>,
    /// The requirements by number, each with the worst of all shards.
    pub requirements: BTreeMap<RequirementId, RequirementEntry>,
    /// The waivers, what they did added up.
    pub waivers: Vec<WaiverEntry>,
    /// What was surveyed for crash points.
    pub surveys: Vec<Survey>,
    /// What all shards took.
    pub duration_ms: u64,
    /// What the slowest measured start took.
    pub start_ms: Option<u64>,
}

/// Why results cannot be judged at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// No result was given.
    #[error("no result is given; `proofmark run --out DIR` writes one")]
    Nothing,
    /// Two shards are not of one run.
    #[error(
        "{one} and {other} are not shards of one run: {what} is `{first}` in the one and `{second}` in the other"
    )]
    Mixed {
        /// The first file.
        one: String,
        /// The file that differs from it.
        other: String,
        /// In what.
        what: &'static str,
        /// The value of the first.
        first: String,
        /// The value of the other.
        second: String,
    },
    /// Judged by other scenarios.
    #[error(
        "{name} was judged by the suite {theirs}, and this Proofmark holds the suite {ours}; run the suite again with this version"
    )]
    OtherSuite {
        /// The file.
        name: String,
        /// Its digest.
        theirs: String,
        /// Ours.
        ours: String,
    },
    /// Judged as something else than what is asked for.
    #[error(
        "{name} was judged as {what} `{theirs}`, and `{wanted}` is asked for; run it with `--{what} {wanted}`"
    )]
    OtherTerms {
        /// The file.
        name: String,
        /// `profile` or `revision`.
        what: &'static str,
        /// What it was judged as.
        theirs: String,
        /// What is asked for.
        wanted: String,
    },
    /// The earlier result is of another kind of runtime.
    #[error("{name} is of the profile `{theirs}` and cannot be compared with one of `{ours}`")]
    Incomparable {
        /// The file.
        name: String,
        /// Its profile.
        theirs: String,
        /// That of the run.
        ours: String,
    },
}

/// Puts shards together, if they are of one run.
pub fn merge(shards: Vec<Shard>) -> Result<MergedRun, MergeError> {
    let first = shards.first().ok_or(MergeError::Nothing)?;
    let mut run = MergedRun {
        name: first.name.clone(),
        identity: first.result.identity.clone(),
        interrupted: Vec::new(),
        nothing_judged: None,
        scenarios: BTreeMap::new(),
        requirements: BTreeMap::new(),
        waivers: Vec::new(),
        surveys: Vec::new(),
        duration_ms: 0,
        start_ms: None,
    };
    for Shard { name, result } in shards {
        if let Some((what, first, second)) = difference(&run.identity, &result.identity) {
            return Err(MergeError::Mixed {
                one: run.name,
                other: name,
                what,
                first,
                second,
            });
        }
        run.take_in(name, result);
    }
    Ok(run)
}

/// The beginning of a digest, enough to tell two apart.
pub(super) fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// In what two identities differ, besides the hour.
fn difference(one: &RunIdentity, other: &RunIdentity) -> Option<(&'static str, String, String)> {
    let runtime = |it: &RunIdentity| {
        it.runtime.as_ref().map_or_else(
            || "not told".into(),
            |runtime| format!("{} {}", runtime.name, runtime.version),
        )
    };
    let claims = |it: &RunIdentity| {
        let mut claims: Vec<String> = it
            .claims
            .capabilities
            .iter()
            .map(ToString::to_string)
            .collect();
        claims.extend(it.claims.overlays.iter().map(ToString::to_string));
        claims.extend(it.claims.triggers.iter().map(ToString::to_string));
        let files = [
            (it.claims.keeps_token, "a token file"),
            (it.claims.keeps_secret, "a secret file"),
        ];
        claims.extend(
            files
                .into_iter()
                .filter(|(keeps, _)| *keeps)
                .map(|(_, what)| what.to_owned()),
        );
        claims.join(", ")
    };
    let defect = |it: &RunIdentity| it.defect.clone().unwrap_or_else(|| "none".into());
    [
        ("the suite", one.suite.clone(), other.suite.clone()),
        (
            "Proofmark's version",
            one.proofmark.clone(),
            other.proofmark.clone(),
        ),
        ("the subject", one.subject.clone(), other.subject.clone()),
        ("the runtime", runtime(one), runtime(other)),
        (
            "the profile",
            one.claims.profile.to_string(),
            other.claims.profile.to_string(),
        ),
        (
            "the revision",
            one.claims.revision.to_string(),
            other.claims.revision.to_string(),
        ),
        ("what is claimed", claims(one), claims(other)),
        (
            "strictness",
            one.strict.to_string(),
            other.strict.to_string(),
        ),
        ("the defect", defect(one), defect(other)),
        (
            "the disk observer",
            one.disk_observer.clone(),
            other.disk_observer.clone(),
        ),
    ]
    .into_iter()
    .find(|(_, ours, theirs)| ours != theirs)
}

impl MergedRun {
    fn take_in(&mut self, name: String, result: ResultDocument) {
        if result.identity.started < self.identity.started {
            self.identity.started = result.identity.started;
        }
        self.interrupted.extend(result.interrupted.then_some(name));
        self.nothing_judged = self.nothing_judged.take().or(result.nothing_judged);
        self.duration_ms = self.duration_ms.saturating_add(result.duration_ms);
        self.start_ms = self.start_ms.max(result.start_ms);
        self.surveys.extend(result.surveys);
        for scenario in result.scenarios {
            match self.scenarios.get(&scenario.name) {
                Some(known) if known.verdict >= scenario.verdict => {}
                _ => {
                    self.scenarios.insert(scenario.name.clone(), scenario);
                }
            }
        }
        for requirement in result.requirements {
            match self.requirements.get_mut(&requirement.id) {
                Some(known) => {
                    known.verdict = known.verdict.combine(requirement.verdict);
                    known.scenarios.extend(requirement.scenarios);
                    known.scenarios.sort();
                    known.scenarios.dedup();
                }
                None => {
                    self.requirements
                        .insert(requirement.id.clone(), requirement);
                }
            }
        }
        for waiver in result.waivers {
            match self
                .waivers
                .iter_mut()
                .find(|known| known.waiver == waiver.waiver)
            {
                Some(known) => {
                    known.judged = known.judged.saturating_add(waiver.judged);
                    known.covered = known.covered.saturating_add(waiver.covered);
                }
                None => self.waivers.push(waiver),
            }
        }
    }

    /// Who was judged, in a few words.
    pub fn subject(&self) -> String {
        let defect = self.identity.defect.as_deref();
        let defect = defect
            .map(|name| format!(" with the defect `{name}`"))
            .unwrap_or_default();
        format!("{}{defect}", self.identity.subject)
    }

    /// How many requirements were seen to be kept, and how many there were to be judged.
    pub fn kept(&self) -> (usize, usize) {
        let verdicts = || self.requirements.values().map(|row| row.verdict);
        let kept = verdicts()
            .filter(|verdict| *verdict == Verdict::Pass)
            .count();
        (
            kept,
            verdicts()
                .filter(|verdict| *verdict != Verdict::NotApplicable)
                .count(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{finding, result, scenario};
    use super::*;

    fn shard(name: &str, result: ResultDocument) -> Shard {
        Shard {
            name: name.into(),
            result,
        }
    }

    #[test]
    fn shards_of_one_run_add_up_and_the_worse_of_two_verdicts_stays() {
        let good = result(vec![scenario(
            "a/one",
            vec![finding("REG-001", Verdict::Pass)],
        )]);
        let mut bad = result(vec![
            scenario("a/one", vec![finding("REG-001", Verdict::Fail)]),
            scenario("a/two", vec![finding("REG-002", Verdict::Pass)]),
        ]);
        bad.identity.started = "2026-01-01T00:00:00Z".into();
        let run = merge(vec![shard("good", good.clone()), shard("bad", bad.clone())]).unwrap();
        let turned = merge(vec![shard("bad", bad), shard("good", good)]).unwrap();
        for run in [run, turned] {
            assert_eq!(run.scenarios["a/one"].verdict, Verdict::Fail);
            assert_eq!(
                run.requirements[&RequirementId::new("REG-001")].verdict,
                Verdict::Fail
            );
            assert_eq!(
                run.requirements[&RequirementId::new("REG-001")].scenarios,
                ["a/one"]
            );
            assert_eq!(run.kept(), (1, 2));
            assert_eq!(run.identity.started, "2026-01-01T00:00:00Z");
        }
    }

    #[test]
    fn results_of_different_runs_are_not_mixed() {
        let one = result(vec![]);
        let mut other = result(vec![]);
        other.identity.claims.revision = protocol::Revision::R2;
        let refusal = merge(vec![shard("one", one), shard("other", other)]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "one and other are not shards of one run: the revision is `r2+` in the one and `r2` in the other"
        );
        assert_eq!(merge(vec![]).unwrap_err(), MergeError::Nothing);
    }
}
