//! Expected failures: covered, stale, expired, mistyped.

use std::fs;

use crate::program::run;

fn with(text: &str, words: &[&str]) -> crate::program::Ran {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waivers.yaml");
    fs::write(&path, format!("waivers:\n{text}")).unwrap();
    let mut all = vec!["run", "token/stored-exactly"];
    all.extend(words);
    all.extend(["--waivers", path.to_str().unwrap()]);
    run(&all)
}

fn waiver(requirement: &str, expires: &str) -> String {
    format!(
        "  - {{ requirement: {requirement}, reason: known, owner: ada, issue: \"#7\", expires: {expires} }}\n"
    )
}

#[test]
fn a_covered_failure_lets_the_run_through() {
    let ran = with(
        &waiver("TOK-002", "9999-12-31"),
        &["--defect", "token-with-newline"],
    );
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out
            .contains("waived: TOK-002 in 1 finding(s), until 9999-12-31 by ada (#7)"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("1 warned"), "{}", ran.out);
}

#[test]
fn a_waiver_that_covers_nothing_any_more_is_told_by_the_exit_code() {
    let ran = with(&waiver("TOK-002", "9999-12-31"), &[]);
    assert_eq!(ran.code, 4, "{}", ran.out);
    assert!(
        ran.out.contains("the waiver of TOK-002 is stale"),
        "{}",
        ran.out
    );
    let ran = with(
        &waiver("TOK-002", "2020-01-01"),
        &["--defect", "token-with-newline"],
    );
    assert_eq!(ran.code, 4, "{}", ran.out);
    assert!(ran.out.contains("expired on 2020-01-01"), "{}", ran.out);
}

#[test]
fn an_unknown_requirement_is_a_mistake_with_a_caret() {
    let ran = with(&waiver("TOK-999", "9999-12-31"), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.error
            .contains("no requirement has the number `TOK-999`")
            && ran.error.contains('^'),
        "{}",
        ran.error
    );
}

#[test]
fn a_failure_that_nothing_covers_fails() {
    let ran = with(
        &waiver("TOK-001", "9999-12-31"),
        &["--defect", "token-with-newline"],
    );
    assert_eq!(ran.code, 1, "{}", ran.out);
}

#[test]
fn what_a_weaker_observer_leaves_undecided_can_be_waived_or_deselected() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waivers.yaml");
    let lines: String = ["disk/token-private-from-birth", "disk/every-crash-point-converges"]
        .map(|check| {
            format!("  - {{ check: {check}, reason: no tracer, owner: ada, issue: \"#8\", expires: 9999-12-31 }}\n")
        })
        .concat();
    fs::write(&path, format!("waivers:\n{lines}")).unwrap();
    let mut words = vec![
        "run",
        "token/stored-exactly",
        "disk/token-private-from-birth",
    ];
    words.extend(["disk/every-crash-point-converges", "--disk", "stat"]);
    let ran = run(&words);
    assert_eq!(ran.code, 3, "{}", ran.out);
    let mut waived = words.clone();
    waived.extend(["--waivers", path.to_str().unwrap()]);
    let ran = run(&waived);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out.contains("1 passed, 0 failed, 3 warned"),
        "{}",
        ran.out
    );
    // Waiving all there is judges nothing.
    let ran = run(&[
        "run",
        "disk/every-crash-point-converges",
        "--disk",
        "stat",
        "--waivers",
        path.to_str().unwrap(),
    ]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    words.extend(["--except", "disk/*"]);
    let ran = run(&words);
    assert_eq!(ran.code, 0, "{}", ran.out);
}
