//! Ctrl-C and its kind in the middle of a run.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{proofmark, with_usual_signals};

/// Processes whose environment names this directory as their home's stage.
pub(crate) fn processes_of(temporary: &std::path::Path) -> Vec<String> {
    let wanted = temporary.to_string_lossy().into_owned();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            std::fs::read(entry.path().join("environ"))
                .is_ok_and(|environment| String::from_utf8_lossy(&environment).contains(&wanted))
        })
        .map(|entry| {
            let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            format!(
                "{}: {}",
                entry.file_name().display(),
                String::from_utf8_lossy(&command).replace('\0', " ")
            )
        })
        .collect()
}

#[test]
fn ctrl_c_and_its_kind_end_the_run_with_a_report_and_without_a_process_left() {
    for signal in [Signal::INT, Signal::HUP, Signal::QUIT] {
        interrupted_by(signal);
    }
}

fn interrupted_by(signal: Signal) {
    let temporary = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let command = proofmark(&[
        "run",
        "-v",
        "-j",
        "2",
        "--out",
        &out.path().to_string_lossy(),
    ]);
    let mut command = with_usual_signals(&command);
    command
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Two scenarios are done, so others are in the middle.
    let done = lines
        .by_ref()
        .map_while(Result::ok)
        .filter(|line| line.starts_with("PASS"))
        .take(2)
        .count();
    assert_eq!(done, 2);
    kill_process(Pid::from_child(&child), signal).unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let status = child.wait().unwrap();
    let mut error = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    assert_eq!(status.code(), Some(130), "{error}");
    assert!(rest.last().unwrap().starts_with("interrupted:"), "{rest:?}");
    let result = std::fs::read_to_string(out.path().join("result.json")).unwrap();
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["interrupted"], true);
    assert_eq!(result["exit-code"], 130);
    assert_eq!(processes_of(temporary.path()), Vec::<String>::new());
    assert_eq!(
        std::fs::read_dir(temporary.path()).unwrap().count(),
        0,
        "a stage directory is left"
    );
}

#[test]
fn a_run_that_is_to_outlive_the_terminal_does() {
    let mut command = Command::new("/bin/sh");
    command.args([
        "-c",
        "trap '' HUP; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_proofmark"),
    ]);
    command
        .args(["run", "-v", "heartbeat/*"])
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("PASS")));
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
