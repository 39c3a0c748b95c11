//! The helper's side: a process of its own around a subject.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use diskwatch::{Event, Order, ProcessGroup, Request, WatchError};
use protocol::journal::HarnessFailure;
use serde::{Deserialize, Serialize};

/// Larger contents are described without being read: around every call on an upload that would be too much.
const READ_AT_MOST: u64 = 64 * 1024;
/// The exit code of a helper that could not watch.
const NOT_WATCHED: i32 = 125;

/// What a helper is told at its start.
#[derive(Debug, Serialize, Deserialize)]
pub struct TraceRequest {
    /// The stage's directory.
    pub(super) root: PathBuf,
    /// The key of the contents' fingerprints.
    pub(super) key: [u8; 32],
    /// Where to tell events: a pipe.
    pub(super) events: PathBuf,
    /// Where orders come from: a file that grows.
    pub(super) orders: PathBuf,
    /// The faults of the start.
    pub(super) faults: Vec<diskwatch::Fault>,
}

/// A line that a helper writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// Something happened.
    Event(Event),
    /// Nothing can be watched, and why.
    Failed(HarnessFailure),
}

/// The helper: watches a program to its end and tells what it does; comes back with the program's exit code.
///
/// Must run in a process with a single thread and without other children.
pub fn trace_process(
    request: &Path,
    parent: i32,
    umask: Option<u32>,
    program: PathBuf,
    arguments: Vec<OsString>,
) -> io::Result<i32> {
    // Before anything that may wait.
    diskwatch::end_with(parent)?;
    crate::driver::launch::take_signals_back()?;
    let told: TraceRequest = serde_json::from_slice(&fs::read(request)?)?;
    let mut events = open_without_waiting(&told.events)?;
    let mut orders = File::open(&told.orders)?;
    let mut tell = |line: &Line| {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        events.write_all(&text)
    };
    let watched = Request {
        directories: vec![told.root],
        umask,
        program,
        arguments,
        faults: told.faults,
        process_group: ProcessGroup::Own,
        hash_key: told.key,
        read_at_most: READ_AT_MOST,
    };
    let mut unread = Vec::new();
    let mut take_orders = || {
        // What cannot be read now is read at the next call.
        let _ = orders.read_to_end(&mut unread);
        let mut taken = Vec::new();
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            taken.extend(serde_json::from_slice::<Order>(&line).ok());
        }
        taken
    };
    let outcome = diskwatch::watch(watched, &mut take_orders, &mut |event| {
        tell(&Line::Event(event))
    });
    match outcome {
        Ok(outcome) => Ok(outcome.exit_code()),
        Err(error) => {
            tell(&Line::Failed(failure(&error)))?;
            Ok(NOT_WATCHED)
        }
    }
}

/// Opens the pipe for writing; fails where the harness that was to read it is gone.
fn open_without_waiting(pipe: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let pipe = rustix::fs::open(pipe, flags, Mode::empty())?;
    // What is told waits for room.
    let flags = rustix::fs::fcntl_getfl(&pipe)?;
    rustix::fs::fcntl_setfl(&pipe, flags - OFlags::NONBLOCK)?;
    Ok(pipe.into())
}

fn failure(error: &WatchError) -> HarnessFailure {
    match error {
        WatchError::Refused(_) => HarnessFailure::of_the_machine(error),
        WatchError::Program { source, .. } | WatchError::Kernel { source, .. } => {
            HarnessFailure::of_the_machine(format!("{error}: {source}"))
        }
        WatchError::Sink(source) => HarnessFailure::ours(format!("{error}: {source}")),
        WatchError::NulByte => HarnessFailure::ours(error),
    }
}
