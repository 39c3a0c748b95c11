//! No journal, however broken, makes the judge panic.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use protocol::RequirementId;
use protocol::journal::{
    Answerer, Event, Fact, HarnessFailure, Outcome, Party, PlatformChange, ProcessChange, StepEnd,
};
use serde_json::json;

use super::super::testing::{
    Journal, catalogue, conditions, equals, expect, expect_request, goes_on, plan, progress,
    resolve, start, template, wanted,
};
use super::super::{Index, Progress, Record, Terms, Verdict, judge};
use crate::plan::{
    Act, Action, Answered, Call, CallBody, Count, Deliver, FileExpectation, Gaps, LogExpectation,
    Manner, Matcher, Mode, Part, Plan, ProcessExpectation, ProcessState, Receiver,
    RequestStatement, RowExpectation, Statement, Tell,
};

fn busy_plan() -> Plan {
    let mut register = wanted("POST /registry/register");
    register.headers = conditions([("authorization", equals("Bearer ${auth_token}"))]);
    register.answered = vec![200];
    register.answer = conditions([("status", Matcher::Present)]);
    let mut many = wanted("* /**");
    many.count = Count {
        at_least: 2,
        at_most: Some(3),
    };
    let mut many = RequestStatement::from(many);
    many.gaps = Some(Gaps {
        at_least: Some(Duration::from_millis(1)),
        at_most: None,
        growing: true,
    });
    let mut kept = RequestStatement::from(wanted("POST /registry/*"));
    kept.capture.insert("id".into(), "body.id".into());
    let mut kept = expect(Statement::Request(Box::new(kept)), &[]);
    kept.since = Some("label-3".into());
    let mut never = expect(
        Statement::Request(Box::new(wanted("GET /${id}").into())),
        &["REG-012"],
    );
    never.mode = Mode::Never {
        until: Box::new(wanted("POST /registry/heartbeat")),
    };
    let mut always = expect(
        Statement::Log(LogExpectation {
            line: Matcher::Present,
        }),
        &["WAF-001"],
    );
    always.mode = Mode::Always { until: None };
    let file = FileExpectation {
        path: "configs/.auth_token".into(),
        absent: false,
        kind: None,
        mode: Some(0o600),
        content: Some(equals("${auth_token.previous}")),
        size: None,
        unchanged: true,
        before: None,
    };
    let directory = Statement::Directory {
        path: "configs".into(),
        holds_only: vec!["*".into()],
    };
    let row = RowExpectation {
        fields: conditions([("a", Matcher::Is(json!(1)))]),
        count: Count {
            at_least: 1,
            at_most: None,
        },
    };
    let answered = Answered {
        status: vec![200],
        body: conditions([("", Matcher::Present)]),
        cites: vec![RequirementId::new("REG-001")],
        capture: BTreeMap::from([("uri".to_owned(), "0.uri".to_owned())]),
        ..Answered::default()
    };
    let call = Call {
        to: Receiver::Subject,
        method: "GET".into(),
        path: template("/${uri}"),
        body: CallBody::Empty,
        manner: Manner {
            background: true,
            ..Manner::default()
        },
        answered: answered.clone(),
    };
    let tell = Tell {
        text: template("x"),
        part: Part::Kind,
        deliver: Deliver::Platform,
        from: None,
        within: None,
        background: false,
        reply: Some(equals("${uri}")),
        answered,
    };
    plan(vec![
        start(),
        expect_request(register, &["REG-001"]),
        expect_request(many, &["REG-012", "A2A-010"]),
        Action::Act(Act::Call(Box::new(call))),
        Action::Expect(kept),
        Action::Expect(never),
        Action::Expect(always),
        Action::Expect(expect(Statement::File(Box::new(file)), &["REG-001"])),
        Action::Expect(expect(directory, &["REG-001"])),
        Action::Expect(expect(Statement::Row(row), &["REG-001"])),
        Action::Expect(expect(
            Statement::Process(ProcessExpectation {
                state: ProcessState::Running,
                code: None,
            }),
            &["REG-001"],
        )),
        Action::Expect(expect(
            Statement::Process(ProcessExpectation {
                state: ProcessState::Stopped,
                code: None,
            }),
            &["REG-001"],
        )),
        Action::Act(Act::Tell(Box::new(tell))),
    ])
}

/// A journal in which a little of everything happens.
fn busy_journal() -> Vec<Event> {
    let mut journal = Journal::new();
    journal.platform(PlatformChange::SecretSet("«inbound-secret-1»".into()));
    for index in 0..13 {
        journal.begin(index);
        journal.started(u32::try_from(index).unwrap());
        journal.platform(PlatformChange::TokenIssued(format!("«auth-token-{index}»")));
        journal.platform(PlatformChange::Activity(json!({"a": index})));
        journal.register(
            &[("authorization", "Bearer «auth-token-1»")],
            200,
            r#"{"status":"registered","auth_token":"x"}"#,
        );
        journal.heartbeat(&[("origin", "http://127.0.0.1:4000")]);
        journal.sent("POST /workspaces/w/a2a", &[], "{", 401, "");
        journal.sent(
            "POST /workspaces//notify?q=%F0%9",
            &[],
            r#"{"message":""}"#,
            200,
            "",
        );
        let exchange = journal.request(Party::Harness, Party::Subject, "GET /x", &[], "");
        journal.answer(exchange, Answerer::Subject, 302, r#"[{"uri":"x"}]"#);
        let exchange =
            journal.request(Party::Subject, Party::Peer, "POST /", &[], "«auth-token-1»");
        journal.broken(exchange, Outcome::Reset);
        journal.log("line «auth-token-1:first-12»");
        journal.file("configs/.auth_token", 0o644, 7, "x", index % 2 == 0);
        journal.gone("configs/.auth_token");
        journal.process(
            u32::try_from(index).unwrap(),
            ProcessChange::Signalled("TERM".into()),
        );
        journal.process(
            u32::try_from(index).unwrap(),
            ProcessChange::Exited {
                code: None,
                signal: Some(15),
            },
        );
        let end = match index % 4 {
            0 => StepEnd::Done,
            1 => StepEnd::DeadlinePassed(1),
            2 => StepEnd::SubjectRefused("no".into()),
            _ => StepEnd::HarnessFailed(HarnessFailure::ours("no")),
        };
        journal.end(index, end);
    }
    journal.add(Fact::Trouble("trouble".into()));
    journal.events
}

#[test]
fn a_busy_journal_gives_every_kind_of_verdict_its_place() {
    let plan = busy_plan();
    let judgement = judge(&plan, &catalogue(), &busy_journal(), &Terms::default());
    assert_eq!(judgement.verdict, Verdict::Fail);
    assert!(
        judgement.findings.len() > 20,
        "{}",
        judgement.findings.len()
    );
    let again = judge(&plan, &catalogue(), &busy_journal(), &Terms::default());
    assert_eq!(judgement, again, "judging twice gives the same");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_journal_makes_the_judge_panic(
        picked in prop::collection::vec(any::<prop::sample::Index>(), 0..260),
        times in prop::collection::vec(any::<u64>(), 0..40),
        renumber in any::<bool>(),
    ) {
        let source = busy_journal();
        let mut events: Vec<Event> = picked.iter().map(|index| index.get(&source).clone()).collect();
        for (event, time) in events.iter_mut().zip(&times) {
            event.at_us = *time;
            if renumber {
                event.seq = *time;
            }
        }
        let plan = busy_plan();
        let judgement = judge(&plan, &catalogue(), &events, &Terms::default());
        prop_assert_eq!(judgement.verdict == Verdict::Pass, judgement.reason.is_none());
        for step in 0..=plan.steps.len() {
            let _ = progress(&plan, step, &events);
            let _ = goes_on(&plan, step, &events);
        }
        let _ = resolve(&template("${id} ${uri} ${auth_token}"), &plan, &events);
        for finding in &judgement.findings {
            prop_assert!(finding.status != Verdict::Pass || !finding.witness.is_empty(), "{:?}", finding);
            prop_assert!(!finding.expected.is_empty() && !finding.seen.is_empty(), "{:?}", finding);
        }
    }

    #[test]
    fn what_a_journal_grows_by_later_changes_nothing_of_its_beginning(
        picked in prop::collection::vec(any::<prop::sample::Index>(), 0..260),
        cut in any::<prop::sample::Index>(),
    ) {
        let source = busy_journal();
        let events: Vec<Event> = (0..)
            .zip(&picked)
            .map(|(seq, index)| Event { seq, at_us: seq * 1000, ..index.get(&source).clone() })
            .collect();
        let beginning = &events[..cut.index(events.len() + 1)];
        let plan = busy_plan();
        let whole = Index::of(&events);
        for step in 0..plan.steps.len() {
            let seen = super::super::progress(&plan, step, Record::new(beginning, &whole));
            prop_assert_eq!(seen, progress(&plan, step, beginning), "step {}", step);
        }
    }

    #[test]
    fn a_cut_journal_never_turns_a_violation_of_a_bounded_statement_back(cut in 0_usize..200) {
        let mut never = expect(Statement::Request(Box::new(wanted("POST /registry/register").into())), &["REG-001"]);
        never.mode = Mode::Never { until: Box::new(wanted("GET /end")) };
        let plan = plan(vec![start(), Action::Expect(never)]);
        let mut journal = Journal::new();
        journal.done(0);
        journal.begin(1);
        for _ in 0..60 {
            journal.heartbeat(&[]);
        }
        let broken = usize::try_from(journal.register(&[], 200, "{}")).unwrap();
        for _ in 0..20 {
            journal.heartbeat(&[]);
        }
        let events = &journal.events[..cut.min(journal.events.len())];
        let expected = if cut > broken { Progress::Violated } else { Progress::Pending };
        prop_assert_eq!(progress(&plan, 1, events), expected);
    }
}
