//! The verdict on a scenario.

use protocol::Catalogue;
use protocol::journal::Event;

use super::check::check_steps;
use super::finding::{Finding, Judgement, Terms, worst};
use super::record::{Index, Record};
use super::rules::judge_rules;
use super::unfired::discount;
use super::verdict::{Blame, Verdict};
use crate::plan::Plan;

/// The check under which failures of the harness are reported.
const TROUBLE: &str = "harness-trouble";

/// Judges a journal under a plan.
///
/// The verdict is the worst of all findings in the order of [`Verdict`]. Without a single pass among the cited checks, and with nothing worse, nothing was
/// judged: that is inconclusive, unless all cited checks are not applicable. Where the harness itself had trouble, what was merely not seen (a failure
/// without a witness) is inconclusive; a violation that was seen stands.
pub fn judge(plan: &Plan, catalogue: &Catalogue, journal: &[Event], terms: &Terms) -> Judgement {
    let index = Index::of(journal);
    let record = Record::new(journal, &index);
    let located = record
        .stage
        .map(|stage| plan.located(&stage.credential_files));
    let plan = located.as_deref().unwrap_or(plan);
    let mut steps = check_steps(plan, catalogue, record, *terms);
    let trouble = record.trouble();
    if let Some((seq, what)) = trouble {
        for finding in &mut steps {
            excuse(finding, what);
        }
        steps.push(troubled(seq, what));
    }
    discount(&mut steps, plan, record);
    let rules = judge_rules(plan, record, catalogue, *terms);
    let verdict = overall(&steps).combine(of_rules(&steps, &rules));
    concluded(steps.into_iter().chain(rules).collect(), verdict)
}

/// A judgement with the blame and the reason of the finding that decides it.
pub(crate) fn concluded(findings: Vec<Finding>, verdict: Verdict) -> Judgement {
    if verdict == Verdict::Pass {
        return Judgement {
            findings,
            verdict,
            blame: None,
            reason: None,
        };
    }
    let worst = findings.iter().find(|finding| finding.status == verdict);
    let (blame, reason) = match worst {
        Some(finding) => (finding.blame, in_a_sentence(finding)),
        None => (Some(Blame::Harness), "nothing was judged".into()),
    };
    Judgement {
        findings,
        verdict,
        blame: blame.filter(|_| verdict != Verdict::NotApplicable),
        reason: Some(reason),
    }
}

/// The verdict of the steps alone.
fn overall(steps: &[Finding]) -> Verdict {
    let worst = worst(steps);
    let cited = || {
        steps
            .iter()
            .filter(|finding| !finding.requirements.is_empty())
    };
    let all_idle =
        cited().count() > 0 && cited().all(|finding| finding.status == Verdict::NotApplicable);
    let judged = cited().any(|finding| finding.status == Verdict::Pass);
    if worst <= Verdict::Pass && !judged && !all_idle {
        Verdict::Inconclusive
    } else {
        worst
    }
}

/// What the rules add: all of it, except that their passes alone do not make a scenario applicable.
fn of_rules(steps: &[Finding], rules: &[Finding]) -> Verdict {
    let worst = worst(rules);
    if worst == Verdict::Pass && overall(steps) == Verdict::NotApplicable {
        Verdict::NotApplicable
    } else {
        worst
    }
}

/// What was merely not seen while the harness had trouble proves nothing.
fn excuse(finding: &mut Finding, what: &str) {
    let missed = matches!(
        finding.status,
        Verdict::Fail | Verdict::Warn | Verdict::Untestable
    );
    if missed && finding.witness.is_empty() {
        finding.takes_back(Blame::Harness, format!("the harness had trouble: {what}"));
    }
}

fn troubled(seq: u64, what: &str) -> Finding {
    let mut finding = Finding::new(TROUBLE, "the harness does its work");
    excuse(&mut finding, what);
    let (expected, seen) = ("no trouble".into(), what.to_owned());
    Finding {
        expected,
        seen,
        witness: vec![seq],
        around: Some(seq),
        ..finding
    }
}

fn in_a_sentence(finding: &Finding) -> String {
    let ids = finding.requirements.join(", ");
    let ids = if ids.is_empty() {
        ids
    } else {
        format!(" ({ids})")
    };
    match (&finding.reason, finding.status) {
        (Some(reason), Verdict::Inconclusive | Verdict::NotApplicable) => {
            format!("{}{ids}: {reason}", finding.check)
        }
        (Some(reason), _) if finding.waived.is_some() || finding.expected.is_empty() => {
            format!("{}{ids}: {reason}", finding.check)
        }
        _ => format!(
            "{}{ids}: expected {}, seen {}",
            finding.check, finding.expected, finding.seen
        ),
    }
}
