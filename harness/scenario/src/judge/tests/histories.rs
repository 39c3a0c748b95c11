//! Every state that a file had.

use protocol::journal::{
    BlindFact, DiskCallClass, DiskCause, DiskFact, DiskObserverKind, Fact, FaultChange, FaultFact,
    FaultKind, FileState, Hidden,
};

use super::super::testing::{Journal, catalogue, expect, plan, start};
use super::super::{Judgement, Terms, Verdict, crash_points, judge};
use crate::plan::{Action, HistoryExpectation, KnownContent, Plan, Statement, WayOfChange};

const TOKEN: &str = "configs/.auth_token";
const TEMPORARY: &str = "configs/.auth_token.tmp";
const ISSUED: &str = "«auth-token-1»";

fn history() -> HistoryExpectation {
    HistoryExpectation {
        path: TOKEN.into(),
        private_from_birth: false,
        content_always: None,
        changed_only_by: None,
        synced_before_rename: false,
    }
}

fn private() -> HistoryExpectation {
    HistoryExpectation {
        private_from_birth: true,
        ..history()
    }
}

fn whole() -> HistoryExpectation {
    let known = vec![
        KnownContent::Absent,
        KnownContent::Previous,
        KnownContent::Issued,
    ];
    HistoryExpectation {
        content_always: Some(known),
        ..history()
    }
}

fn by_rename() -> HistoryExpectation {
    HistoryExpectation {
        changed_only_by: Some(WayOfChange::Rename),
        ..history()
    }
}

fn synced() -> HistoryExpectation {
    HistoryExpectation {
        synced_before_rename: true,
        ..history()
    }
}

fn expecting(history: HistoryExpectation, cites: &[&str]) -> Plan {
    plan(vec![
        start(),
        Action::Expect(expect(Statement::History(Box::new(history)), cites)),
    ])
}

/// What the expectation comes to over a journal written between the start and its end.
fn judged(history: HistoryExpectation, write: impl FnOnce(&mut Journal)) -> Judgement {
    judged_by(DiskObserverKind::Trace, history, write)
}

fn judged_by(
    kind: DiskObserverKind,
    history: HistoryExpectation,
    write: impl FnOnce(&mut Journal),
) -> Judgement {
    played(kind, &expecting(history, &["REG-001"]), write)
}

fn played(kind: DiskObserverKind, plan: &Plan, write: impl FnOnce(&mut Journal)) -> Judgement {
    let mut journal = Journal::new();
    journal.begin(0);
    journal.started(1);
    write(&mut journal);
    journal.done(0);
    journal.begin(1);
    journal.done(1);
    let journal = journal.observed_by(kind);
    judge(plan, &catalogue(), &journal.events, &Terms::default())
}

/// The finding about the expectation, rules aside.
fn status(judgement: &Judgement) -> Verdict {
    judgement
        .findings
        .iter()
        .find(|finding| finding.check == "step-01")
        .unwrap()
        .status
}

fn good(journal: &mut Journal) {
    journal.called(DiskCallClass::Open, TEMPORARY, 0o600, 5, "");
    journal.called(DiskCallClass::Write, TEMPORARY, 0o600, 5, ISSUED);
    journal.called(DiskCallClass::Sync, TEMPORARY, 0o600, 5, ISSUED);
    journal.renamed(TEMPORARY, TOKEN, 5, ISSUED);
}

fn in_place(journal: &mut Journal) {
    journal.file(TOKEN, 0o600, 4, "old", true);
    journal.called(DiskCallClass::Open, TOKEN, 0o600, 4, "");
    journal.called(DiskCallClass::Write, TOKEN, 0o600, 4, ISSUED);
}

fn narrowed_late(journal: &mut Journal) {
    journal.called(DiskCallClass::Open, TOKEN, 0o644, 4, "");
    journal.called(DiskCallClass::Write, TOKEN, 0o644, 4, ISSUED);
    journal.called(DiskCallClass::Chmod, TOKEN, 0o600, 4, ISSUED);
}

fn wide_temporary(journal: &mut Journal) {
    journal.called(DiskCallClass::Open, TEMPORARY, 0o644, 5, "");
    journal.called(DiskCallClass::Write, TEMPORARY, 0o644, 5, ISSUED);
    journal.called(DiskCallClass::Chmod, TEMPORARY, 0o600, 5, ISSUED);
    journal.renamed(TEMPORARY, TOKEN, 5, ISSUED);
}

#[test]
fn each_known_writer_breaks_what_it_breaks() {
    type Write = fn(&mut Journal);
    let table: [(Write, [Verdict; 3]); 4] = [
        (good, [Verdict::Pass, Verdict::Pass, Verdict::Pass]),
        (in_place, [Verdict::Pass, Verdict::Fail, Verdict::Fail]),
        (narrowed_late, [Verdict::Fail, Verdict::Fail, Verdict::Fail]),
        (
            wide_temporary,
            [Verdict::Fail, Verdict::Pass, Verdict::Pass],
        ),
    ];
    for (number, (write, verdicts)) in table.into_iter().enumerate() {
        let seen = [private(), whole(), by_rename()].map(|history| status(&judged(history, write)));
        assert_eq!(seen, verdicts, "writer {number}");
    }
}

#[test]
fn nothing_written_is_nothing_seen() {
    let judgement = judged(private(), |_| {});
    assert_eq!(status(&judgement), Verdict::Fail);
    assert!(judgement.reason.unwrap().contains("was not written"));
}

#[test]
fn weaker_observers_condemn_what_they_saw_and_leave_the_rest_undecided() {
    for kind in [DiskObserverKind::Notify, DiskObserverKind::Stat] {
        assert_eq!(
            status(&judged_by(kind, private(), good)),
            Verdict::Inconclusive
        );
        assert_eq!(
            status(&judged_by(kind, whole(), good)),
            Verdict::Inconclusive
        );
        assert_eq!(
            status(&judged_by(kind, private(), narrowed_late)),
            Verdict::Fail
        );
        assert_eq!(status(&judged_by(kind, whole(), in_place)), Verdict::Fail);
    }
    let noticed = |journal: &mut Journal| {
        journal.renamed(TEMPORARY, TOKEN, 5, ISSUED);
    };
    assert_eq!(
        status(&judged_by(DiskObserverKind::Notify, by_rename(), noticed)),
        Verdict::Pass
    );
    let found = |journal: &mut Journal| {
        journal.file(TOKEN, 0o600, 5, ISSUED, false);
    };
    assert_eq!(
        status(&judged_by(DiskObserverKind::Stat, by_rename(), found)),
        Verdict::Inconclusive
    );
}

#[test]
fn blindness_and_strangers_take_the_pass_away_where_they_matter() {
    let blind = |hidden, path: Option<&str>| {
        let path = path.map(str::to_owned);
        move |journal: &mut Journal| {
            journal.add(Fact::Blind(BlindFact {
                boot: 1,
                why: "a mapping".into(),
                hidden,
                path,
            }));
            good(journal);
        }
    };
    assert_eq!(
        status(&judged(whole(), blind(Hidden::Calls, None))),
        Verdict::Inconclusive
    );
    assert_eq!(
        status(&judged(whole(), blind(Hidden::Calls, Some(TOKEN)))),
        Verdict::Inconclusive
    );
    assert_eq!(
        status(&judged(whole(), blind(Hidden::Calls, Some("home/cache")))),
        Verdict::Pass
    );
    assert_eq!(
        status(&judged(whole(), blind(Hidden::Outsiders, None))),
        Verdict::Pass
    );
    assert_eq!(
        status(&judged(whole(), blind(Hidden::Nothing, None))),
        Verdict::Pass
    );
    let stranger = |journal: &mut Journal| {
        good(journal);
        let state = FileState::Absent;
        journal.add(Fact::Disk(DiskFact {
            path: TOKEN.into(),
            state,
            cause: DiskCause::External,
        }));
    };
    assert_eq!(status(&judged(whole(), stranger)), Verdict::Inconclusive);
}

#[test]
fn a_planted_file_counts_once_a_credential_is_in_it_and_a_number_given_again_is_another_file() {
    let planted = |journal: &mut Journal| {
        journal.file(TEMPORARY, 0o644, 9, "stale", true);
        good(journal);
    };
    assert_eq!(status(&judged(private(), planted)), Verdict::Pass);
    let reused = |journal: &mut Journal| {
        journal.file(TEMPORARY, 0o644, 9, "stale", true);
        journal.called(DiskCallClass::Open, TEMPORARY, 0o644, 9, "");
        journal.called(DiskCallClass::Write, TEMPORARY, 0o644, 9, ISSUED);
        journal.renamed(TEMPORARY, TOKEN, 9, ISSUED);
    };
    assert_eq!(status(&judged(private(), reused)), Verdict::Fail);
    let given_again = |journal: &mut Journal| {
        good(journal);
        journal.gone(TOKEN);
        journal.called(DiskCallClass::Open, "workspace/note", 0o644, 5, "public");
        journal.called(DiskCallClass::Open, TOKEN, 0o600, 6, ISSUED);
    };
    assert_eq!(status(&judged(private(), given_again)), Verdict::Pass);
}

#[test]
fn what_was_not_synced_is_advice_and_never_a_failure() {
    let advice = |write: fn(&mut Journal)| {
        let judgement = played(DiskObserverKind::Trace, &expecting(synced(), &[]), write);
        let finding = judgement
            .findings
            .into_iter()
            .find(|finding| finding.check == "step-01");
        finding.map(|finding| finding.status)
    };
    assert_eq!(
        advice(good),
        None,
        "a precondition that holds is not worth a word"
    );
    assert_eq!(
        advice(|journal| {
            journal.called(DiskCallClass::Open, TEMPORARY, 0o600, 5, "");
            journal.called(DiskCallClass::Write, TEMPORARY, 0o600, 5, ISSUED);
            journal.renamed(TEMPORARY, TOKEN, 5, ISSUED);
        }),
        Some(Verdict::Warn)
    );
    let through = |synced: bool| {
        played(
            DiskObserverKind::Trace,
            &expecting(self::synced(), &[]),
            |journal| {
                journal.called(DiskCallClass::Open, TEMPORARY, 0o600, 5, "");
                journal.flagged("O_SYNC");
                if synced {
                    journal.called(DiskCallClass::Sync, TEMPORARY, 0o600, 5, "");
                }
                journal.called(DiskCallClass::Write, TEMPORARY, 0o600, 5, ISSUED);
                journal.renamed(TEMPORARY, TOKEN, 5, ISSUED);
            },
        )
    };
    for synced in [false, true] {
        assert!(
            through(synced)
                .findings
                .iter()
                .all(|finding| finding.status != Verdict::Warn),
            "{synced}"
        );
    }
    // With something that binds it is no mere advice.
    let both = HistoryExpectation {
        private_from_birth: true,
        ..synced()
    };
    let judgement = played(
        DiskObserverKind::Trace,
        &expecting(both, &[]),
        narrowed_late,
    );
    assert_eq!(status(&judgement), Verdict::Untestable);
}

#[test]
fn a_fault_that_never_fires_takes_every_pass_under_it_away() {
    let note = |journal: &mut Journal, what: FaultChange| {
        let fault = FaultFact {
            label: "full".into(),
            kind: FaultKind::Disk,
            what,
            exchange: None,
        };
        journal.add(Fact::Fault(fault));
    };
    let unfired = judged(private(), |journal| {
        note(journal, FaultChange::Set);
        good(journal);
    });
    assert_eq!(
        (status(&unfired), unfired.verdict),
        (Verdict::Inconclusive, Verdict::Inconclusive)
    );
    assert!(unfired.reason.unwrap().contains("never fired"));
    let fired = judged(private(), |journal| {
        note(journal, FaultChange::Set);
        note(journal, FaultChange::Fired);
        good(journal);
    });
    assert_eq!(fired.verdict, Verdict::Pass);
}

#[test]
fn rests_are_told_by_their_names_and_by_what_is_in_them() {
    let status = |name: &str, content: &str| {
        let statement = Statement::NoLeftovers {
            path: "configs".into(),
        };
        let plan = plan(vec![
            start(),
            Action::Expect(expect(statement, &["REG-001"])),
        ]);
        let mut journal = Journal::new();
        journal.begin(0);
        good(&mut journal);
        journal.called(DiskCallClass::Open, name, 0o600, 8, content);
        journal.done(0);
        journal.begin(1);
        journal.done(1);
        judge(&plan, &catalogue(), &journal.events, &Terms::default()).verdict
    };
    for (name, content) in [
        ("configs/.auth_token.0f3a.tmp", ""),
        ("configs/tmpab12", "x"),
        ("configs/backup", ISSUED),
        ("configs/backup", "«auth-token-1:first-12»"),
        ("configs/.platform_inbound_secret~", "x"),
    ] {
        assert_eq!(status(name, content), Verdict::Fail, "{name}");
    }
    for name in [
        "configs/config.yaml",
        "configs/.initial_prompt_done",
        "workspace/x.tmp",
    ] {
        assert_eq!(status(name, "x"), Verdict::Pass, "{name}");
    }
}

#[test]
fn crash_points_are_the_calls_that_took_effect_counted_among_all() {
    let mut journal = Journal::new();
    good(&mut journal);
    let files = vec![TOKEN.to_owned()];
    let names: Vec<(u32, String)> = crash_points(&journal.events, &files)
        .into_iter()
        .map(|point| (point.nth, point.name))
        .collect();
    let name = |text: &str| text.to_owned();
    assert_eq!(
        names,
        [
            (1, name("open-other")),
            (2, name("write-other")),
            (3, name("sync-other")),
            (4, name("rename-.auth_token"))
        ]
    );
    assert!(crash_points(&journal.events, &["workspace/x".to_owned()]).is_empty());
}
