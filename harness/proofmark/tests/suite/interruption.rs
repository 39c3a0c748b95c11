//! Ctrl-C in the middle of a run.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::program::proofmark;

/// Processes whose environment names this directory as their home's stage.
fn processes_of(temporary: &std::path::Path) -> Vec<String> {
    let wanted = temporary.to_string_lossy().into_owned();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            std::fs::read(entry.path().join("environ"))
                .is_ok_and(|environment| String::from_utf8_lossy(&environment).contains(&wanted))
        })
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn ctrl_c_ends_the_run_with_a_report_and_without_a_process_left() {
    let temporary = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut command = proofmark(&["run", "-v", "-j", "2", "--out", &out.path().to_string_lossy()]);
    command.env("TMPDIR", temporary.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Two scenarios are done, so others are in the middle.
    let done = lines.by_ref().map_while(Result::ok).filter(|line| line.starts_with("PASS")).take(2).count();
    assert_eq!(done, 2);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let status = child.wait().unwrap();
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(status.code(), Some(130), "{error}");
    assert!(rest.last().unwrap().starts_with("interrupted:"), "{rest:?}");
    let result = std::fs::read_to_string(out.path().join("result.json")).unwrap();
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["interrupted"], true);
    assert_eq!(result["exit-code"], 130);
    assert_eq!(processes_of(temporary.path()), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "a stage directory is left");
}

#[test]
fn killing_the_harness_takes_the_subjects_with_it() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = proofmark(&["run", "-v", "-j", "4"]);
    command.env("TMPDIR", temporary.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("PASS")));
    child.kill().unwrap();
    child.wait().unwrap();
    // The kernel delivers the death signals; each subject needs a moment to be gone.
    let gone = (0..200).any(|_| {
        let left = processes_of(temporary.path());
        if !left.is_empty() {
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        left.is_empty()
    });
    assert!(gone, "left: {:?}", processes_of(temporary.path()));
}
