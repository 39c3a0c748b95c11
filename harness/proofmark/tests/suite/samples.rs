//! The sample runtimes that poll, speak MCP or run once: each keeps its contract, and one mistake of each is seen.

use std::path::Path;
use std::process::Command;

use crate::program::{Ran, ended, proofmark};

fn manifest(sample: &str) -> String {
    let runtimes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/runtimes");
    runtimes
        .join(sample)
        .join("runtime.yaml")
        .to_string_lossy()
        .into_owned()
}

/// Plays these scenarios with a sample, which makes a mistake if one is named.
fn played(sample: &str, scenarios: &[&str], fault: Option<&str>) -> Ran {
    let manifest = manifest(sample);
    let mut command = proofmark(&["run", "--strict", "--runtime", &manifest]);
    command.args(scenarios).env_remove("PROOFMARK_SAMPLE_FAULT");
    if let Some(fault) = fault {
        command.env("PROOFMARK_SAMPLE_FAULT", fault);
    }
    ended(command.output().unwrap())
}

#[expect(
    clippy::print_stderr,
    reason = "who reads the test's output must see what was skipped"
)]
/// Whether a program can be run; says so if it cannot, for what is skipped looks like what passed.
fn is_installed(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: `{program}` is not installed");
    }
    is_there
}

/// A sample keeps its contract, with scenarios of the area that is made for its kind among those that it passes.
fn keeps_its_contract(sample: &str, scenarios: &[&str], area: &str) {
    let out = tempfile::tempdir().unwrap();
    let directory = out.path().to_string_lossy().into_owned();
    let ran = played(sample, &[scenarios, &["--out", &directory]].concat(), None);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    let text = std::fs::read_to_string(out.path().join("result.json")).unwrap();
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    let verdicts: Vec<&str> = result["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|scenario| scenario["name"].as_str().unwrap().starts_with(area))
        .map(|scenario| scenario["verdict"].as_str().unwrap())
        .collect();
    assert!(
        !verdicts.is_empty() && verdicts.iter().all(|verdict| *verdict == "pass"),
        "{}",
        ran.out
    );
}

/// A mistake of a sample violates this requirement, and no other.
fn is_seen(sample: &str, fault: &str, scenario: &str, requirement: &str) {
    let ran = played(sample, &[scenario], Some(fault));
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.error);
    let sentence = format!("requirements violated: {requirement}\n");
    assert!(ran.out.contains(&sentence), "{}", ran.out);
}

#[test]
fn the_sample_that_polls_keeps_its_contract() {
    if is_installed("node") {
        keeps_its_contract("node-poll", &["poll/*", "register/first-boot"], "poll/");
        is_seen(
            "node-poll",
            "introduced-as-listener",
            "poll/registers-to-poll",
            "POLL-001",
        );
    }
}

#[test]
fn the_sample_that_speaks_mcp_keeps_its_contract() {
    keeps_its_contract("python-mcp-tools", &[], "mcp/");
    is_seen(
        "python-mcp-tools",
        "missing-tool-succeeds",
        "mcp/unknown-tool",
        "MCP-005",
    );
}

#[test]
fn the_sample_that_runs_once_keeps_its_contract() {
    keeps_its_contract("sh-cli", &[], "one-shot/");
    is_seen("sh-cli", "refusal-succeeds", "one-shot/refused", "CLI-002");
}
