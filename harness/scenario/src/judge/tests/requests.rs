//! Requests that must come.

use std::time::Duration;

use protocol::Edge;
use protocol::journal::{Answerer, Event, Party, StepEnd};

use super::super::testing::{
    Journal, ORIGIN, catalogue, conditions, equals, expect_request, goes_on, plan, progress, start,
    template, wanted,
};
use super::super::{Blame, Judgement, Progress, Terms, Verdict, judge};
use crate::plan::{Action, Count, Gaps, Matcher, Plan, RequestStatement};

fn judged(plan: &Plan, events: &[Event]) -> Judgement {
    judge(plan, &catalogue(), events, &Terms::default())
}

#[test]
fn an_answer_is_waited_for_where_one_is_asked_for() {
    let mut register = wanted("POST /registry/register");
    register.answered = vec![200];
    let plan = plan(vec![start(), expect_request(register, &["REG-001"])]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    let request = journal.register(&[], 200, "{}");
    let without_answer = &journal.events[..journal.events.len() - 1];
    assert_eq!(progress(&plan, 1, without_answer), Progress::Pending);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
    journal.end(1, StepEnd::Done);
    let judgement = judged(&plan, &journal.events);
    assert_eq!(judgement.verdict, Verdict::Pass, "{judgement:?}");
    assert_eq!(judgement.findings[0].check, "step-01");
    assert_eq!(judgement.findings[0].witness, [request, request + 1]);
}

#[test]
fn a_request_before_the_last_act_is_outside_of_the_window() {
    let plan = plan(vec![
        start(),
        start(),
        expect_request(wanted("POST /registry/register"), &["REG-001"]),
    ]);
    let mut journal = Journal::new();
    journal.begin(0);
    journal.register(&[], 200, "{}");
    journal.end(0, StepEnd::Done);
    journal.done(1);
    journal.begin(2);
    assert_eq!(progress(&plan, 2, &journal.events), Progress::Pending);
    let Action::Expect(expectation) = &mut plan.steps.clone()[2].action else {
        panic!("no expectation")
    };
    expectation.since = Some("label-0".into());
    let mut labelled = plan.clone();
    labelled.steps[2].action = Action::Expect(expectation.clone());
    assert_eq!(progress(&labelled, 2, &journal.events), Progress::Met);
}

#[test]
fn a_window_may_open_at_the_witness_of_an_earlier_expectation() {
    let mut plan = plan(vec![
        start(),
        expect_request(wanted("POST /registry/heartbeat"), &[]),
        expect_request(wanted("POST /registry/heartbeat"), &["REG-001"]),
    ]);
    let Action::Expect(second) = &mut plan.steps[2].action else {
        panic!("no expectation")
    };
    second.since = Some("label-1".into());
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.heartbeat(&[]);
    journal.end(1, StepEnd::Done);
    journal.begin(2);
    assert_eq!(progress(&plan, 2, &journal.events), Progress::Pending);
    journal.heartbeat(&[]);
    assert_eq!(progress(&plan, 2, &journal.events), Progress::Met);
}

#[test]
fn the_nearest_miss_names_the_header_that_was_absent() {
    let mut register = wanted("POST /registry/register");
    register.headers = conditions([("origin", equals("${platform.origin}"))]);
    register.answered = vec![200];
    let plan = plan(vec![start(), expect_request(register, &["REG-001"])]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    let first = journal.register(&[], 401, "{}");
    let second = journal.register(&[], 200, "{}");
    journal.end(1, StepEnd::DeadlinePassed(1));
    let judgement = judged(&plan, &journal.events);
    let finding = &judgement.findings[0];
    assert_eq!(
        (judgement.verdict, finding.status, finding.blame),
        (Verdict::Fail, Verdict::Fail, Some(Blame::Subject))
    );
    assert_eq!(
        finding.expected,
        format!(
            "`POST /registry/register` with `headers.origin` equal to `{ORIGIN}`, answered 200"
        )
    );
    assert_eq!(
        finding.seen,
        "2 such requests, none that fits: `headers.origin` was absent"
    );
    let miss = finding.nearest_miss.as_ref().unwrap();
    assert_eq!((miss.seq, miss.differences.len()), (second, 1));
    assert!(first < second && finding.around == Some(second));
    assert!(goes_on(&plan, 1, &journal.events));
}

#[test]
fn nothing_at_all_stops_the_scenario_and_something_else_is_named() {
    let plan = plan(vec![
        start(),
        expect_request(wanted("POST /registry/register"), &["REG-001"]),
        expect_request(wanted("POST /registry/heartbeat"), &["REG-012"]),
    ]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.heartbeat(&[]);
    journal.end(1, StepEnd::DeadlinePassed(1));
    assert!(!goes_on(&plan, 1, &journal.events));
    let judgement = judged(&plan, &journal.events);
    assert_eq!(judgement.findings[0].status, Verdict::Fail);
    assert!(
        judgement.findings[0]
            .seen
            .starts_with("no such request; nearest `POST /registry/heartbeat`")
    );
    assert_eq!(judgement.findings[1].status, Verdict::Untestable);
    assert_eq!(
        judgement.findings[1].reason.as_deref(),
        Some("an earlier step was not met: the step 1")
    );
}

#[test]
fn an_upper_bound_is_violated_at_once_and_met_only_at_the_end() {
    let mut heartbeats = wanted("POST /registry/heartbeat");
    heartbeats.count = Count {
        at_least: 1,
        at_most: Some(2),
    };
    let plan = plan(vec![start(), expect_request(heartbeats, &["REG-001"])]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.heartbeat(&[]);
    journal.heartbeat(&[]);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    let mut quiet = journal.events.clone();
    journal.heartbeat(&[]);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
    let mut ended = Journal::new();
    std::mem::swap(&mut ended.events, &mut quiet);
    ended.end(1, StepEnd::DeadlinePassed(1));
    assert_eq!(
        judged(&plan, &ended.events).findings[0].status,
        Verdict::Pass
    );
    assert!(goes_on(&plan, 1, &ended.events));
}

#[test]
fn gaps_are_judged_in_order_of_time() {
    let cases = [
        (vec![0, 10, 30, 70], Some(Progress::Met)),
        (vec![0, 10, 14, 70], Some(Progress::Violated)),
        (vec![0, 10, 20, 30], Some(Progress::Violated)),
        (vec![0, 10, 20], Some(Progress::Pending)),
        (vec![0, 1], Some(Progress::Violated)),
    ];
    let mut heartbeats = wanted("POST /registry/heartbeat");
    heartbeats.count = Count {
        at_least: 4,
        at_most: None,
    };
    let mut heartbeats = RequestStatement::from(heartbeats);
    heartbeats.gaps = Some(Gaps {
        at_least: Some(Duration::from_millis(4)),
        at_most: Some(Duration::from_secs(1)),
        growing: true,
    });
    let plan = plan(vec![start(), expect_request(heartbeats, &["REG-001"])]);
    for (moments, expected) in cases {
        let mut journal = Journal::new();
        journal.done(0);
        journal.begin(1);
        for moment in &moments {
            journal.now_us = 1_000_000 + moment * 1000;
            journal.heartbeat(&[]);
        }
        assert_eq!(
            Some(progress(&plan, 1, &journal.events)),
            expected,
            "{moments:?}"
        );
    }
}

#[test]
fn query_body_and_answer_are_conditions_too() {
    let mut request = wanted("GET /workspaces/*/activity");
    request.query = conditions([
        ("source", equals("canvas")),
        ("limit", Matcher::Is(5.into())),
        ("x", Matcher::Absent),
    ]);
    request.answer = conditions([("0.method", equals("notify"))]);
    let plan = plan(vec![start(), expect_request(request, &["REG-001"])]);
    for (line, answer, met) in [
        (
            "GET /workspaces/w/activity?limit=5&source=canvas",
            r#"[{"method":"notify"}]"#,
            true,
        ),
        (
            "GET /workspaces/w/activity?limit=5&source=canvas",
            "[]",
            false,
        ),
        (
            "GET /workspaces/w/activity?limit=5&source=canvas",
            "not json",
            false,
        ),
        (
            "GET /workspaces/w/activity?limit=6&source=canvas",
            r#"[{"method":"notify"}]"#,
            false,
        ),
        (
            "GET /workspaces/w/activity?limit=5&source=canvas&x",
            r#"[{"method":"notify"}]"#,
            false,
        ),
        (
            "POST /workspaces/w/activity?limit=5&source=canvas",
            r#"[{"method":"notify"}]"#,
            false,
        ),
    ] {
        let mut journal = Journal::new();
        journal.done(0);
        journal.begin(1);
        journal.sent(line, &[], "", 200, answer);
        assert_eq!(
            progress(&plan, 1, &journal.events) == Progress::Met,
            met,
            "{line} {answer}"
        );
    }
}

#[test]
fn a_body_that_was_not_kept_whole_fits_no_condition() {
    let mut request = wanted("POST /registry/register");
    request.body = conditions([("auth_token", Matcher::Absent)]);
    let plan = plan(vec![start(), expect_request(request, &["REG-001"])]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(70_000));
    journal.sent("POST /registry/register", &[], &long, 200, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    journal.register(&[], 200, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
}

#[test]
fn the_edge_is_to_blame_only_when_the_origin_was_right() {
    let mut peers = wanted("GET /registry/*/peers");
    peers.answered = vec![200];
    let mut plan = plan(vec![start(), expect_request(peers, &["REG-001"])]);
    plan.world.edge = Edge::TenantGuard;
    for (headers, by, status, blame) in [
        (
            vec![("host", "127.0.0.1:4000"), ("origin", ORIGIN)],
            Answerer::Edge,
            404,
            Blame::Edge,
        ),
        (
            vec![
                ("host", "127.0.0.1:4000"),
                ("origin", "http://127.0.0.1:4000/"),
            ],
            Answerer::Edge,
            404,
            Blame::Subject,
        ),
        (
            vec![("host", "127.0.0.1:4000")],
            Answerer::WebApp,
            404,
            Blame::Subject,
        ),
        (
            vec![("host", "127.0.0.1:4000")],
            Answerer::Platform,
            500,
            Blame::Platform,
        ),
        (
            vec![("host", "127.0.0.1:4000")],
            Answerer::Platform,
            401,
            Blame::Subject,
        ),
    ] {
        let mut journal = Journal::new();
        journal.done(0);
        journal.begin(1);
        let exchange = journal.request(
            Party::Subject,
            Party::Platform,
            "GET /registry/w/peers",
            &headers,
            "",
        );
        journal.answer(exchange, by, status, "");
        journal.end(1, StepEnd::DeadlinePassed(1));
        let judgement = judged(&plan, &journal.events);
        assert_eq!(
            judgement.findings[0].blame,
            Some(blame),
            "{headers:?} {by:?}"
        );
    }
}

#[test]
fn an_unknown_variable_never_makes_a_negative_condition_true() {
    let mut register = wanted("POST /registry/register");
    register.headers = conditions([(
        "authorization",
        Matcher::Not(Box::new(equals("Bearer ${auth_token}"))),
    )]);
    let plan = plan(vec![start(), expect_request(register, &["REG-001"])]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.register(&[], 200, "{}");
    journal.end(1, StepEnd::DeadlinePassed(1));
    let judgement = judged(&plan, &journal.events);
    assert_eq!(judgement.findings[0].status, Verdict::Inconclusive);
    assert_eq!(
        judgement.findings[0].reason.as_deref(),
        Some("`${auth_token}` is not known: no token was issued to the workspace")
    );
    assert_eq!(template("x").to_string(), "x");
}
