//! Mistakes of the user: exit 2, the right line, nothing run.

use std::path::Path;

use crate::program::{Ran, run, run_in};

const GOOD: &str = "scenario: mine
title: A subject registers
covers: [REG-002]
steps:
  - start: { until: registered }
  - expect: { request: POST /registry/register, answered: 200, cites: [REG-002] }
";

fn run_scenario(text: &str) -> (Ran, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mine.yaml"), text).unwrap();
    let ran = run_in(directory.path(), &["run", "mine.yaml", "--out", "out"]);
    (ran, directory)
}

fn nothing_ran(directory: &Path) -> bool {
    !directory.join("out").exists()
}

#[test]
fn a_file_named_by_its_path_runs() {
    let (ran, directory) = run_scenario(GOOD);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert!(directory.path().join("out/result.json").exists());
}

#[test]
fn an_unknown_requirement_gets_a_caret_and_nothing_is_run() {
    let (ran, directory) = run_scenario(&GOOD.replace("covers: [REG-002]", "covers: [REG-999]"));
    assert_eq!(ran.code, 2);
    assert!(ran.error.contains("mine.yaml:3:"), "{}", ran.error);
    assert!(
        ran.error.contains("REG-999") && ran.error.contains('^'),
        "{}",
        ran.error
    );
    assert!(ran.out.is_empty() && nothing_ran(directory.path()));
}

#[test]
fn a_misspelt_key_gets_a_caret_and_a_suggestion() {
    let (ran, directory) = run_scenario(&GOOD.replace("answered:", "answerd:"));
    assert_eq!(ran.code, 2);
    assert!(ran.error.contains("mine.yaml:6:"), "{}", ran.error);
    assert!(
        ran.error.contains("did you mean `answered`"),
        "{}",
        ran.error
    );
    assert!(nothing_ran(directory.path()));
}

#[test]
fn a_bad_duration_gets_a_caret() {
    let (ran, directory) =
        run_scenario(&GOOD.replace("until: registered", "until: registered, within: soon"));
    assert_eq!(ran.code, 2);
    assert!(
        ran.error.contains("mine.yaml:5:") && ran.error.contains("soon"),
        "{}",
        ran.error
    );
    assert!(nothing_ran(directory.path()));
}

#[test]
fn an_empty_selection_is_a_mistake_of_the_user() {
    for words in [["run", "no/such*"], ["list", "no/such*"]] {
        let ran = run(&words);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(
            ran.error.contains("`no/such*` selects no scenario"),
            "{}",
            ran.error
        );
    }
}

#[test]
fn unknown_names_on_the_command_line_are_mistakes_of_the_user() {
    for (words, expected) in [
        (
            vec!["run", "--requirement", "REG-999"],
            "there is no requirement `REG-999`",
        ),
        (
            vec!["run", "token/*", "--except", "token/*"],
            "no scenario is selected",
        ),
        (
            vec!["run", "token/*", "edge/orign-on-heartbeats"],
            "`edge/orign-on-heartbeats` selects no scenario; did you mean `edge/origin-on-heartbeats`?",
        ),
        (
            vec!["run", "--area", "nowhere"],
            "there is no area `nowhere`",
        ),
        (vec!["run", "--defect", "no-such-defect"], "no-such-defect"),
        (
            vec!["run", "--subject-command", "/no/such/program"],
            "cannot find the program `/no/such/program`",
        ),
        (
            vec!["run", "--profile", "toaster"],
            "unknown profile `toaster`",
        ),
        (
            vec!["run", "--heartbeat", "30"],
            "a duration is a whole number and a unit",
        ),
        (vec!["run", "missing.yaml"], "missing.yaml"),
        (
            vec!["run", "--scenarios", "/no/such/directory"],
            "/no/such/directory",
        ),
        (vec!["frobnicate"], "unrecognized subcommand"),
    ] {
        let ran = run(&words);
        assert_eq!(ran.code, 2, "{words:?}: {}{}", ran.out, ran.error);
        assert!(ran.error.contains(expected), "{words:?}: {}", ran.error);
        assert!(ran.out.is_empty(), "{words:?} printed: {}", ran.out);
    }
}
