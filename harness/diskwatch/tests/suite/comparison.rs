//! The same calls with the same results as `strace` shows.

use std::process::Command;

use diskwatch::CallResult;
use libtest_mimic::Trial;

use crate::helper::within_limit;
use crate::language::{KINDS, Language};
use crate::trial;
use crate::writers::writer;

/// The calls that can occur in the sample writers; those that a machine does not have are left out.
const TRACED: &str = "?open,?openat,?openat2,?creat,?write,?pwrite64,?writev,?ftruncate,?truncate,?fchmod,?chmod,?fchmodat,\
     ?fchmodat2,?rename,?renameat,?renameat2,?unlink,?unlinkat,?fsync,?fdatasync";

pub(crate) fn trials() -> Vec<Trial> {
    // Shown as ignored where there is no such program, rather than passed over in silence.
    let missing = Command::new("strace").arg("-V").output().is_err();
    let mut trials = Vec::new();
    for language in Language::ALL {
        for kind in KINDS {
            let name = format!("comparison::{}_{kind}_agrees_with_strace", language.name());
            trials.push(trial(name, move || agrees(language, kind)).with_ignored_flag(missing));
        }
    }
    trials
}

fn agrees(language: Language, kind: &str) {
    let ran = writer(language, kind).run();
    let ours: Vec<(String, String)> = ran
        .calls()
        .into_iter()
        .map(|call| {
            let result = match call.result.clone().unwrap() {
                CallResult::Value(value) => value.to_string(),
                CallResult::Error(name) => name,
            };
            (call.name.clone(), result)
        })
        .collect();
    assert!(!ours.is_empty());
    assert_eq!(ours, theirs(language, kind));
}

fn theirs(language: Language, kind: &str) -> Vec<(String, String)> {
    let run = writer(language, kind);
    let log = run.base.path().join("strace");
    let child = Command::new("strace")
        .args(["-f", "-y", "-s", "0", "-e", &format!("trace={TRACED}"), "-o", log.to_str().unwrap()])
        .arg(&run.request.program)
        .args(&run.request.arguments)
        .current_dir(run.configs())
        .spawn()
        .unwrap();
    assert!(within_limit(child).status.success());
    let directory = run.configs().canonicalize().unwrap();
    let text = std::fs::read_to_string(log).unwrap();
    text.lines().filter_map(|line| parse(line, directory.to_str().unwrap())).collect()
}

/// `PID name(arguments) = result ...` for calls that can change a file in the directory.
fn parse(line: &str, directory: &str) -> Option<(String, String)> {
    let (_, call) = line.split_once(' ')?;
    let (name, rest) = call.trim_start().split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    if !arguments.contains(directory) && !arguments.contains(".auth_token") {
        return None;
    }
    let changes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| arguments.contains(flag));
    if name.starts_with("open") && !changes {
        return None;
    }
    let mut words = result.split(['<', ' ']);
    let value = words.next()?;
    let value = if value == "-1" { words.next()? } else { value };
    Some((name.to_owned(), value.to_owned()))
}
