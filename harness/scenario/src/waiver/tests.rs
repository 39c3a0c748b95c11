//! What waivers cover, and when they must go.

use super::{Staleness, WaiverLedger, Waivers, parse};
use crate::judge::testing::{Journal, catalogue, expect, plan, start, wanted};
use crate::judge::{Blame, Judgement, Terms, Verdict, Waived, judge};
use crate::plan::{Action, Plan, Statement};
use crate::source::Source;

fn registering(cites: &str) -> Plan {
    let statement = Statement::Request(Box::new(wanted("POST /registry/register").into()));
    plan(vec![start(), Action::Expect(expect(statement, &[cites]))])
}

fn judged(plan: &Plan, registers: bool) -> Judgement {
    let mut journal = Journal::new();
    journal.begin(0);
    if registers {
        journal.register(&[], 200, "{}");
    }
    journal.done(0);
    journal.begin(1);
    journal.done(1);
    judge(plan, &catalogue(), &journal.events, &Terms::default())
}

fn read(lines: &str) -> Result<Waivers, Vec<String>> {
    let text = if lines.starts_with("flaky:") {
        lines.to_owned()
    } else {
        format!("waivers:\n{lines}")
    };
    let known = registering("REG-001");
    parse(&Source::new("waivers.yaml", text), &catalogue(), &[&known]).map_err(|found| {
        found
            .into_iter()
            .map(|it| format!("{}: {}", it.code, it.message))
            .collect()
    })
}

fn waiver(target: &str, expires: &str, rest: &str) -> String {
    format!(
        "  - {{ {target}, reason: known, owner: ada, issue: \"https://x/1\", expires: {expires}{rest} }}\n"
    )
}

#[test]
fn a_waived_requirement_warns_and_everything_else_stays_as_it_was() {
    let waivers = read(&waiver("requirement: REG-001", "2027-01-31", "")).unwrap();
    let plan = registering("REG-001");
    let mut failing = judged(&plan, false);
    assert_eq!(failing.verdict, Verdict::Fail);
    waivers.apply(&plan.name, &mut failing);
    assert_eq!(failing.verdict, Verdict::Warn);
    let reason = failing.reason.as_deref().unwrap();
    assert!(
        reason.starts_with("step-01 (REG-001): waived until 2027-01-31 by ada: known"),
        "{reason}"
    );
    let mut passing = judged(&plan, true);
    let before = passing.clone();
    waivers.apply(&plan.name, &mut passing);
    assert_eq!(passing, before);
    let other = registering("REG-012");
    let mut failing = judged(&other, false);
    let before = failing.clone();
    waivers.apply(&other.name, &mut failing);
    assert_eq!(failing, before);
}

#[test]
fn a_waived_check_is_that_step_alone() {
    let waivers = read(&waiver("check: area/name step-01", "2027-01-31", "")).unwrap();
    let plan = registering("REG-001");
    let mut failing = judged(&plan, false);
    waivers.apply("area/another", &mut failing);
    assert_eq!(failing.verdict, Verdict::Fail);
    waivers.apply(&plan.name, &mut failing);
    assert_eq!(failing.verdict, Verdict::Warn);
}

#[test]
fn a_whole_scenario_can_be_waived_even_where_it_was_not_played() {
    let waivers = read(&waiver("check: area/name", "2027-01-31", "")).unwrap();
    let plan = registering("REG-001");
    let mut failing = judged(&plan, false);
    waivers.apply("area/name[axis=1]", &mut failing);
    assert_eq!(failing.verdict, Verdict::Warn);
    let reason = Some("needs a tracer".to_owned());
    let mut unplayed = Judgement {
        findings: Vec::new(),
        verdict: Verdict::Inconclusive,
        blame: None,
        reason,
    };
    waivers.apply("area/names", &mut unplayed);
    assert_eq!(unplayed.verdict, Verdict::Inconclusive);
    let mut ours = Judgement {
        blame: Some(Blame::Harness),
        ..unplayed.clone()
    };
    waivers.apply("area/name", &mut unplayed);
    assert_eq!(unplayed.verdict, Verdict::Warn);
    waivers.apply("area/name", &mut ours);
    assert_eq!(ours.verdict, Verdict::Inconclusive);
}

#[test]
fn a_waiver_that_covers_nothing_or_has_run_out_is_told() {
    let plan = registering("REG-001");
    let stale = |text: &str, registers: bool, today: &str| {
        let waivers = read(text).unwrap();
        let mut judgement = judged(&plan, registers);
        waivers.apply(&plan.name, &mut judgement);
        let mut ledger = WaiverLedger::new(waivers, today);
        ledger.note(&plan.name, &judgement);
        ledger
            .entries()
            .filter_map(|entry| entry.staleness(today))
            .collect::<Vec<_>>()
    };
    let steady = waiver("requirement: REG-001", "2027-01-31", "");
    assert_eq!(stale(&steady, false, "2027-01-31"), []);
    assert_eq!(stale(&steady, true, "2027-01-31"), [Staleness::Passes]);
    assert_eq!(stale(&steady, false, "2027-02-01"), [Staleness::Expired]);
    // What was not judged in this run is not stale by it.
    assert_eq!(
        stale(
            &waiver("requirement: REG-012", "2027-01-31", ""),
            true,
            "2027-01-01"
        ),
        []
    );
}

fn flaky(expires: &str) -> Waivers {
    read(&format!(
        "flaky:\n{}",
        waiver("requirement: REG-001", expires, "")
    ))
    .unwrap()
}

#[test]
fn what_fails_now_and_then_is_covered_may_pass_and_ends_on_its_day() {
    let plan = registering("REG-001");
    for registers in [false, true] {
        let mut judgement = judged(&plan, registers);
        let waivers = flaky("2027-01-31");
        waivers.apply(&plan.name, &mut judgement);
        let waived = judgement
            .findings
            .iter()
            .filter_map(|finding| finding.waived)
            .collect::<Vec<_>>();
        assert_eq!(
            waived,
            if registers {
                vec![]
            } else {
                vec![Waived::Flaky]
            }
        );
        for (today, gone) in [
            ("2027-01-31", vec![]),
            ("2027-02-01", vec![Staleness::Expired]),
        ] {
            let mut ledger = WaiverLedger::new(waivers.clone(), today);
            ledger.note(&plan.name, &judgement);
            let stale: Vec<_> = ledger
                .entries()
                .filter_map(|entry| entry.staleness(today))
                .collect();
            assert_eq!(stale, gone);
            let told = ledger
                .sentences()
                .iter()
                .any(|line| line.starts_with("flaky: REG-001 in 1 finding(s)"));
            assert_eq!(told, !registers);
        }
    }
}

#[test]
fn a_draft_is_refused_until_somebody_has_filled_it_in() {
    let refused = |lines: &str| read(lines).unwrap_err();
    let placeholder = ["S050: a draft's placeholder is still here"];
    assert_eq!(
        refused(&waiver(
            "requirement: REG-001",
            "\"FILL IN: the last day\"",
            ""
        )),
        placeholder
    );
    let draft =
        waiver("requirement: REG-001", "2027-01-31", "").replace("ada", "\"FILL IN: who answers\"");
    assert_eq!(refused(&draft), placeholder);
}

#[test]
fn mistakes_in_a_waiver_file_are_named() {
    let mistakes = |text: &str| read(text).unwrap_err();
    assert_eq!(
        mistakes(&waiver("requirement: REG-999", "2027-01-31", "")),
        ["S010: no requirement has the number `REG-999`"]
    );
    assert_eq!(
        mistakes(&waiver("check: area/name step-77", "2027-01-31", "")),
        ["S008: there is no check `area/name step-77`"]
    );
    assert_eq!(
        mistakes(&waiver("check: token-file-whole", "soon", "")),
        ["S050: `soon` is not a day"]
    );
    assert_eq!(
        mistakes(&waiver(
            "check: token-file-whole, requirement: REG-001",
            "2027-01-31",
            ""
        )),
        ["S004: a waiver is for one requirement or for one check"]
    );
    let entry = waiver("requirement: REG-001", "2027-01-31", "");
    assert_eq!(
        mistakes(&format!("{entry}flaky:\n{entry}")),
        ["S050: `REG-001` has an entry already"]
    );
    assert_eq!(
        mistakes(&waiver(
            "requirement: REG-001",
            "2027-01-31",
            ", flaky: true"
        )),
        ["S002: unknown key `flaky`"]
    );
    let missing = ["reason", "owner", "issue", "expires"]
        .map(|key| format!("S004: the key `{key}` is missing"));
    assert_eq!(mistakes("  - { requirement: REG-001 }\n"), missing);
    assert!(read(&waiver("check: token-file-whole", "2027-01-31", "")).is_ok());
}
