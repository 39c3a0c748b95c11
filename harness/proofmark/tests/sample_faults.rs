//! Every mistake that the sample runtime in Python can make on purpose is caught for what it is.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

/// An entry of the sample's `faults.json`.
#[derive(Deserialize)]
struct Fault {
    name: String,
    /// What it violates.
    requirement: String,
    /// What it violates besides, as a consequence.
    also: Vec<String>,
    /// What is played; the scenarios that cover the requirement unless given.
    #[serde(default)]
    scenarios: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/runtimes/python-container");
    let faults: Vec<Fault> = match std::fs::read_to_string(directory.join("faults.json"))
        .map(|text| serde_json::from_str(&text))
    {
        Ok(Ok(faults)) => faults,
        Ok(Err(error)) => return complain(&error),
        Err(error) => return complain(&error),
    };
    let trial = |fault: Fault| {
        let program = directory.join("runtime.py");
        Trial::test(fault.name.clone(), move || is_caught(&fault, &program))
    };
    libtest_mimic::run(&arguments, faults.into_iter().map(trial).collect()).exit_code()
}

fn complain(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("the faults of the sample cannot be read: {error}");
    ExitCode::FAILURE
}

/// A run with the mistake names its requirement, and no other but what follows from it.
fn is_caught(fault: &Fault, program: &PathBuf) -> Result<(), Failed> {
    let command = format!("python3 {} --fault {}", program.display(), fault.name);
    let mut run = Command::new(env!("CARGO_BIN_EXE_proofmark"));
    run.env("NO_COLOR", "1").args(["run", "--strict", "--revision", "r2+", "--subject-command", &command]);
    for claim in ["directives", "filesystem-root", "pacing"] {
        run.args(["--claim", claim]);
    }
    if fault.scenarios.is_empty() {
        run.args(["--requirement", &fault.requirement]);
    } else {
        run.args(&fault.scenarios);
    }
    let output = run.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let violated: Vec<&str> = text
        .lines()
        .find_map(|line| line.strip_prefix("requirements violated: "))
        .map(|names| names.split(", ").collect())
        .unwrap_or_default();
    let is_expected = |name: &&str| *name == fault.requirement || fault.also.iter().any(|also| also == *name);
    if violated.contains(&fault.requirement.as_str()) && violated.iter().all(is_expected) {
        Ok(())
    } else {
        Err(format!("{} is to be violated, and {violated:?} was:\n{text}", fault.requirement).into())
    }
}
