//! What was seen under a fault that never fired, which proves nothing of how the subject bears it.

use protocol::journal::{FaultChange, FaultFact, FaultKind};

use super::finding::Finding;
use super::record::Record;
use super::verdict::{Blame, Verdict};
use crate::plan::{Act, Action, Plan, Step};

/// Takes every pass of a step away that began under a fault which never fired, and says of each such fault that it did so.
///
/// A fault under which nothing passed is not reported: it took nothing away, and the other findings say more.
pub(crate) fn discount(steps: &mut Vec<Finding>, plan: &Plan, record: Record<'_>) {
    for (set, fault) in record
        .faults()
        .filter(|(set, fault)| never_fired(*set, fault, record))
    {
        let step = setting(set, plan, record);
        let name = step.map_or(fault.label.as_str(), |step| step.summary.as_str());
        // Every subject has its credentials to write; a path on the wire may be one that is never requested.
        let (check, asked, blame) = match fault.kind {
            FaultKind::Wire => ("unfired-fault", "request", Blame::Harness),
            FaultKind::Disk => ("unfired-disk-fault", "call", Blame::Subject),
        };
        let reason = format!(
            "`{name}` never fired: the subject made no {asked} that it strikes, and nothing is known of how it bears one"
        );
        let begun_under = |finding: &Finding| {
            let judged = plan.steps.iter().find(|step| step.check() == finding.check);
            judged
                .and_then(|step| record.begun(step.index))
                .is_some_and(|begun| begun > set)
        };
        let mut taken_away = false;
        for finding in steps.iter_mut().filter(|finding| begun_under(finding)) {
            if matches!(finding.status, Verdict::Pass | Verdict::Warn) {
                finding.takes_back(blame, &reason);
                taken_away = true;
            }
        }
        if taken_away {
            let mut finding = Finding::new(check, format!("`{name}` fires"));
            finding.takes_back(blame, reason);
            steps.push(Finding {
                expected: format!("a {asked} that it strikes"),
                seen: "none".into(),
                witness: vec![set],
                position: step.map(|step| step.position.clone()),
                around: Some(set),
                ..finding
            });
        }
    }
}

fn never_fired(set: u64, fault: &FaultFact, record: Record<'_>) -> bool {
    let fired = |(seq, other): (u64, &FaultFact)| {
        seq > set
            && other.what == FaultChange::Fired
            && (other.kind, &other.label) == (fault.kind, &fault.label)
    };
    fault.what == FaultChange::Set && !record.faults().any(fired)
}

/// The step that set a fault.
fn setting<'a>(set: u64, plan: &'a Plan, record: Record<'_>) -> Option<&'a Step> {
    plan.steps.iter().rev().find(|step| {
        matches!(step.action, Action::Act(Act::Fault(_) | Act::DiskFault(_)))
            && record.begun(step.index).is_some_and(|begun| begun < set)
    })
}

#[cfg(test)]
mod tests {
    use protocol::journal::{Fact, StepEnd};
    use protocol::{Fault, FaultEffect};

    use super::super::testing::{
        Journal, ORIGIN, catalogue, expect_request, plan, start, template, wanted,
    };
    use super::super::{Judgement, Terms, judge};
    use super::*;

    /// A subject registers and heartbeats, with a fault between that becomes this.
    fn judged(changes: &[FaultChange], heartbeat: &[&str], end: StepEnd) -> Judgement {
        let fault = Fault::new("torn", template("/nowhere"), FaultEffect::Reset);
        let plan = plan(vec![
            start(),
            expect_request(wanted("POST /registry/register"), &["REG-001"]),
            Action::Act(Act::Fault(fault)),
            expect_request(wanted("POST /registry/heartbeat"), heartbeat),
        ]);
        let mut journal = Journal::new();
        journal.done(0);
        journal.begin(1);
        journal.register(&[("origin", ORIGIN)], 200, "{}");
        journal.end(1, StepEnd::Done);
        journal.begin(2);
        for &what in changes {
            let kind = FaultKind::Wire;
            journal.add(Fact::Fault(FaultFact {
                label: "torn".into(),
                kind,
                what,
                exchange: None,
            }));
        }
        journal.end(2, StepEnd::Done);
        journal.begin(3);
        if end == StepEnd::Done {
            journal.heartbeat(&[("origin", ORIGIN)]);
        }
        journal.end(3, end);
        judge(&plan, &catalogue(), &journal.events, &Terms::default())
    }

    fn of_steps(judgement: &Judgement) -> Vec<(&str, Verdict)> {
        let findings = judgement
            .findings
            .iter()
            .map(|finding| (finding.check.as_str(), finding.status));
        findings
            .filter(|(check, _)| check.starts_with("step-") || check.starts_with("unfired-"))
            .collect()
    }

    #[test]
    fn what_passed_before_a_fault_stays_and_what_passed_under_it_goes_lifted_or_not() {
        use FaultChange::{Fired, Lifted, Set};
        for changes in [&[Set][..], &[Set, Lifted], &[Fired, Set]] {
            let judgement = judged(changes, &["REG-001"], StepEnd::Done);
            let expected = [
                ("step-01", Verdict::Pass),
                ("step-03", Verdict::Inconclusive),
                ("unfired-fault", Verdict::Inconclusive),
            ];
            assert_eq!(of_steps(&judgement), expected, "{changes:?}");
            assert_eq!(
                (judgement.verdict, judgement.blame),
                (Verdict::Inconclusive, Some(Blame::Harness))
            );
            assert!(
                judgement
                    .reason
                    .unwrap()
                    .contains("`the step 2` never fired")
            );
        }
        let judgement = judged(&[Set, Fired], &["REG-001"], StepEnd::Done);
        assert_eq!(
            of_steps(&judgement),
            [("step-01", Verdict::Pass), ("step-03", Verdict::Pass)]
        );
    }

    #[test]
    fn a_fault_under_which_nothing_passed_changes_nothing() {
        let late = StepEnd::DeadlinePassed(1);
        for (cites, end, expected) in [
            (&[][..], StepEnd::Done, None),
            (&[], late.clone(), Some(("step-03", Verdict::Untestable))),
            (&["REG-001"], late, Some(("step-03", Verdict::Fail))),
        ] {
            let judgement = judged(&[FaultChange::Set], cites, end);
            let findings: Vec<_> = [("step-01", Verdict::Pass)]
                .into_iter()
                .chain(expected)
                .collect();
            assert_eq!(of_steps(&judgement), findings);
            let blame = expected.map(|_| Blame::Subject);
            assert_eq!(judgement.blame, blame);
        }
    }
}
