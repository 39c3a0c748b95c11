//! The decision: what stands against a release, each ground in one sentence.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Catalogue, Profile, RequirementId, Revision};
use scenario::judge::{Finding, Verdict};
use scenario::plan::Plan;

use super::comparing::Comparison;
use super::merging::{MergeError, MergedRun, short};
use crate::exit::Exit;
use crate::report::ScenarioEntry;
use crate::runner::Claims;

/// How many names a sentence lists.
const NAMED: usize = 3;

/// What a run is held against.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The scenarios that this program holds.
    pub plans: &'a [Plan],
    /// The requirements that this program holds.
    pub catalogue: &'a Catalogue,
    /// The digest of both.
    pub digest: &'a str,
    /// The profile that is asked for, if it matters.
    pub profile: Option<Profile>,
    /// The revision that is asked for, if it matters.
    pub revision: Option<Revision>,
    /// The day of the decision, as `YYYY-MM-DD`.
    pub today: &'a str,
}

/// What kind of thing stands against a release, the weightiest first.
///
/// What was witnessed outweighs what is missing: a violation is one in an incomplete run, too. What is missing outweighs a waiver, since it is unknown
/// what the rest would have said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// A binding requirement is violated.
    Violated,
    /// What held in an earlier run does not hold any more.
    Regression,
    /// Not everything was judged.
    Incomplete,
    /// A waiver covers nothing any more, or its last day has passed.
    Waiver,
}

/// One thing that stands against a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Of what kind it is.
    pub ground: Ground,
    /// What it is.
    pub sentence: String,
}

/// Whether a runtime may be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Everything that stands against it, the weightiest first; nothing if it may be released.
    pub causes: Vec<Cause>,
    /// What the causes do not say: how much was judged.
    extent: String,
}

/// Decides on a run; refuses one that answers another question.
pub fn decide(
    run: &MergedRun,
    question: &Question<'_>,
    comparison: Option<&Comparison>,
) -> Result<Decision, MergeError> {
    fits(run, question)?;
    let expected = expected(run, question);
    let mut causes = violations(run);
    let is_violated = |id: &RequirementId| {
        let violates = |finding: &Finding| {
            finding.status == Verdict::Fail && finding.requirements.contains(id)
        };
        run.scenarios
            .values()
            .flat_map(|scenario| &scenario.findings)
            .any(violates)
    };
    // A violation is one cause, even where it is new.
    let regressions = comparison
        .into_iter()
        .flat_map(|comparison| &comparison.regressions)
        .filter(|regression| !is_violated(&regression.requirement));
    causes.extend(regressions.map(|regression| Cause {
        ground: Ground::Regression,
        sentence: regression.sentence.clone(),
    }));
    causes.extend(gaps(run, &expected).into_iter().map(|sentence| Cause {
        ground: Ground::Incomplete,
        sentence,
    }));
    let stale = run
        .waivers
        .iter()
        .filter_map(|entry| entry.clone().on(question.today).must_go);
    causes.extend(stale.map(|sentence| Cause {
        ground: Ground::Waiver,
        sentence,
    }));
    causes.sort_by_key(|cause| cause.ground);
    let (kept, judged) = run.kept();
    let idle = expected
        .iter()
        .filter(|plan| is_out_of_reach(run, plan))
        .count();
    let all = expected.len();
    let (count, rest) = match idle {
        0 => (format!("all {all}"), ""),
        // A live platform need not offer everything.
        idle => (
            format!("{} of {all}", all - idle),
            " (the platform does not offer what the others need)",
        ),
    };
    let extent = format!(
        "{count} scenarios that apply to {}/{} were judged{rest}, and {kept} of {judged} requirements are kept{}",
        run.identity.claims.profile,
        run.identity.claims.revision,
        if kept == judged {
            ""
        } else {
            ", the others being waived or no MUST"
        }
    );
    Ok(Decision { causes, extent })
}

impl Decision {
    /// How the verb ends.
    pub fn exit(&self) -> Exit {
        match self.causes.first().map(|cause| cause.ground) {
            None => Exit::Conformant,
            Some(Ground::Violated | Ground::Regression) => Exit::NotConformant,
            Some(Ground::Incomplete) => Exit::Incomplete,
            Some(Ground::Waiver) => Exit::StaleWaiver,
        }
    }

    /// The decision and its first cause.
    pub fn sentence(&self) -> String {
        match self.causes.first() {
            None => format!("releasable: {}", self.extent),
            Some(cause) => format!("not releasable: {}", cause.sentence),
        }
    }
}

fn fits(run: &MergedRun, question: &Question<'_>) -> Result<(), MergeError> {
    let identity = &run.identity;
    if identity.suite != question.digest {
        return Err(MergeError::OtherSuite {
            name: run.name.clone(),
            theirs: short(&identity.suite),
            ours: short(question.digest),
        });
    }
    let other = |what, theirs: &str, wanted: &str| MergeError::OtherTerms {
        name: run.name.clone(),
        what,
        theirs: theirs.to_owned(),
        wanted: wanted.to_owned(),
    };
    let Claims {
        profile, revision, ..
    } = identity.claims;
    if let Some(wanted) = question.profile.filter(|wanted| *wanted != profile) {
        return Err(other("profile", profile.name(), wanted.name()));
    }
    if let Some(wanted) = question.revision.filter(|wanted| *wanted != revision) {
        return Err(other("revision", revision.name(), wanted.name()));
    }
    Ok(())
}

/// The scenarios that apply to the subject, as the program itself says.
fn expected<'a>(run: &MergedRun, question: &Question<'a>) -> Vec<&'a Plan> {
    let applies = |plan: &&Plan| {
        run.identity
            .claims
            .objection(plan, question.catalogue)
            .is_none()
    };
    question.plans.iter().filter(applies).collect()
}

/// One cause for each violated requirement.
fn violations(run: &MergedRun) -> Vec<Cause> {
    let mut by_requirement: BTreeMap<&RequirementId, Vec<(&ScenarioEntry, &Finding)>> =
        BTreeMap::new();
    let mut sentences = Vec::new();
    for scenario in run.scenarios.values() {
        let mut failing = scenario
            .findings
            .iter()
            .filter(|finding| finding.status == Verdict::Fail)
            .peekable();
        if failing.peek().is_none() && scenario.verdict == Verdict::Fail {
            let reason = scenario.reason.as_deref().unwrap_or("no reason is given");
            sentences.push(format!("{} failed: {reason}", scenario.name));
        }
        for finding in failing {
            if finding.requirements.is_empty() {
                let Finding {
                    check,
                    expected,
                    seen,
                    ..
                } = finding;
                sentences.push(format!(
                    "{} {check} failed: expected {expected}, seen {seen}",
                    scenario.name
                ));
            }
            for id in &finding.requirements {
                by_requirement
                    .entry(id)
                    .or_default()
                    .push((scenario, finding));
            }
        }
    }
    let cited = by_requirement
        .into_iter()
        .filter_map(|(id, places)| violated(run, id, &places));
    cited
        .chain(sentences)
        .map(|sentence| Cause {
            ground: Ground::Violated,
            sentence,
        })
        .collect()
}

fn violated(
    run: &MergedRun,
    id: &RequirementId,
    places: &[(&ScenarioEntry, &Finding)],
) -> Option<String> {
    let (scenario, finding) = places.first()?;
    let level = run
        .requirements
        .get(id)
        .map_or("", |row| row.level.as_str());
    let level = if level.is_empty() {
        String::new()
    } else {
        format!(" ({level})")
    };
    let scenarios: BTreeSet<&str> = places
        .iter()
        .map(|(scenario, _)| scenario.name.as_str())
        .collect();
    let more = match scenarios.len() - 1 {
        0 => String::new(),
        more => format!(", and in {more} more scenario(s)"),
    };
    Some(format!(
        "{id}{level} is violated in {} {}{more}: expected {}, seen {}",
        scenario.name, finding.check, finding.expected, finding.seen
    ))
}

/// What keeps the run from being complete.
fn gaps(run: &MergedRun, expected: &[&Plan]) -> Vec<String> {
    let mut gaps: Vec<String> = run
        .interrupted
        .iter()
        .map(|name| format!("the run behind {name} was interrupted; run it again"))
        .collect();
    // What is waived may have been undecided before; it bears witness to nothing.
    let is_judged = |finding: &Finding| {
        matches!(
            finding.status,
            Verdict::Pass | Verdict::Warn | Verdict::Fail
        ) && finding.waived.is_none()
    };
    if !run
        .scenarios
        .values()
        .flat_map(|scenario| &scenario.findings)
        .any(is_judged)
    {
        let reason = run
            .nothing_judged
            .as_deref()
            .unwrap_or("no check of any scenario was decided without a waiver");
        gaps.push(format!("nothing was judged: {reason}"));
    }
    let missing: Vec<&str> = expected
        .iter()
        .filter(|plan| !is_present(run, plan))
        .map(|plan| plan.name.as_str())
        .collect();
    if !missing.is_empty() {
        gaps.push(format!(
            "{} of the {} scenarios that apply to {}/{} are not in the results: {}",
            missing.len(),
            expected.len(),
            run.identity.claims.profile,
            run.identity.claims.revision,
            some_of(&missing)
        ));
    }
    let mut undecided: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for scenario in run.scenarios.values() {
        if matches!(
            scenario.verdict,
            Verdict::Inconclusive | Verdict::Untestable
        ) {
            let reason = scenario.reason.as_deref().unwrap_or("no reason is given");
            undecided
                .entry((scenario.verdict.name(), reason))
                .or_default()
                .push(&scenario.name);
        }
    }
    gaps.extend(undecided.into_iter().map(|((verdict, reason), names)| {
        let are = if names.len() == 1 { "is" } else { "are" };
        format!("{} {are} {verdict}: {reason}", some_of(&names))
    }));
    gaps
}

/// Whether a scenario was selected, with every crash point it stands for.
fn is_present(run: &MergedRun, plan: &Plan) -> bool {
    run.scenarios.contains_key(&plan.name)
        || run.surveys.iter().any(|survey| {
            survey.scenario == plan.name
                && survey.is_whole
                && survey
                    .points
                    .iter()
                    .all(|point| run.scenarios.contains_key(point))
        })
}

/// Whether a scenario that applies to the subject was not played where the run was.
fn is_out_of_reach(run: &MergedRun, plan: &Plan) -> bool {
    run.scenarios
        .get(&plan.name)
        .is_some_and(|scenario| scenario.verdict == Verdict::NotApplicable)
}

fn some_of(names: &[&str]) -> String {
    match names.split_at_checked(NAMED) {
        Some((shown, rest)) if !rest.is_empty() => {
            format!("{} and {} more", shown.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}

#[cfg(test)]
#[path = "deciding_tests.rs"]
mod tests;
