//! What must never hold, or always.

use std::time::Duration;

use protocol::journal::{Answerer, DiskObserverKind, Event, Party, StepEnd};

use super::super::testing::{
    Journal, ORIGIN, catalogue, conditions, equals, expect, goes_on, plan, progress, start,
    template, wanted,
};
use super::super::{Finding, Progress, Terms, Verdict, judge};
use crate::plan::{
    Action, Count, FileExpectation, Gaps, LogExpectation, Matcher, Mode, Plan, RequestExpectation,
    RequestStatement, Statement,
};

fn bounded(statement: Statement, mode: Mode) -> Plan {
    let mut expectation = expect(statement, &["REG-001"]);
    expectation.mode = mode;
    plan(vec![start(), Action::Expect(expectation)])
}

fn until_heartbeats(count: u32) -> Box<RequestExpectation> {
    let mut until = wanted("POST /registry/heartbeat");
    until.count = Count {
        at_least: count,
        at_most: None,
    };
    Box::new(until)
}

fn request(request: impl Into<RequestStatement>) -> Statement {
    Statement::Request(Box::new(request.into()))
}

fn finding(plan: &Plan, events: &[Event]) -> Finding {
    judge(plan, &catalogue(), events, &Terms::default())
        .findings
        .swap_remove(0)
}

fn begun() -> Journal {
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal
}

#[test]
fn never_is_met_by_its_closing_event_and_by_nothing_else() {
    let plan = bounded(
        request(wanted("POST /registry/register")),
        Mode::Never {
            until: until_heartbeats(2),
        },
    );
    let mut journal = begun();
    journal.heartbeat(&[]);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    let last = journal.heartbeat(&[]);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
    // After the closing event it may happen.
    journal.register(&[], 200, "{}");
    journal.end(1, StepEnd::Done);
    let finding = finding(&plan, &journal.events);
    assert_eq!(
        (finding.status, finding.witness.last()),
        (Verdict::Pass, Some(&last))
    );
}

#[test]
fn never_is_violated_at_once() {
    let plan = bounded(
        request(wanted("POST /registry/register")),
        Mode::Never {
            until: until_heartbeats(1),
        },
    );
    let mut journal = begun();
    let register = journal.register(&[], 200, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
    journal.end(1, StepEnd::Done);
    let finding = finding(&plan, &journal.events);
    assert_eq!(
        (finding.status, finding.witness),
        (Verdict::Fail, vec![register])
    );
    assert_eq!(
        finding.expected,
        "never `POST /registry/register`, until `POST /registry/heartbeat`"
    );
    assert!(goes_on(&plan, 1, &journal.events));
}

#[test]
fn never_without_its_closing_event_is_inconclusive() {
    let plan = bounded(
        request(wanted("POST /registry/register")),
        Mode::Never {
            until: until_heartbeats(1),
        },
    );
    let mut journal = begun();
    journal.end(1, StepEnd::DeadlinePassed(1));
    let finding = finding(&plan, &journal.events);
    assert_eq!(finding.status, Verdict::Inconclusive);
    assert_eq!(
        finding.reason.as_deref(),
        Some("the closing event did not come")
    );
    assert!(!goes_on(&plan, 1, &journal.events));
}

#[test]
fn never_with_an_unknown_variable_does_not_pass() {
    let mut register = wanted("POST /registry/register");
    register.headers = conditions([("authorization", equals("Bearer ${auth_token}"))]);
    let plan = bounded(
        request(register),
        Mode::Never {
            until: until_heartbeats(1),
        },
    );
    let mut journal = begun();
    journal.heartbeat(&[]);
    journal.end(1, StepEnd::Done);
    assert_eq!(
        finding(&plan, &journal.events).status,
        Verdict::Inconclusive
    );
}

#[test]
fn never_looks_at_printed_lines_and_at_states_of_files() {
    let log = Statement::Log(LogExpectation {
        line: Matcher::Contains(template("panic")),
    });
    let plan = bounded(
        log,
        Mode::Never {
            until: until_heartbeats(1),
        },
    );
    let mut journal = begun();
    journal.log("all is well");
    journal.heartbeat(&[]);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
    let mut journal = begun();
    journal.log("thread panicked");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);

    let file = FileExpectation {
        path: "configs/.auth_token".into(),
        absent: false,
        kind: None,
        mode: Some(0o644),
        content: None,
        size: None,
        unchanged: false,
        before: None,
    };
    let plan = bounded(
        Statement::File(Box::new(file)),
        Mode::Never {
            until: until_heartbeats(1),
        },
    );
    let mut journal = begun();
    journal.file("configs/.auth_token", 0o644, 1, "x", true);
    journal.file("configs/.auth_token", 0o600, 2, "x", false);
    journal.heartbeat(&[]);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
    // Who may have missed a moment cannot say that there was none.
    let looked_at = journal.observed_by(DiskObserverKind::Stat);
    assert_eq!(progress(&plan, 1, &looked_at.events), Progress::Violated);
    let judgement = judge(&plan, &catalogue(), &looked_at.events, &Terms::default());
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    let mut journal = begun();
    journal.file("configs/.auth_token", 0o644, 1, "x", false);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
}

#[test]
fn always_judges_every_selected_request_and_needs_one() {
    let mut every = wanted("* /registry/**");
    every.headers = conditions([("origin", equals("${platform.origin}"))]);
    let plan = bounded(
        request(every),
        Mode::Always {
            until: Some(until_heartbeats(1)),
        },
    );
    let origin = [("origin", ORIGIN)];

    let mut journal = begun();
    let register = journal.register(&origin, 200, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    let heartbeat = journal.heartbeat(&[("x", "y")]);
    assert_eq!(
        progress(&plan, 1, &journal.events),
        Progress::Met,
        "the closing event is not part of the window"
    );
    journal.end(1, StepEnd::Done);
    assert_eq!(
        finding(&plan, &journal.events).witness,
        [register, heartbeat]
    );

    let mut journal = begun();
    journal.register(&origin, 200, "{}");
    let bare = journal.register(&[], 200, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
    journal.end(1, StepEnd::Done);
    let violated = finding(&plan, &journal.events);
    assert_eq!(
        (violated.status, violated.witness),
        (Verdict::Fail, vec![bare])
    );

    let mut journal = begun();
    journal.heartbeat(&origin);
    assert_eq!(
        progress(&plan, 1, &journal.events),
        Progress::Violated,
        "nothing can change any more"
    );
    journal.end(1, StepEnd::Done);
    assert_eq!(
        finding(&plan, &journal.events).status,
        Verdict::Inconclusive
    );
}

#[test]
fn always_without_a_closing_event_looks_at_what_there_is() {
    let mut every = wanted("POST /registry/*");
    every.answered = vec![200];
    let plan = bounded(request(every), Mode::Always { until: None });
    let mut journal = begun();
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    journal.heartbeat(&[]);
    let unanswered = &journal.events[..journal.events.len() - 1];
    assert_eq!(progress(&plan, 1, unanswered), Progress::Pending);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
    journal.register(&[], 401, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
}

#[test]
fn what_happens_before_the_answer_of_the_closing_request_still_counts() {
    let mut until = wanted("POST /registry/register");
    until.answered = vec![200];
    let mut bearers = wanted("* /**");
    bearers.headers = conditions([("authorization", Matcher::Present)]);
    let plan = bounded(
        request(bearers),
        Mode::Never {
            until: Box::new(until),
        },
    );
    let bearer = [("authorization", "Bearer x")];
    let mut journal = begun();
    journal.register(&bearer, 200, "{}");
    let unanswered = &journal.events[..journal.events.len() - 1];
    assert_eq!(
        progress(&plan, 1, unanswered),
        Progress::Pending,
        "it may turn out to be the closing one"
    );
    assert_eq!(
        progress(&plan, 1, &journal.events),
        Progress::Met,
        "the closing request itself does not count"
    );

    let mut journal = begun();
    let exchange = journal.request(
        Party::Subject,
        Party::Platform,
        "POST /registry/register",
        &bearer,
        "",
    );
    let early = journal.heartbeat(&bearer);
    journal.answer(exchange, Answerer::Platform, 200, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
    assert!(finding(&plan, &journal.events).witness.contains(&early));
}

#[test]
fn an_upper_bound_is_about_numbers_and_gaps_bind_all() {
    let mut few = wanted("POST /registry/register");
    few.count = Count {
        at_least: 0,
        at_most: Some(1),
    };
    let mut few = RequestStatement::from(few);
    few.gaps = Some(Gaps {
        at_least: Some(Duration::from_millis(5)),
        at_most: None,
        growing: false,
    });
    let plan = bounded(
        request(few.clone()),
        Mode::Always {
            until: Some(until_heartbeats(1)),
        },
    );
    let mut journal = begun();
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    journal.heartbeat(&[]);
    journal.end(1, StepEnd::Done);
    assert_eq!(
        finding(&plan, &journal.events).status,
        Verdict::Pass,
        "none is at most one"
    );
    let mut journal = begun();
    journal.register(&[], 200, "{}");
    journal.register(&[], 200, "{}");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
    few.exchange.count.at_most = Some(9);
    let plan = bounded(
        request(few),
        Mode::Always {
            until: Some(until_heartbeats(1)),
        },
    );
    assert_eq!(
        progress(&plan, 1, &journal.events),
        Progress::Violated,
        "the gap is too short"
    );
}
