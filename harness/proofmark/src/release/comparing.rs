//! A run beside an earlier one: what got worse, what got better, what is new, what is not looked at any more.

use std::collections::{BTreeMap, BTreeSet};

use itertools::Itertools as _;
use protocol::RequirementId;
use scenario::judge::Verdict;
use scenario::waiver::{Waiver, WaiverEntry};

use super::merging::{MergeError, MergedRun, short};
use crate::runner::RequirementEntry;

/// What has changed since an earlier run, a sentence each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What is compared, and what to keep in mind.
    pub notes: Vec<String>,
    /// What was kept then and is violated now without a waiver; a SHOULD is one, too.
    pub regressions: Vec<Regression>,
    /// What was violated then and is kept now.
    pub fixes: Vec<String>,
    /// What was not judged then.
    pub new: Vec<String>,
    /// What was judged then and is not now.
    pub lost: Vec<String>,
    /// The waivers of then whose last day has passed since.
    pub expired: Vec<String>,
}

/// A requirement that was kept then and is violated now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regression {
    /// Its number.
    pub requirement: RequirementId,
    /// That it is one, in a sentence.
    pub sentence: String,
}

/// Compares a run with an earlier one, on the day given as `YYYY-MM-DD`.
pub fn compare(then: &MergedRun, now: &MergedRun, today: &str) -> Result<Comparison, MergeError> {
    if then.identity.claims.profile != now.identity.claims.profile {
        return Err(MergeError::Incomparable {
            name: then.name.clone(),
            theirs: then.identity.claims.profile.to_string(),
            ours: now.identity.claims.profile.to_string(),
        });
    }
    let mut comparison = Comparison {
        notes: notes(then, now),
        ..Comparison::default()
    };
    let ids: BTreeSet<&RequirementId> = then
        .requirements
        .keys()
        .chain(now.requirements.keys())
        .collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut lost: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in ids {
        let verdict_of = |run: &MergedRun| run.requirements.get(id).map(|row| row.verdict);
        let before = verdict_of(then).filter(|verdict| is_judged(*verdict));
        let after = verdict_of(now).filter(|verdict| is_judged(*verdict));
        let scenarios = now
            .requirements
            .get(id)
            .map(in_scenarios)
            .unwrap_or_default();
        match (before, after) {
            (Some(Verdict::Pass), Some(Verdict::Fail | Verdict::Warn)) if is_violated(now, id) => {
                let sentence = format!("{id} was kept then, and is violated now{scenarios}");
                comparison.regressions.push(Regression {
                    requirement: id.clone(),
                    sentence,
                });
            }
            (Some(Verdict::Fail | Verdict::Warn), Some(Verdict::Pass)) => {
                comparison
                    .fixes
                    .push(format!("{id} was violated then, and is kept now"));
            }
            (None, Some(Verdict::Pass)) => kept.push(id.as_str()),
            (None, Some(_)) => {
                comparison.new.push(format!(
                    "{id} was not judged then, and is violated now{scenarios}"
                ));
            }
            (Some(_), None) => {
                let is = verdict_of(now).map_or("looked at by no scenario", Verdict::name);
                lost.entry(is).or_default().push(id.as_str());
            }
            _ => {}
        }
    }
    // A suite grows by many requirements at once; what says the same of all of them is said once.
    if !kept.is_empty() {
        comparison.new.push(format!(
            "not judged then, and kept now: {}",
            kept.join(", ")
        ));
    }
    let gone =
        |(is, ids): (&str, Vec<&str>)| format!("judged then, and {is} now: {}", ids.join(", "));
    comparison.lost = lost.into_iter().map(gone).collect();
    let expired = then
        .waivers
        .iter()
        .filter(|entry| entry.waiver.expires.as_str() < today);
    comparison.expired = expired
        .map(
            |WaiverEntry {
                 waiver:
                     Waiver {
                         target,
                         expires,
                         owner,
                         issue,
                         ..
                     },
                 ..
             }| {
                format!(
                    "the waiver of {} expired on {expires} (owner {owner}, {issue})",
                    target.name()
                )
            },
        )
        .collect();
    Ok(comparison)
}

impl Comparison {
    /// Every change with the word it is announced by.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let regressions = self
            .regressions
            .iter()
            .map(|regression| ("regression", regression.sentence.as_str()));
        let others = [
            ("fixed", &self.fixes),
            ("new", &self.new),
            ("untested", &self.lost),
            ("expired", &self.expired),
        ];
        regressions.chain(others.into_iter().flat_map(|(word, sentences)| {
            sentences
                .iter()
                .map(move |sentence| (word, sentence.as_str()))
        }))
    }
}

fn notes(then: &MergedRun, now: &MergedRun) -> Vec<String> {
    let (before, after) = (&then.identity, &now.identity);
    let mut notes = vec![format!(
        "{} of {} ({})",
        then.name,
        before.started,
        then.subject()
    )];
    if before.suite != after.suite {
        notes.push(format!(
            "it was judged by another suite ({} then, {} now), from which new requirements come",
            short(&before.suite),
            short(&after.suite)
        ));
    }
    if before.claims.revision != after.claims.revision {
        notes.push(format!(
            "it was judged by the revision {}, and not {}",
            before.claims.revision, after.claims.revision
        ));
    }
    let taken_back = before
        .claims
        .capabilities
        .difference(&after.claims.capabilities);
    let taken_back = taken_back.map(ToString::to_string).join(", ");
    if !taken_back.is_empty() {
        notes.push(format!(
            "what was claimed then and is not now: {taken_back}"
        ));
    }
    notes
}

fn is_judged(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Warn | Verdict::Fail)
}

/// Whether some finding speaks against the requirement and no waiver for it.
fn is_violated(run: &MergedRun, id: &RequirementId) -> bool {
    run.scenarios
        .values()
        .flat_map(|scenario| &scenario.findings)
        .any(|finding| {
            let is_wrong = matches!(finding.status, Verdict::Fail | Verdict::Warn);
            is_wrong && finding.waived.is_none() && finding.requirements.contains(id)
        })
}

fn in_scenarios(row: &RequirementEntry) -> String {
    match row.scenarios.as_slice() {
        [] => String::new(),
        [only] => format!(" ({only})"),
        [first, rest @ ..] => format!(" ({first} and {} more)", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use scenario::judge::Waived;

    use super::super::testing::{finding, merged, result, scenario, waiver};
    use super::*;

    fn run(rows: &[(&str, Verdict)]) -> MergedRun {
        merged(result(vec![scenario(
            "a/b",
            rows.iter()
                .map(|(id, verdict)| finding(id, *verdict))
                .collect(),
        )]))
    }

    #[test]
    fn every_way_to_change_is_told_apart() {
        let mut then = run(&[
            ("REG-001", Verdict::Pass),
            ("REG-002", Verdict::Fail),
            ("REG-003", Verdict::Pass),
            ("REG-004", Verdict::Pass),
            ("REG-006", Verdict::Pass),
        ]);
        then.identity.suite = "beef".into();
        then.waivers.push(waiver(Waived::Expected, "REG-002", 1, 1));
        let now = run(&[
            ("REG-001", Verdict::Fail),
            ("REG-002", Verdict::Pass),
            ("REG-003", Verdict::Untestable),
            ("REG-004", Verdict::Pass),
            ("REG-005", Verdict::Pass),
        ]);
        let comparison = compare(&then, &now, "2027-02-01").unwrap();
        let lines: Vec<String> = comparison
            .lines()
            .map(|(word, sentence)| format!("{word}: {sentence}"))
            .collect();
        assert_eq!(
            lines,
            [
                "regression: REG-001 was kept then, and is violated now (a/b)",
                "fixed: REG-002 was violated then, and is kept now",
                "new: not judged then, and kept now: REG-005",
                "untested: judged then, and looked at by no scenario now: REG-006",
                "untested: judged then, and untestable now: REG-003",
                "expired: the waiver of REG-002 expired on 2027-01-31 (owner ada, #7)",
            ]
        );
        assert!(
            comparison.notes[1].contains("another suite"),
            "{:?}",
            comparison.notes
        );
        assert_eq!(compare(&then, &now, "2027-01-31").unwrap().expired, [""; 0]);
    }

    #[test]
    fn a_should_that_is_violated_now_is_a_regression_and_what_is_waived_is_none() {
        let then = run(&[("REG-001", Verdict::Pass)]);
        let mut now = run(&[("REG-001", Verdict::Warn)]);
        assert_eq!(
            compare(&then, &now, "2027-01-01")
                .unwrap()
                .regressions
                .len(),
            1
        );
        now.scenarios.get_mut("a/b").unwrap().findings[0].waived = Some(Waived::Flaky);
        assert_eq!(compare(&then, &now, "2027-01-01").unwrap().regressions, []);
    }

    #[test]
    fn another_profile_is_not_compared() {
        let then = run(&[]);
        let mut now = run(&[]);
        now.identity.claims.profile = protocol::Profile::Cli;
        assert!(matches!(
            compare(&then, &now, "2027-01-01"),
            Err(MergeError::Incomparable { .. })
        ));
    }
}
