//! Verbs, filters and exit codes.

use proofmark::exit::Exit;

use crate::program::{run, run_with_result};

#[test]
fn help_names_every_verb_and_every_exit_code() {
    let ran = run(&["--help"]);
    assert_eq!(ran.code, 0);
    for verb in [
        "run", "rejudge", "list", "explain", "lint", "schema", "agent", "platform",
    ] {
        assert!(ran.out.contains(verb), "{verb} is missing:\n{}", ran.out);
    }
    let codes = ran.out.split_once("Exit codes:").unwrap().1;
    for exit in Exit::ALL {
        assert!(
            codes.contains(&exit.number().to_string()),
            "{exit:?} is not documented: {codes}"
        );
    }
}

#[test]
fn readme_documents_every_exit_code() {
    let readme = include_str!("../../../../README.md");
    for exit in Exit::ALL {
        assert!(
            readme.contains(&format!("| {} |", exit.number())),
            "{exit:?}"
        );
    }
}

#[test]
fn list_shows_scenarios_requirements_rules_and_defects() {
    let scenarios = run(&["list"]);
    assert!(scenarios.out.contains("register/first-boot"));
    let requirements = run(&["list", "--requirements"]);
    assert_eq!(requirements.out.lines().count(), 311);
    let defects = run(&["list", "--defects"]);
    assert!(defects.out.lines().count() >= 15);
    assert!(
        run(&["list", "--rules"])
            .out
            .contains("origin-on-every-platform-request")
    );
}

#[test]
fn a_filter_narrows_the_list_by_area_requirement_and_glob() {
    let area = run(&["list", "--area", "gate"]);
    assert!(area.out.lines().all(|line| line.starts_with("gate/")));
    assert!(area.out.lines().count() > 3);
    let requirement = run(&["list", "--requirement", "TOK-002"]);
    assert!(
        requirement.out.contains("token/stored-exactly"),
        "{}",
        requirement.out
    );
    let glob = run(&["list", "token/*file*"]);
    assert!(glob.out.lines().count() > 1);
    assert!(
        glob.out
            .lines()
            .all(|line| line.starts_with("token/") && line.contains("file"))
    );
}

#[test]
fn explain_knows_requirements_scenarios_rules_defects_and_codes() {
    for (name, expected) in [
        ("REG-009", "Persist `platform_inbound_secret`"),
        ("token/stored-exactly", "TOK-002"),
        ("origin-on-every-platform-request", "WAF-001"),
        (
            "token-with-newline",
            "proofmark run --defect token-with-newline",
        ),
        ("S002", "S002:"),
    ] {
        let ran = run(&["explain", name]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.error);
        assert!(ran.out.contains(expected), "{name}: {}", ran.out);
    }
    assert_eq!(run(&["explain", "no-such-thing"]).code, 2);
}

#[test]
fn the_committed_schemas_are_the_printed_ones() {
    for (words, committed) in [
        (
            vec!["schema"],
            include_str!("../../../../scenarios/scenario.schema.json"),
        ),
        (
            vec!["schema", "--fragment"],
            include_str!("../../../../scenarios/fragment.schema.json"),
        ),
        (
            vec!["schema", "--runtime"],
            include_str!("../../../../scenarios/runtime.schema.json"),
        ),
        (
            vec!["schema", "--waivers"],
            include_str!("../../../../scenarios/waivers.schema.json"),
        ),
    ] {
        let printed = run(&words).out;
        assert!(
            printed == committed,
            "the schema has changed; write it with `cargo run -- schema --write scenarios`"
        );
    }
}

#[test]
fn the_built_in_suite_is_in_order() {
    let ran = run(&["lint"]);
    assert_eq!(ran.code, 0, "{}", ran.error);
    assert!(ran.out.contains("311 requirements"), "{}", ran.out);
}

#[test]
fn one_scenario_runs_by_its_exact_name_even_with_brackets() {
    let list = run(&["list", "--area", "gate"]).out;
    let name = list
        .lines()
        .find(|line| line.contains('['))
        .unwrap()
        .split("  ")
        .next()
        .unwrap()
        .trim();
    let (ran, result, _out) = run_with_result(&["run", name]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_eq!(result["scenarios"].as_array().unwrap().len(), 1);
    assert_eq!(result["scenarios"][0]["name"], name);
}

#[test]
fn what_was_typed_is_typed_again() {
    let ran = run(&[
        "run",
        "token/stored-exactly",
        "--defect",
        "token-with-newline",
        "-j",
        "2",
        "--heartbeat",
        "200ms",
        "--boot-within",
        "20s",
        "--request-rate",
        "7",
        "--claim",
        "pacing",
        "--claim",
        "directives",
        "--strict",
    ]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.error);
    let again = "proofmark run token/stored-exactly --defect token-with-newline --claim pacing --claim directives \
                 --request-rate 7 --heartbeat 200ms --boot-within 20s --strict\n";
    assert!(ran.out.contains(again), "{}", ran.out);
}
