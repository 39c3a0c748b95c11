//! Findings about the steps of a scenario.

use protocol::Catalogue;
use protocol::journal::{HarnessFailure, StepEnd};

use super::finding::{Finding, Terms};
use super::observation::{Observation, Progress};
use super::record::Record;
use super::standing::Standing;
use super::step::{is_advice, observe, states_something};
use super::verdict::{Blame, Verdict};
use crate::plan::{Plan, Step};

/// One finding per cited step, and one per uncited step that was not met.
pub(crate) fn check_steps(
    plan: &Plan,
    catalogue: &Catalogue,
    record: Record<'_>,
    terms: Terms,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unmet: Option<&str> = None;
    for step in &plan.steps {
        let cited = !step.cites().is_empty();
        let mut finding = match record.begun(step.index) {
            Some(begun) => check_step(plan, step, begun, record),
            None if cited => Some(unreached(step, unmet)),
            None => None,
        };
        if let Some(finding) = &mut finding {
            if finding.status != Verdict::Pass {
                unmet = unmet.or(Some(&step.summary));
            }
            if cited {
                Standing::of(step.cites(), catalogue, terms).apply(finding);
            } else if finding.status == Verdict::Fail && is_advice(step) {
                finding.status = Verdict::Warn;
                finding.reason = Some("this is advice, which no requirement backs".into());
            } else if finding.status == Verdict::Fail {
                finding.status = Verdict::Untestable;
                finding.reason = Some("a precondition was not met".into());
            }
        }
        findings.extend(finding.filter(|finding| cited || finding.status != Verdict::Pass));
    }
    findings
}

/// What a step that has begun comes to, every violation taken for a failure; `None` for an act that was done.
fn check_step(plan: &Plan, step: &Step, begun: u64, record: Record<'_>) -> Option<Finding> {
    let end = record.ended(step.index).map(|(_, end)| end);
    if !states_something(step) {
        return unfinished_act(step, begun, end);
    }
    let observation = observe(plan, step, record);
    let met = observation.progress == Progress::Met;
    let mut finding = observed(step, begun, observation);
    match end {
        _ if met => {}
        Some(StepEnd::HarnessFailed(failure)) => harness_failed(&mut finding, failure),
        Some(StepEnd::Interrupted) => {
            finding.takes_back(Blame::Harness, "interrupted");
        }
        None if finding.witness.is_empty() => {
            finding.takes_back(Blame::Harness, "the journal ends before the step does");
        }
        _ => {}
    }
    Some(finding)
}

fn unfinished_act(step: &Step, begun: u64, end: Option<&StepEnd>) -> Option<Finding> {
    let mut finding = blank(step);
    finding.around = Some(begun);
    finding.expected = "done".into();
    finding.blame = Some(Blame::Subject);
    match end? {
        StepEnd::Done => return None,
        StepEnd::DeadlinePassed(microseconds) => {
            finding.seen = format!("not done within {} ms", microseconds / 1000);
        }
        StepEnd::SubjectRefused(what) => finding.seen.clone_from(what),
        StepEnd::HarnessFailed(failure) => harness_failed(&mut finding, failure),
        StepEnd::Interrupted => finding.takes_back(Blame::Harness, "interrupted"),
    }
    Some(finding)
}

fn observed(step: &Step, begun: u64, observation: Observation) -> Finding {
    let (status, blame, reason) = match (observation.progress, observation.inconclusive) {
        (Progress::Met, _) if observation.witness.is_empty() => (
            Verdict::Inconclusive,
            Some(Blame::Harness),
            Some("nothing bears witness to it".into()),
        ),
        (Progress::Met, _) => (Verdict::Pass, None, None),
        (_, Some(reason)) => (Verdict::Inconclusive, Some(observation.blame), Some(reason)),
        _ => (Verdict::Fail, Some(observation.blame), None),
    };
    Finding {
        status,
        blame,
        expected: observation.expected,
        seen: observation.seen,
        nearest_miss: observation.nearest_miss,
        witness: observation.witness,
        around: observation.around.or(Some(begun)),
        reason,
        ..blank(step)
    }
}

fn unreached(step: &Step, unmet: Option<&str>) -> Finding {
    let reason = match unmet {
        Some(summary) => format!("an earlier step was not met: {summary}"),
        None => "the run ended before this step".into(),
    };
    Finding {
        status: Verdict::Untestable,
        expected: step.summary.clone(),
        seen: "the step was not reached".into(),
        blame: Some(if unmet.is_some() {
            Blame::Subject
        } else {
            Blame::Harness
        }),
        reason: Some(reason),
        ..blank(step)
    }
}

fn harness_failed(finding: &mut Finding, failure: &HarnessFailure) {
    finding.seen.clone_from(&failure.text);
    finding.takes_back(
        failure.kind.into(),
        format!("the harness could not play the step: {failure}"),
    );
}

/// A failed check with nothing filled in.
fn blank(step: &Step) -> Finding {
    Finding {
        requirements: step.cites().to_vec(),
        position: Some(step.position.clone()),
        ..Finding::new(step.check(), &step.summary)
    }
}
