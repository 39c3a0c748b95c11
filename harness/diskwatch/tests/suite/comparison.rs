//! The same calls with the same results as `strace` shows.

use std::collections::HashMap;
use std::process::Command;

use diskwatch::CallResult;
use libtest_mimic::Trial;

use crate::author::Author;
use crate::helper::within_limit;
use crate::language::KINDS;
use crate::trial;

/// The calls that can occur in the sample writers; those that a machine does not have are left out.
const TRACED: &str = "?open,?openat,?openat2,?creat,?write,?pwrite64,?writev,?ftruncate,?truncate,?fchmod,?chmod,?fchmodat,\
     ?fchmodat2,?rename,?renameat,?renameat2,?unlink,?unlinkat,?fsync,?fdatasync";

pub(crate) fn trials() -> Vec<Trial> {
    // Shown as ignored where there is no such program, rather than passed over in silence.
    let missing = Command::new("strace").arg("-V").output().is_err();
    let mut trials = Vec::new();
    for author in Author::all() {
        let missing = missing || author.is_missing();
        for kind in KINDS {
            let name = format!("comparison::{}_{kind}_agrees_with_strace", author.name());
            trials.push(trial(name, move || agrees(author, kind)).with_ignored_flag(missing));
        }
    }
    trials
}

fn agrees(author: Author, kind: &str) {
    let ran = author.writer(kind).run();
    let ours: Vec<(String, String)> = ran
        .calls()
        .into_iter()
        .map(|call| {
            let result = match call.result.clone().unwrap() {
                CallResult::Value(value) => value.to_string(),
                CallResult::Error(name) => name,
            };
            comparable(&call.name, &result)
        })
        .collect();
    assert!(!ours.is_empty());
    assert_eq!(ours, theirs(author, kind));
}

fn theirs(author: Author, kind: &str) -> Vec<(String, String)> {
    let run = author.writer(kind);
    let log = run.base.path().join("strace");
    let mut words = run.around.iter().map(String::as_str).chain(["strace"]);
    let child = Command::new(words.next().unwrap())
        .args(words)
        .args([
            "-f",
            "-y",
            "-s",
            "0",
            "-e",
            &format!("trace={TRACED}"),
            "-o",
            log.to_str().unwrap(),
        ])
        .arg(&run.request.program)
        .args(&run.request.arguments)
        .current_dir(run.configs())
        .spawn()
        .unwrap();
    assert!(within_limit(child).status.success());
    let directory = run.configs().canonicalize().unwrap();
    let text = std::fs::read_to_string(log).unwrap();
    whole(&text)
        .iter()
        .filter_map(|call| parse(call, directory.to_str().unwrap()))
        .collect()
}

/// The calls, without the thread's id; one that another thread's interrupted is on two lines.
fn whole(text: &str) -> Vec<String> {
    let mut begun = HashMap::new();
    let mut calls = Vec::new();
    for (thread, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
        let rest = rest.trim_start();
        if let Some(beginning) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, beginning);
        } else if let Some((_, end)) = rest.split_once(" resumed>") {
            calls.push(format!("{}{end}", begun.remove(thread).unwrap_or_default()));
        } else {
            calls.push(rest.to_owned());
        }
    }
    calls
}

/// `name(arguments) = result ...` for calls that can change a file in the directory.
fn parse(call: &str, directory: &str) -> Option<(String, String)> {
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    if !arguments.contains(directory) && !arguments.contains(".auth_token") {
        return None;
    }
    let changes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
        .iter()
        .any(|flag| arguments.contains(flag));
    if name.starts_with("open") && !changes {
        return None;
    }
    let mut words = result.split(['<', ' ']);
    let value = words.next()?;
    let value = if value == "-1" { words.next()? } else { value };
    Some(comparable(name, value))
}

/// Which number a descriptor has depends on those inherited from us, of which the watcher's program gets none.
fn comparable(name: &str, result: &str) -> (String, String) {
    let is_descriptor = name.starts_with("open") && result.parse::<i32>().is_ok();
    (
        name.to_owned(),
        if is_descriptor {
            "a descriptor"
        } else {
            result
        }
        .to_owned(),
    )
}
