//! Whatever ends the harness, nothing that it started outlives it by a second, and the next run removes what it left.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::interruption::processes_of;

use crate::program::{ended, proofmark, with_usual_signals};
use crate::tenant::Platform;
use crate::tls_front::TlsFront;

/// What the harness is at when it is ended, and for how long it is.
type Work<'a> = (&'a str, Duration, &'a dyn Fn(&Path) -> Command);

/// What a second may be on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(1);
/// It may give back what it has on a platform, and write its reports.
const AT_LAST: Duration = Duration::from_mins(1);

#[expect(clippy::print_stdout, reason = "the figures are what is asked of it")]
fn every_work(times: &[(Signal, u64)]) {
    let platform = Platform::start();
    let front = TlsFront::before(platform.port, false);
    let in_words = |words: &[&str]| proofmark(words);
    let watched = |temporary: &Path| {
        let script = "sleep 1000 & while :; do echo x > $0/file; sleep 0.01; done";
        let directory = temporary.join("watched");
        let mut command = proofmark(&["watch", "--dir"]);
        command
            .arg(&directory)
            .args(["--", "/bin/sh", "-c", script])
            .arg(&directory);
        command
    };
    let live = |_: &Path| {
        // Another run would be refused for as long as something of a killed one is there.
        let _ = fs::remove_file(platform.leases());
        platform.command(&front, "run", &["-j", "4"])
    };
    let works: [Work<'_>; 5] = [
        ("run", Duration::from_millis(1500), &|_| {
            in_words(&["run", "-j", "4"])
        }),
        (
            "run of what leaves its group",
            Duration::from_millis(1500),
            &|_| {
                let subject = format!(
                    "/bin/sh -c 'setsid sleep 1000 & exec {} agent'",
                    env!("CARGO_BIN_EXE_proofmark")
                );
                in_words(&[
                    "run",
                    "-j",
                    "4",
                    "--disk",
                    "stat",
                    "--subject-command",
                    &subject,
                ])
            },
        ),
        ("doctor", Duration::from_millis(400), &|_| {
            in_words(&["doctor"])
        }),
        ("watch", Duration::from_millis(300), &watched),
        ("live run", Duration::from_millis(1500), &live),
    ];
    for (name, span, command) in works {
        let temporary = tempfile::tempdir().unwrap();
        fs::create_dir(temporary.path().join("watched")).unwrap();
        for (signal, times) in times {
            let ends = (0..*times).map(|time| {
                let share = RandomState::new().hash_one(time) % 1_000;
                end(
                    &command(temporary.path()),
                    temporary.path(),
                    *signal,
                    span * u32::try_from(share).unwrap() / 1_000,
                )
            });
            println!(
                "{name}: {times} times {signal:?}, nothing left after {:?}",
                ends.max().unwrap_or_default()
            );
        }
        let mut next = proofmark(&["run", "heartbeat/soon-after-register"]);
        let next = ended(next.env("TMPDIR", temporary.path()).output().unwrap());
        assert_eq!(next.code, 0, "{}{}", next.out, next.error);
        let left: Vec<_> = fs::read_dir(temporary.path())
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        assert_eq!(left, [temporary.path().join("watched")], "{name}");
    }
}

/// Ends it at a moment; comes back with how long it took until nothing was left.
fn end(command: &Command, temporary: &Path, signal: Signal, moment: Duration) -> Duration {
    let mut command = with_usual_signals(command);
    command
        .env("TMPDIR", temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let case = format!("{command:?} by {signal:?} after {moment:?}");
    let mut child = command.spawn().unwrap();
    wait(moment);
    assert!(
        child.try_wait().unwrap().is_none(),
        "{case}: it had ended by itself"
    );
    kill_process(Pid::from_child(&child), signal).unwrap();
    let asked = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if asked.elapsed() > AT_LAST {
            child.kill().unwrap();
            panic!("{case}: it goes on");
        }
        wait(Duration::from_millis(1));
    }
    let end = Instant::now();
    loop {
        let left = processes_of(temporary);
        if left.is_empty() {
            return end.elapsed();
        }
        assert!(end.elapsed() < SOON, "{case}: there are still {left:#?}");
        wait(Duration::from_millis(5));
    }
}

/// Lets time pass: what is looked for is whatever happens to go on.
fn wait(time: Duration) {
    let until = Instant::now() + time;
    while let Some(rest) = until
        .checked_duration_since(Instant::now())
        .filter(|rest| !rest.is_zero())
    {
        std::thread::park_timeout(rest);
    }
}

#[test]
fn whatever_ends_the_harness_ends_all_that_it_started() {
    every_work(&[(Signal::KILL, 3), (Signal::HUP, 1), (Signal::QUIT, 1)]);
}

#[test]
#[ignore = "takes minutes: the same at as many moments as tell something about the rare ones"]
fn whatever_ends_the_harness_at_any_moment_ends_all_that_it_started() {
    every_work(&[(Signal::KILL, 50), (Signal::HUP, 10), (Signal::QUIT, 10)]);
}
