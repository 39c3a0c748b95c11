//! Decisions, and what outweighs what.

use scenario::judge::Waived;

use super::super::comparing::Regression;
use super::super::testing::{finding, merged, result, scenario, suite, waiver};
use super::*;
use crate::report::ResultDocument;
use crate::runner::Survey;

fn decided(
    result: ResultDocument,
    comparison: Option<&Comparison>,
    today: &str,
) -> Result<Decision, MergeError> {
    let (plans, catalogue) = suite();
    let question = Question {
        plans: &plans,
        catalogue: &catalogue,
        digest: "cafe",
        profile: None,
        revision: None,
        today,
    };
    decide(&merged(result), &question, comparison)
}

fn on_a_day(result: ResultDocument) -> (Exit, String) {
    let decision = decided(result, None, "2027-01-31").unwrap();
    (decision.exit(), decision.sentence())
}

fn with(verdict: Verdict) -> ResultDocument {
    result(vec![scenario(
        "area/one",
        vec![finding("REG-001", verdict)],
    )])
}

#[test]
fn a_complete_run_in_which_everything_holds_is_releasable() {
    let (exit, sentence) = on_a_day(with(Verdict::Pass));
    assert_eq!(exit, Exit::Conformant);
    assert_eq!(
        sentence,
        "releasable: all 1 scenarios that apply to container/r2+ were judged, and 1 of 1 requirements are kept"
    );
}

#[test]
fn what_a_platform_does_not_offer_is_not_said_to_be_judged() {
    let other = scenario("area/other", vec![finding("REG-001", Verdict::Pass)]);
    let (exit, sentence) = on_a_day(result(vec![scenario("area/one", Vec::new()), other]));
    assert_eq!(exit, Exit::Conformant);
    assert!(
        sentence.starts_with(
            "releasable: 0 of 1 scenarios that apply to container/r2+ were judged (the platform does not offer"
        ),
        "{sentence}"
    );
}

#[test]
fn the_sentence_names_the_requirement_that_decided() {
    let (exit, sentence) = on_a_day(with(Verdict::Fail));
    assert_eq!(exit, Exit::NotConformant);
    assert_eq!(
        sentence,
        "not releasable: REG-001 (MUST) is violated in area/one step-02: expected this, seen that"
    );
}

#[test]
fn what_is_missing_or_undecided_is_incomplete() {
    for verdict in [Verdict::Inconclusive, Verdict::Untestable] {
        let mut result = with(verdict);
        result.scenarios.push(scenario(
            "area/other",
            vec![finding("REG-001", Verdict::Pass)],
        ));
        let (exit, sentence) = on_a_day(result);
        assert_eq!(exit, Exit::Incomplete);
        assert_eq!(
            sentence,
            format!("not releasable: area/one is {}: a reason", verdict.name())
        );
    }
    let other = result(vec![scenario(
        "area/other",
        vec![finding("REG-001", Verdict::Pass)],
    )]);
    let (exit, sentence) = on_a_day(other);
    assert_eq!(exit, Exit::Incomplete);
    assert!(sentence.ends_with(
        "1 of the 1 scenarios that apply to container/r2+ are not in the results: area/one"
    ));
    let (exit, sentence) = on_a_day(result(vec![]));
    assert_eq!(exit, Exit::Incomplete);
    assert!(
        sentence.starts_with("not releasable: nothing was judged"),
        "{sentence}"
    );
    let mut all_waived = with(Verdict::Warn);
    all_waived.scenarios[0].findings[0].waived = Some(Waived::Expected);
    assert_eq!(on_a_day(all_waived).0, Exit::Incomplete);
    let mut interrupted = with(Verdict::Pass);
    interrupted.interrupted = true;
    assert_eq!(on_a_day(interrupted).0, Exit::Incomplete);
}

#[test]
fn a_violation_in_an_incomplete_run_is_still_one() {
    let mut result = with(Verdict::Fail);
    result.interrupted = true;
    result
        .waivers
        .push(waiver(Waived::Expected, "REG-002", 1, 0));
    let decision = decided(result, None, "2027-01-31").unwrap();
    let grounds: Vec<Ground> = decision.causes.iter().map(|cause| cause.ground).collect();
    assert_eq!(
        grounds,
        [Ground::Violated, Ground::Incomplete, Ground::Waiver]
    );
    assert_eq!(decision.exit(), Exit::NotConformant);
}

#[test]
fn waivers_are_looked_at_again_on_the_day_of_the_decision() {
    let waived = |kind, judged, covered| {
        let mut result = with(Verdict::Warn);
        result.scenarios[0].findings[0].waived = Some(kind);
        result.scenarios[0]
            .findings
            .push(finding("REG-002", Verdict::Pass));
        result
            .waivers
            .push(waiver(kind, "REG-001", judged, covered));
        result
    };
    let exit = |result: ResultDocument, today: &str| decided(result, None, today).unwrap().exit();
    assert_eq!(
        exit(waived(Waived::Expected, 1, 1), "2027-01-31"),
        Exit::Conformant
    );
    assert_eq!(
        exit(waived(Waived::Expected, 1, 1), "2027-02-01"),
        Exit::StaleWaiver
    );
    assert_eq!(
        exit(waived(Waived::Expected, 1, 0), "2027-01-31"),
        Exit::StaleWaiver
    );
    assert_eq!(
        exit(waived(Waived::Flaky, 1, 0), "2027-01-31"),
        Exit::Conformant
    );
    assert_eq!(
        exit(waived(Waived::Flaky, 1, 0), "2027-02-01"),
        Exit::StaleWaiver
    );
}

#[test]
fn a_regression_stands_against_a_release_even_where_it_is_no_violation() {
    let comparison = Comparison {
        regressions: vec![Regression {
            requirement: RequirementId::new("REG-009"),
            sentence: "REG-009 was kept then".into(),
        }],
        ..Comparison::default()
    };
    let decision = decided(with(Verdict::Pass), Some(&comparison), "2027-01-31").unwrap();
    assert_eq!(decision.exit(), Exit::NotConformant);
    assert_eq!(decision.sentence(), "not releasable: REG-009 was kept then");
}

#[test]
fn another_suite_or_other_terms_are_refused() {
    let (plans, catalogue) = suite();
    let question = Question {
        plans: &plans,
        catalogue: &catalogue,
        digest: "beef",
        profile: Some(Profile::Cli),
        revision: Some(Revision::R2),
        today: "2027-01-31",
    };
    let run = merged(with(Verdict::Pass));
    assert!(matches!(
        decide(&run, &question, None),
        Err(MergeError::OtherSuite { .. })
    ));
    let question = Question {
        digest: "cafe",
        ..question
    };
    assert!(matches!(
        decide(&run, &question, None),
        Err(MergeError::OtherTerms {
            what: "profile",
            ..
        })
    ));
    let question = Question {
        profile: None,
        ..question
    };
    assert!(matches!(
        decide(&run, &question, None),
        Err(MergeError::OtherTerms {
            what: "revision",
            ..
        })
    ));
}

#[test]
fn a_scenario_with_crash_points_is_there_with_all_of_them() {
    let (mut plans, _) = suite();
    let plan = plans.remove(0);
    let mut run = merged(result(vec![scenario(
        "area/one[01-rename]",
        vec![finding("REG-001", Verdict::Pass)],
    )]));
    assert!(!is_present(&run, &plan));
    let points = vec!["area/one[01-rename]".into()];
    run.surveys.push(Survey {
        scenario: "area/one".into(),
        points,
        is_whole: false,
    });
    assert!(!is_present(&run, &plan));
    run.surveys[0].is_whole = true;
    assert!(is_present(&run, &plan));
    run.surveys[0].points.push("area/one[02-rename]".into());
    assert!(!is_present(&run, &plan));
}
