//! The stage's own calls.

use protocol::RequirementId;
use protocol::journal::{Answerer, Outcome, Party, StepEnd};

use super::super::testing::{
    Journal, catalogue, conditions, equals, expect, goes_on, plan, progress, resolve, start,
    template, wanted,
};
use super::super::{Blame, Finding, Progress, Terms, Verdict, judge};
use crate::plan::{
    Act, Action, Answered, Call, CallBody, Count, Deliver, Manner, Matcher, Mode, Part, Plan,
    Receiver, Statement, Tell,
};

fn call(answered: Answered) -> Action {
    Action::Act(Act::Call(Box::new(Call {
        to: Receiver::Subject,
        method: "POST".into(),
        path: template("/internal/chat/uploads/ingest?x=1"),
        body: CallBody::Empty,
        manner: Manner::default(),
        answered,
    })))
}

fn answered(status: u16, cites: &[&str]) -> Answered {
    Answered {
        status: vec![status],
        cites: cites.iter().map(|id| RequirementId::new(*id)).collect(),
        ..Answered::default()
    }
}

fn tell(reply: Matcher, background: bool) -> Action {
    Action::Act(Act::Tell(Box::new(Tell {
        text: template("hello"),
        part: Part::Kind,
        deliver: Deliver::Direct,
        from: None,
        within: None,
        background,
        reply: Some(reply),
        answered: Answered {
            cites: vec![RequirementId::new("REG-001")],
            ..Answered::default()
        },
    })))
}

fn played(status: u16, body: &str) -> Journal {
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    let line = "POST /internal/chat/uploads/ingest?x=1";
    let exchange = journal.request(Party::Harness, Party::Subject, line, &[], "");
    journal.answer(exchange, Answerer::Subject, status, body);
    journal.end(1, StepEnd::Done);
    journal
}

fn finding(plan: &Plan, journal: &Journal) -> Finding {
    judge(plan, &catalogue(), &journal.events, &Terms::default())
        .findings
        .swap_remove(0)
}

#[test]
fn a_call_is_judged_by_its_answer() {
    let mut wanted = answered(401, &["REG-001"]);
    wanted.body = conditions([("error", equals("unauthorized"))]);
    let plan = plan(vec![start(), call(wanted)]);
    let pass = finding(&plan, &played(401, r#"{"error":"unauthorized"}"#));
    assert_eq!((pass.status, pass.witness.len()), (Verdict::Pass, 2));
    assert_eq!(
        pass.expected,
        "`POST /internal/chat/uploads/ingest` to the subject, answered 401 and `answer.error` equal to `unauthorized`"
    );
    let journal = played(500, "oops");
    let fail = finding(&plan, &journal);
    assert_eq!(
        (fail.status, fail.blame),
        (Verdict::Fail, Some(Blame::Subject))
    );
    assert_eq!(fail.nearest_miss.unwrap().differences.len(), 2);
    assert!(goes_on(&plan, 1, &journal.events));
}

#[test]
fn a_subject_that_does_not_answer_breaks_what_its_answer_should_have_shown() {
    let plan = plan(vec![
        start(),
        call(answered(200, &["REG-001"])),
        call(answered(200, &["REG-001"])),
    ]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    let line = "POST /internal/chat/uploads/ingest";
    let exchange = journal.request(Party::Harness, Party::Subject, line, &[], "");
    journal.broken(exchange, Outcome::Refused);
    journal.end(1, StepEnd::Done);
    let finding = finding(&plan, &journal);
    assert_eq!(
        (finding.status, finding.blame),
        (Verdict::Fail, Some(Blame::Subject))
    );
    assert!(
        finding.seen.ends_with("the connection was refused"),
        "{}",
        finding.seen
    );
    assert_eq!(finding.witness.len(), 1);
    assert!(!goes_on(&plan, 1, &journal.events));
}

#[test]
fn a_call_whose_end_was_not_recorded_proves_nothing() {
    let plan = plan(vec![start(), call(answered(200, &["REG-001"]))]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.request(
        Party::Harness,
        Party::Subject,
        "POST /internal/chat/uploads/ingest",
        &[],
        "",
    );
    journal.end(1, StepEnd::Interrupted);
    let finding = finding(&plan, &journal);
    assert_eq!(
        (finding.status, finding.blame),
        (Verdict::Inconclusive, Some(Blame::Harness))
    );
}

#[test]
fn an_uncited_call_is_a_precondition_and_one_without_conditions_is_nothing() {
    let plan_with = |first: Answered| {
        plan(vec![
            start(),
            call(first),
            call(answered(200, &["REG-001"])),
        ])
    };
    let journal = played(500, "");
    let judgement = judge(
        &plan_with(answered(200, &[])),
        &catalogue(),
        &journal.events,
        &Terms::default(),
    );
    assert_eq!(judgement.verdict, Verdict::Untestable);
    assert_eq!(judgement.findings[0].check, "step-01");
    assert!(judgement.findings[0].requirements.is_empty());
    assert!(!goes_on(&plan_with(answered(200, &[])), 1, &journal.events));
    let judgement = judge(
        &plan_with(Answered::default()),
        &catalogue(),
        &journal.events,
        &Terms::default(),
    );
    assert_eq!(judgement.findings[0].check, "step-02");
    assert!(goes_on(&plan_with(Answered::default()), 1, &journal.events));
}

#[test]
fn the_reply_is_read_where_the_platform_reads_it() {
    let plan = plan(vec![start(), tell(equals("hi"), false)]);
    for (body, met) in [
        (
            r#"{"result":{"parts":[{"kind":"text","text":"hi"}]}}"#,
            true,
        ),
        (
            r#"{"result":{"parts":[{"type":"text","text":"hi"}]}}"#,
            false,
        ),
        (
            r#"{"result":{"artifacts":[{"parts":[{"kind":"text","text":"hi"}]}]}}"#,
            true,
        ),
        (
            r#"{"result":{"parts":[{"kind":"file","text":"hi"}]}}"#,
            false,
        ),
        (
            r#"{"result":{"message":{"parts":[{"kind":"text","text":"hi"}]}}}"#,
            false,
        ),
        (r#"{"error":{"code":-1}}"#, false),
        ("", false),
    ] {
        let journal = played(200, body);
        assert_eq!(
            progress(&plan, 1, &journal.events) == Progress::Met,
            met,
            "{body}"
        );
    }
}

#[test]
fn a_background_message_is_judged_by_an_answer_that_comes_later() {
    let plan = plan(vec![start(), tell(equals("hi"), true)]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    let exchange = journal.request(Party::Harness, Party::Subject, "POST /", &[], "");
    journal.end(1, StepEnd::Done);
    assert_eq!(finding(&plan, &journal).status, Verdict::Inconclusive);
    assert!(
        goes_on(&plan, 1, &journal.events),
        "nobody waits for it yet"
    );
    journal.answer(
        exchange,
        Answerer::Subject,
        200,
        r#"{"result":{"parts":[{"kind":"text","text":"hi"}]}}"#,
    );
    assert_eq!(finding(&plan, &journal).status, Verdict::Pass);
}

#[test]
fn a_value_of_the_answer_is_kept_and_serves_later_steps() {
    let mut first = answered(200, &[]);
    first.capture.insert("uri".into(), "files.0.uri".into());
    let mut second = answered(200, &["REG-001"]);
    second.headers = conditions([("location", equals("${uri}"))]);
    let plan = plan(vec![start(), call(first), call(second)]);
    let journal = played(200, r#"{"files":[{"uri":"workspace:/a"}]}"#);
    assert_eq!(
        resolve(&template("<${uri}>"), &plan, &journal.events).unwrap(),
        "<workspace:/a>"
    );
    let journal = played(200, "{}");
    let unresolved = resolve(&template("${uri}"), &plan, &journal.events).unwrap_err();
    assert_eq!(
        unresolved.to_string(),
        "`${uri}` is not known: `files.0.uri` was absent"
    );
}

#[test]
fn what_passes_while_a_call_is_answered_does_not_close_the_window_that_it_opened() {
    let never = Statement::Request(Box::new(wanted("POST /registry/register").into()));
    let mut expectation = expect(never, &["REG-001"]);
    let mut until = Box::new(wanted("POST /registry/heartbeat"));
    until.count = Count {
        at_least: 2,
        at_most: None,
    };
    expectation.mode = Mode::Never { until };
    let plan = plan(vec![
        start(),
        call(answered(200, &[])),
        Action::Expect(expectation),
    ]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    journal.heartbeat(&[]);
    journal.heartbeat(&[]);
    let register = journal.register(&[], 200, "{}");
    journal.end(1, StepEnd::Done);
    journal.begin(2);
    assert_eq!(progress(&plan, 2, &journal.events), Progress::Violated);
    journal.end(2, StepEnd::Done);
    let judged = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    let finding = judged
        .findings
        .iter()
        .find(|finding| finding.status == Verdict::Fail)
        .unwrap();
    assert_eq!(finding.witness, [register]);
}
