//! From findings to a verdict.

use protocol::Revision;
use protocol::journal::{Fact, FailureKind, HarnessFailure, StepEnd};

use super::super::testing::{
    Journal, ORIGIN, catalogue, conditions, expect_request, goes_on, plan, start, wanted,
};
use super::super::{Blame, Judgement, Terms, Verdict, judge};
use crate::plan::{Action, Matcher};

/// A scenario that wants a register with these citations, and gets one without `Origin`.
fn missed(cites: &[&str], terms: Terms) -> Judgement {
    let mut register = wanted("POST /registry/register");
    register.headers = conditions([("x-proof", Matcher::Present)]);
    let plan = plan(vec![start(), expect_request(register, cites)]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.register(&[("origin", ORIGIN)], 200, "{}");
    journal.end(1, StepEnd::DeadlinePassed(1));
    judge(&plan, &catalogue(), &journal.events, &terms)
}

#[test]
fn the_level_decides_whether_a_violation_fails() {
    let claiming = |revision| Terms {
        revision,
        strict: false,
    };
    let r1 = claiming(Revision::R1);
    let strict = Terms { strict: true, ..r1 };
    for (cites, terms, status) in [
        (vec!["REG-001"], r1, Verdict::Fail),
        (vec!["REG-012"], r1, Verdict::Warn),
        (vec!["REG-012"], strict, Verdict::Fail),
        (vec!["A2A-010"], strict, Verdict::NotApplicable),
        (vec!["WAF-001"], r1, Verdict::NotApplicable),
        (vec!["WAF-001"], claiming(Revision::R2), Verdict::Fail),
        (vec!["WAF-001", "REG-012"], r1, Verdict::Warn),
        (
            vec!["WAF-001", "REG-012"],
            claiming(Revision::R3),
            Verdict::Fail,
        ),
        (vec!["XYZ-999"], r1, Verdict::Fail),
    ] {
        let judgement = missed(&cites, terms);
        assert_eq!(judgement.findings[0].status, status, "{cites:?}");
        assert_eq!(
            judgement.verdict, status,
            "{cites:?}: {:?}",
            judgement.reason
        );
    }
    let judgement = missed(&["WAF-001"], r1);
    assert_eq!(
        judgement.reason.as_deref(),
        Some("step-01 (WAF-001): WAF-001 binds from r2 on; the subject claims r1")
    );
}

#[test]
fn a_scenario_in_which_nothing_was_judged_is_inconclusive() {
    let plan = plan(vec![start()]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.register(&[("origin", ORIGIN)], 200, "{}");
    let judgement = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    assert_eq!(
        (judgement.verdict, judgement.reason.as_deref()),
        (Verdict::Inconclusive, Some("nothing was judged"))
    );
    assert!(
        judgement
            .findings
            .iter()
            .any(|finding| finding.status == Verdict::Pass),
        "a rule passed nevertheless"
    );
}

fn failed(kind: FailureKind, text: &str) -> StepEnd {
    StepEnd::HarnessFailed(HarnessFailure {
        kind,
        text: text.into(),
    })
}

#[test]
fn a_refused_act_makes_the_rest_untestable() {
    let plan = plan(vec![
        start(),
        expect_request(wanted("POST /registry/register"), &["REG-001"]),
    ]);
    for (end, status, blame) in [
        (
            StepEnd::SubjectRefused("it exited with code 3".into()),
            Verdict::Untestable,
            Blame::Subject,
        ),
        (
            StepEnd::DeadlinePassed(5_000_000),
            Verdict::Untestable,
            Blame::Subject,
        ),
        (
            failed(FailureKind::Harness, "bind: Address already in use"),
            Verdict::Inconclusive,
            Blame::Harness,
        ),
        (
            failed(FailureKind::Environment, "bind: Adresse belegt"),
            Verdict::Inconclusive,
            Blame::Environment,
        ),
        (
            failed(FailureKind::Platform, "permission denied"),
            Verdict::Inconclusive,
            Blame::Platform,
        ),
        (
            failed(FailureKind::Edge, "an empty 404"),
            Verdict::Inconclusive,
            Blame::Edge,
        ),
        (StepEnd::Interrupted, Verdict::Inconclusive, Blame::Harness),
    ] {
        let mut journal = Journal::new();
        journal.begin(0);
        journal.end(0, end.clone());
        assert!(!goes_on(&plan, 0, &journal.events));
        let judgement = judge(&plan, &catalogue(), &journal.events, &Terms::default());
        assert_eq!(
            (judgement.verdict, judgement.blame),
            (status, Some(blame)),
            "{end:?}"
        );
        assert_eq!(judgement.findings[1].status, Verdict::Untestable);
        assert!(judgement.reason.is_some());
    }
}

#[test]
fn an_interrupted_or_cut_journal_is_inconclusive() {
    let plan = plan(vec![
        start(),
        expect_request(wanted("POST /registry/register"), &["REG-001"]),
    ]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    let cut = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    assert_eq!(
        (cut.verdict, cut.blame),
        (Verdict::Inconclusive, Some(Blame::Harness))
    );
    journal.end(1, StepEnd::Interrupted);
    let interrupted = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    assert_eq!(
        interrupted.findings[0].reason.as_deref(),
        Some("interrupted")
    );
    let nothing = judge(&plan, &catalogue(), &[], &Terms::default());
    assert_eq!(
        (nothing.verdict, nothing.blame),
        (Verdict::Untestable, Some(Blame::Harness))
    );
}

#[test]
fn trouble_excuses_what_was_missed_and_not_what_was_seen() {
    let mut never = super::super::testing::expect(
        crate::plan::Statement::Request(Box::new(wanted("POST /registry/heartbeat").into())),
        &["REG-001"],
    );
    never.mode = crate::plan::Mode::Never {
        until: Box::new(wanted("GET /never")),
    };
    let plan = plan(vec![
        start(),
        Action::Expect(never),
        expect_request(wanted("POST /registry/register"), &["REG-001"]),
    ]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.heartbeat(&[]);
    journal.end(1, StepEnd::Done);
    journal.late(2);
    journal.add(Fact::Trouble("the recorder fell over".into()));
    let judgement = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    let statuses: Vec<_> = judgement
        .findings
        .iter()
        .map(|finding| (finding.check.as_str(), finding.status))
        .take(3)
        .collect();
    assert_eq!(
        statuses,
        [
            ("step-01", Verdict::Fail),
            ("step-02", Verdict::Inconclusive),
            ("harness-trouble", Verdict::Inconclusive)
        ]
    );
    assert_eq!(judgement.verdict, Verdict::Fail);
}

#[test]
fn a_violated_rule_fails_a_scenario_whose_own_checks_pass() {
    let plan = plan(vec![
        start(),
        expect_request(wanted("POST /registry/register"), &["REG-001"]),
    ]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.register(&[("authorization", "Bearer None")], 200, "{}");
    journal.end(1, StepEnd::Done);
    let judgement = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    assert_eq!(
        (judgement.verdict, judgement.blame),
        (Verdict::Fail, Some(Blame::Subject))
    );
    assert!(
        judgement
            .reason
            .unwrap()
            .starts_with("no-hollow-bearer (REG-006): expected ")
    );
}
