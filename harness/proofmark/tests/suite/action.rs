//! The action for others' continuous integration: its scripts are run as they stand in the file.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const ACTION: &str = include_str!("../../../action/action.yml");

/// The script of the step with this name.
fn script(name: &str) -> String {
    let step = ACTION
        .split("    - name: ")
        .find(|step| step.lines().next() == Some(name))
        .unwrap();
    let body = step.split_once("      run: |\n").unwrap().1;
    body.lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Runs a step's script as the runner would, with this program on the path.
fn step(directory: &Path, name: &str, variables: &[(&str, &str)]) -> Output {
    let file = directory.join("step.sh");
    fs::write(&file, script(name)).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_proofmark")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(&file)
        .current_dir(directory)
        .env("PATH", path)
        .env("GITHUB_OUTPUT", directory.join("output"))
        .env("GITHUB_STEP_SUMMARY", directory.join("summary"))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn manifest(directory: &Path, defect: &str) {
    let program = env!("CARGO_BIN_EXE_proofmark");
    let text = format!(
        "runtime: {{ name: ours, version: \"1.0\", revision: r2+, profile: container }}\n\
         capabilities: {{ claims: [directives, filesystem-root, pacing] }}\n\
         launch: {{ argv: [\"{program}\", agent{defect}] }}\n"
    );
    fs::write(directory.join("runtime.yaml"), text).unwrap();
}

#[test]
fn a_failing_run_is_annotated_summed_up_gated_and_told_by_the_last_step() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    manifest(here, ", --defect, token-with-newline");
    let ran = step(
        here,
        "Run",
        &[
            ("RUNTIME", "runtime.yaml"),
            ("OUT", "out"),
            ("ARGUMENTS", "token/stored-* --except a2a/*"),
        ],
    );
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(
        said.contains("\n::error file=scenarios/token/stored-exactly.yaml,line="),
        "{said}"
    );
    assert_eq!(fs::read_to_string(here.join("output")).unwrap(), "code=1\n");
    assert!(step(here, "Summary", &[("OUT", "out")]).status.success());
    assert!(
        fs::read_to_string(here.join("summary"))
            .unwrap()
            .contains("| TOK-002 | MUST | fail |")
    );
    let gated = step(here, "Gate", &[("OUT", "out"), ("AGAINST", "")]);
    assert!(String::from_utf8_lossy(&gated.stdout).starts_with("not releasable: TOK-002 (MUST)"));
    assert_eq!(
        fs::read_to_string(here.join("output")).unwrap(),
        "code=1\ncode=1\n"
    );
    assert!(here.join("out/badge.svg").exists() && here.join("out/statement.md").exists());
    let verdict = |run: &str, gate: &str| {
        step(here, "Verdict", &[("RUN_CODE", run), ("GATE_CODE", gate)])
            .status
            .code()
            .unwrap()
    };
    assert_eq!(
        [
            verdict("0", "3"),
            verdict("1", ""),
            verdict("0", ""),
            verdict("", "")
        ],
        [3, 1, 0, 2]
    );
}

#[test]
fn a_run_without_a_result_is_not_gated() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let ran = step(
        here,
        "Run",
        &[
            ("RUNTIME", "missing.yaml"),
            ("OUT", "out"),
            ("ARGUMENTS", ""),
        ],
    );
    assert!(ran.status.success());
    assert!(step(here, "Summary", &[("OUT", "out")]).status.success());
    assert!(
        step(here, "Gate", &[("OUT", "out"), ("AGAINST", "")])
            .status
            .success()
    );
    assert_eq!(fs::read_to_string(here.join("output")).unwrap(), "code=2\n");
}

#[test]
fn without_a_manifest_the_reference_agent_is_run() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let ran = step(
        here,
        "Run",
        &[
            ("RUNTIME", ""),
            ("OUT", "out"),
            ("ARGUMENTS", "token/stored-exactly"),
        ],
    );
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        said.contains("on the reference agent") && said.contains("1 passed"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(here.join("output")).unwrap(), "code=0\n");
}
