//! Every mistake that a sample runtime can make on purpose is caught for what it is.

use std::path::Path;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

/// The samples, and how each is told which mistake to make.
const SAMPLES: [(&str, Switch); 4] = [
    ("node-poll", Switch::Environment),
    ("python-container", Switch::Argument),
    ("python-mcp-tools", Switch::Environment),
    ("sh-cli", Switch::Environment),
];

/// How a sample is told which mistake to make.
#[derive(Clone, Copy)]
enum Switch {
    /// By `--fault`, in a command in the place of its manifest: its mistakes are named with words that stand in every journal, and what
    /// a manifest inherits is kept out of journals.
    Argument,
    /// By a variable that its manifest passes on.
    Environment,
}

/// An entry of a sample's `faults.json`.
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
    let trials = SAMPLES
        .into_iter()
        .map(|(sample, switch)| trials_of(sample, switch));
    match trials.collect::<Result<Vec<_>, _>>() {
        Ok(trials) => {
            libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
        }
        Err(error) => {
            eprintln!("the faults of the samples cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn trials_of(sample: &str, switch: Switch) -> std::io::Result<Vec<Trial>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/runtimes")
        .join(sample);
    let faults: Vec<Fault> =
        serde_json::from_str(&std::fs::read_to_string(directory.join("faults.json"))?)?;
    let trial = |fault: Fault| {
        let directory = directory.clone();
        Trial::test(format!("{sample}/{}", fault.name), move || {
            is_caught(&fault, switch, &directory)
        })
    };
    Ok(faults.into_iter().map(trial).collect())
}

/// A run with the mistake names its requirement, and no other but what follows from it.
fn is_caught(fault: &Fault, switch: Switch, directory: &Path) -> Result<(), Failed> {
    let mut run = Command::new(env!("CARGO_BIN_EXE_proofmark"));
    run.env("NO_COLOR", "1").args(["run", "--strict"]);
    match switch {
        Switch::Argument => {
            let program = directory.join("runtime.py");
            let command = format!("python3 {} --fault {}", program.display(), fault.name);
            run.args(["--revision", "r2+", "--subject-command", &command]);
            for claim in ["directives", "filesystem-root", "pacing"] {
                run.args(["--claim", claim]);
            }
        }
        Switch::Environment => {
            run.env("PROOFMARK_SAMPLE_FAULT", &fault.name);
            run.arg("--runtime").arg(directory.join("runtime.yaml"));
        }
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
    let is_expected =
        |name: &&str| *name == fault.requirement || fault.also.iter().any(|also| also == *name);
    if violated.contains(&fault.requirement.as_str()) && violated.iter().all(is_expected) {
        Ok(())
    } else {
        let error = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "{} is to be violated, and {violated:?} was:\n{text}{error}",
            fault.requirement
        )
        .into())
    }
}
