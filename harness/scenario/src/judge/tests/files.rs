//! The state of paths.

use protocol::journal::{Event, FileKind, PlatformChange, StepEnd};

use super::super::testing::{Journal, catalogue, equals, expect, goes_on, plan, progress, start};
use super::super::{Progress, Terms, Verdict, judge};
use crate::plan::{Action, FileExpectation, Plan, Statement};

const TOKEN: &str = "configs/.auth_token";

fn file() -> FileExpectation {
    FileExpectation {
        path: TOKEN.into(),
        absent: false,
        kind: None,
        mode: None,
        content: None,
        size: None,
        unchanged: false,
        before: None,
    }
}

fn expecting(file: FileExpectation) -> Plan {
    plan(vec![
        start(),
        Action::Expect(expect(Statement::File(Box::new(file)), &["REG-001"])),
    ])
}

fn begun(before: impl FnOnce(&mut Journal)) -> Journal {
    let mut journal = Journal::new();
    before(&mut journal);
    journal.done(0);
    journal.begin(1);
    journal
}

fn state(plan: &Plan, events: &[Event]) -> Progress {
    progress(plan, 1, events)
}

#[test]
fn the_last_state_counts_whoever_brought_it_about() {
    let plan = expecting(FileExpectation {
        kind: Some(FileKind::File),
        mode: Some(0o600),
        content: Some(equals("${auth_token}")),
        size: Some(15),
        ..file()
    });
    let mut journal = begun(|journal| {
        journal.platform(PlatformChange::TokenIssued("«auth-token-1»".into()));
    });
    assert_eq!(state(&plan, &journal.events), Progress::Pending);
    journal.file(TOKEN, 0o644, 1, "«auth-token-1»", false);
    assert_eq!(state(&plan, &journal.events), Progress::Pending);
    journal.file("./configs/.auth_token", 0o600, 1, "«auth-token-1»", false);
    let size = "«auth-token-1»".len() as u64;
    let mut exact = plan.clone();
    let Action::Expect(expectation) = &mut exact.steps[1].action else {
        panic!("no expectation")
    };
    let Statement::File(wanted) = &mut expectation.statement else {
        panic!("no file")
    };
    wanted.size = Some(size);
    assert_eq!(state(&exact, &journal.events), Progress::Met);
    journal.gone(TOKEN);
    assert_eq!(state(&exact, &journal.events), Progress::Pending);
}

#[test]
fn a_mismatch_fails_with_its_difference_and_the_scenario_goes_on() {
    let plan = expecting(FileExpectation {
        mode: Some(0o600),
        ..file()
    });
    let mut journal = begun(|_| {});
    let seen = journal.file(TOKEN, 0o644, 1, "x", false);
    journal.end(1, StepEnd::DeadlinePassed(1));
    let judgement = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    let finding = &judgement.findings[0];
    assert_eq!(
        (finding.status, finding.around),
        (Verdict::Fail, Some(seen))
    );
    assert_eq!(finding.expected, "`configs/.auth_token` with mode 0600");
    assert_eq!(finding.seen, "`mode` was 0644");
    assert!(goes_on(&plan, 1, &journal.events));
}

#[test]
fn absence_is_believed_only_if_somebody_watched() {
    let plan = expecting(FileExpectation {
        absent: true,
        ..file()
    });
    let mut journal = begun(|_| {});
    assert_eq!(state(&plan, &journal.events), Progress::Met);
    journal.file(TOKEN, 0o600, 1, "x", false);
    assert_eq!(state(&plan, &journal.events), Progress::Pending);
    journal.gone(TOKEN);
    assert_eq!(state(&plan, &journal.events), Progress::Met);
    let unwatched: Vec<Event> = journal
        .events
        .iter()
        .filter(|event| event.seq == 3)
        .cloned()
        .collect();
    assert_eq!(state(&plan, &unwatched), Progress::Pending);
}

#[test]
fn unchanged_compares_with_the_opening_of_the_window() {
    let plan = expecting(FileExpectation {
        unchanged: true,
        ..file()
    });
    let mut journal = begun(|_| {});
    assert_eq!(
        state(&plan, &journal.events),
        Progress::Pending,
        "it is not even there"
    );
    let mut journal_with_file = begun(|journal| {
        journal.file(TOKEN, 0o600, 1, "x", false);
    });
    assert_eq!(state(&plan, &journal_with_file.events), Progress::Met);
    journal_with_file.file(TOKEN, 0o600, 1, "x", false);
    assert_eq!(
        state(&plan, &journal_with_file.events),
        Progress::Violated,
        "another modification time"
    );
    journal.file(TOKEN, 0o600, 1, "planted", true);
    assert_eq!(
        state(&plan, &journal.events),
        Progress::Met,
        "the harness's own doing is the baseline"
    );
}

#[test]
fn a_directory_holds_only_what_its_globs_name() {
    let statement = Statement::Directory {
        path: "configs".into(),
        holds_only: vec![".auth_token".into(), "*.yaml".into()],
    };
    let plan = plan(vec![
        start(),
        Action::Expect(expect(statement, &["REG-001"])),
    ]);
    let mut journal = begun(|_| {});
    journal.file(TOKEN, 0o600, 1, "x", false);
    journal.file("configs/config.yaml", 0o644, 2, "x", true);
    journal.file("configs/deep/er", 0o644, 3, "x", false);
    journal.file("elsewhere", 0o644, 4, "x", false);
    assert_eq!(state(&plan, &journal.events), Progress::Met);
    journal.file("configs/.auth_token.tmp", 0o600, 5, "x", false);
    assert_eq!(state(&plan, &journal.events), Progress::Pending);
    journal.gone("configs/.auth_token.tmp");
    assert_eq!(state(&plan, &journal.events), Progress::Met);
}
