//! Running the built binary.

use std::path::Path;
use std::process::{Command, Output};

/// A command for the built binary, in an environment without surprises.
pub(crate) fn proofmark(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofmark"));
    command
        .args(words)
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_ACTIONS");
    command
}

/// The same command where signals are as they usually are: jobs in the background ignore some, and so would all that they start.
pub(crate) fn with_usual_signals(command: &Command) -> Command {
    let mut usual = Command::new("env");
    usual
        .arg("--default-signal=HUP,INT,QUIT")
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => usual.env(name, value),
            None => usual.env_remove(name),
        };
    }
    usual
}

/// What came of a run of the binary.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) error: String,
}

/// Runs the binary to its end.
pub(crate) fn run(words: &[&str]) -> Ran {
    ended(proofmark(words).output().unwrap())
}

/// Runs the binary in a directory.
pub(crate) fn run_in(directory: &Path, words: &[&str]) -> Ran {
    ended(proofmark(words).current_dir(directory).output().unwrap())
}

pub(crate) fn ended(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        error: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs with `--out` into a fresh directory and reads `result.json`.
pub(crate) fn run_with_result(words: &[&str]) -> (Ran, serde_json::Value, tempfile::TempDir) {
    let out = tempfile::tempdir().unwrap();
    let mut all = words.to_vec();
    let path = out.path().to_string_lossy().into_owned();
    all.extend(["--out", &path]);
    let ran = run(&all);
    let text = std::fs::read_to_string(out.path().join("result.json")).unwrap();
    (ran, serde_json::from_str(&text).unwrap(), out)
}
