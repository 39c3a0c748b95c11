//! Processes, printed lines and rows.

use protocol::journal::{Fact, GracefulEnd, PlatformChange, PlatformFact, ProcessChange};

use super::super::Progress;
use super::super::testing::{
    Journal, WORKSPACE, conditions, equals, expect, json, plan, progress, start, template,
};
use crate::plan::{
    Action, Count, LogExpectation, Matcher, Plan, ProcessExpectation, ProcessState, RowExpectation,
    Statement,
};

fn expecting(statement: Statement) -> Plan {
    plan(vec![
        start(),
        Action::Expect(expect(statement, &["REG-001"])),
    ])
}

fn begun() -> Journal {
    let mut journal = Journal::new();
    journal.begin(0);
    journal.started(1);
    journal.end(0, protocol::journal::StepEnd::Done);
    journal.begin(1);
    journal
}

#[test]
fn a_running_process_gives_a_sign_of_life() {
    let plan = expecting(Statement::Process(ProcessExpectation {
        state: ProcessState::Running,
        code: None,
    }));
    let mut journal = begun();
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    journal.log("here I am");
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
    journal.process(
        1,
        ProcessChange::Exited {
            code: Some(1),
            signal: None,
        },
    );
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Violated);
}

#[test]
fn what_the_manifest_says_of_the_end_holds() {
    let stopped = expecting(Statement::Process(ProcessExpectation {
        state: ProcessState::Stopped,
        code: None,
    }));
    for (code, signal, met) in [
        (Some(3), None, true),
        (Some(0), None, true),
        (Some(130), None, true),
        (None, Some(2), true),
        (Some(143), None, false),
        (None, Some(15), false),
    ] {
        let mut journal = begun();
        let Some(Fact::Stage(stage)) = journal.events.first_mut().map(|event| &mut event.fact)
        else {
            panic!()
        };
        stage.graceful_end = GracefulEnd {
            signal: 2,
            codes: vec![0, 130, 3],
        };
        journal.process(1, ProcessChange::Signalled("INT".into()));
        journal.process(1, ProcessChange::Exited { code, signal });
        let of = if met {
            Progress::Met
        } else {
            Progress::Violated
        };
        assert_eq!(
            progress(&stopped, 1, &journal.events),
            of,
            "{code:?} {signal:?}"
        );
    }
}

#[test]
fn how_a_process_ended_decides() {
    let code = Some(Matcher::Not(Box::new(Matcher::Is(0.into()))));
    let exited = expecting(Statement::Process(ProcessExpectation {
        state: ProcessState::Exited,
        code,
    }));
    let stopped = expecting(Statement::Process(ProcessExpectation {
        state: ProcessState::Stopped,
        code: None,
    }));
    for (signals, code, signal, is_exited, is_stopped) in [
        (vec![], Some(1), None, true, false),
        (vec![], Some(0), None, false, true),
        (vec!["TERM"], Some(0), None, false, true),
        (vec!["TERM"], Some(143), None, false, true),
        (vec!["TERM"], None, Some(15), false, true),
        (vec!["TERM", "KILL"], None, Some(9), false, false),
        (vec!["TERM", "KILL"], Some(0), None, false, false),
        (vec!["TERM"], Some(1), None, false, false),
    ] {
        let mut journal = begun();
        assert_eq!(progress(&exited, 1, &journal.events), Progress::Pending);
        for name in &signals {
            journal.process(1, ProcessChange::Signalled((*name).into()));
        }
        journal.process(1, ProcessChange::Exited { code, signal });
        let of = |met| {
            if met {
                Progress::Met
            } else {
                Progress::Violated
            }
        };
        assert_eq!(
            progress(&exited, 1, &journal.events),
            of(is_exited),
            "{signals:?} {code:?}"
        );
        assert_eq!(
            progress(&stopped, 1, &journal.events),
            of(is_stopped),
            "{signals:?} {code:?}"
        );
    }
}

#[test]
fn a_line_is_looked_for_in_the_window() {
    let line = Matcher::StartsWith(template("refused: ${workspace}"));
    let plan = expecting(Statement::Log(LogExpectation { line }));
    let mut journal = Journal::new();
    journal.log(&format!("refused: {WORKSPACE} too early"));
    journal.done(0);
    journal.begin(1);
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    journal.log(&format!("refused: {WORKSPACE}"));
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
}

#[test]
fn rows_are_counted() {
    let row = RowExpectation {
        fields: conditions([
            ("method", equals("notify")),
            ("response_body.result", Matcher::Present),
        ]),
        count: Count {
            at_least: 2,
            at_most: None,
        },
    };
    let plan = expecting(Statement::Row(row));
    let mut journal = begun();
    journal.platform(PlatformChange::Activity(json(
        r#"{"method":"notify","response_body":{"result":"one"}}"#,
    )));
    journal.platform(PlatformChange::Activity(json(
        r#"{"method":"message/send"}"#,
    )));
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Pending);
    journal.platform(PlatformChange::Activity(json(
        r#"{"method":"notify","response_body":{"result":"two"}}"#,
    )));
    assert_eq!(progress(&plan, 1, &journal.events), Progress::Met);
}

#[test]
fn a_row_of_another_workspace_counts_only_when_it_is_asked_for() {
    let row_with = |fields| {
        expecting(Statement::Row(RowExpectation {
            fields,
            count: Count {
                at_least: 1,
                at_most: None,
            },
        }))
    };
    let mut journal = begun();
    let row = json(r#"{"workspace_id":"ada-id","method":"notify"}"#);
    let change = PlatformChange::Activity(row);
    journal.add(Fact::Platform(PlatformFact {
        workspace: "ada-id".into(),
        change,
    }));
    let own = row_with(conditions([("method", equals("notify"))]));
    assert_eq!(progress(&own, 1, &journal.events), Progress::Pending);
    let of_peer = row_with(conditions([("workspace_id", equals("${peer.ada.id}"))]));
    assert_eq!(progress(&of_peer, 1, &journal.events), Progress::Met);
}
