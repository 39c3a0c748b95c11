//! `proofmark watch`: what any program does to chosen directories, call by call; useful by itself.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use diskwatch::{
    Call, CallResult, Change, Event, Kind, Outcome, Place, ProcessGroup, Request, State, WatchError,
};

use super::complaint::Complaint;
use super::launch::octal;
use super::output::Output;
use crate::exit::Exit;
use crate::report::call_in_words;

/// Larger contents are described without being read.
const CONTENT_AT_MOST: u64 = 1024 * 1024;

#[derive(Debug, Args)]
#[command(after_help = "Ends as the program ends; 3 if this machine does not let it be watched.")]
pub(super) struct WatchArguments {
    /// A directory to watch, which need not exist yet (may be repeated).
    #[arg(long = "dir", value_name = "DIR", required = true)]
    directories: Vec<PathBuf>,
    /// Prints every event as a line of JSON instead of words. File contents are in it.
    #[arg(long)]
    json: bool,
    /// The program's file mode creation mask, octal.
    #[arg(long, value_parser = octal)]
    umask: Option<u32>,
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl WatchArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<ExitCode, Complaint> {
        let outcome = self.watch(output).map_err(|error| {
            let exit = match error {
                WatchError::Program { .. } | WatchError::NulByte => Exit::Invalid,
                WatchError::Refused(_) | WatchError::Sink(_) | WatchError::Kernel { .. } => {
                    Exit::Incomplete
                }
            };
            Complaint::new(exit, format!("proofmark: {error}"))
        })?;
        Ok(u8::try_from(outcome.exit_code()).unwrap_or(u8::MAX).into())
    }

    fn watch(self, output: &mut Output) -> Result<Outcome, WatchError> {
        let mut words = self.command.into_iter();
        let request = Request {
            directories: self.directories.clone(),
            umask: self.umask,
            program: words.next().unwrap_or_default().into(),
            arguments: words.collect(),
            faults: Vec::new(),
            process_group: ProcessGroup::Inherited,
            // Digests are compared within one run only, and nothing prints them without the content beside them.
            hash_key: [0; 32],
            read_at_most: CONTENT_AT_MOST,
        };
        let json = self.json;
        let mut clock = None;
        diskwatch::watch(request, &mut Vec::new, &mut |event| {
            let text = if json {
                serde_json::to_string(&event)?
            } else {
                let now = time_of(&event);
                let start = *clock.get_or_insert(now);
                in_words(&event, now.saturating_sub(start), &self.directories)
            };
            // On the error stream, so that the program's own output stays its own.
            output.complain(&text);
            Ok(())
        })
    }
}

fn time_of(event: &Event) -> u64 {
    match event {
        Event::Call(call) => call.at_us,
        Event::Started { at_us, .. }
        | Event::External { at_us, .. }
        | Event::Blind { at_us, .. }
        | Event::FaultFired { at_us, .. }
        | Event::FaultUnfired { at_us, .. }
        | Event::Exited { at_us, .. } => *at_us,
    }
}

/// An event in a line.
fn in_words(event: &Event, since_us: u64, directories: &[PathBuf]) -> String {
    let what = match event {
        Event::Started { pid, present, .. } => {
            let there: Vec<String> = present
                .iter()
                .map(|change| change_in_words(change, directories))
                .collect();
            let there = if there.is_empty() {
                String::new()
            } else {
                format!("; there: {}", there.join(", "))
            };
            format!("started process {pid}{there}")
        }
        Event::Call(call) => told_call(call, directories),
        Event::External {
            path,
            before,
            after,
            ..
        } => format!(
            "external change of {}: {} -> {}",
            path_in_words(path, directories),
            state_in_words(before.as_deref()),
            state_in_words(after.as_deref())
        ),
        Event::Blind { why, pid, .. } => format!("blind to process {pid}: {why}"),
        Event::FaultFired { label, index, .. } => format!("fault {label} fired at call {index}"),
        Event::FaultUnfired { label, .. } => format!("fault {label} never fired"),
        Event::Exited {
            pid,
            code: Some(code),
            ..
        } => format!("process {pid} exited with code {code}"),
        Event::Exited { pid, signal, .. } => {
            format!(
                "process {pid} was ended by signal {}",
                signal.unwrap_or_default()
            )
        }
    };
    format!("{:>6}.{:03} ms  {what}", since_us / 1_000, since_us % 1_000)
}

fn told_call(call: &Call, directories: &[PathBuf]) -> String {
    let result = call.result.as_ref().map(|result| match result {
        CallResult::Value(value) => value.to_string(),
        CallResult::Error(name) => name.clone(),
    });
    let path = path_in_words(&call.path, directories);
    let to = call
        .other_path
        .as_ref()
        .map(|other| path_in_words(other, directories));
    let named = (call.name.as_str(), path.as_str(), to.as_deref());
    let told = call_in_words(named, &call.flags, call.mode, call.length, result);
    let (before, after) = match &call.other_path {
        Some(_) => (&call.other_before, &call.other_after),
        None => (&call.before, &call.after),
    };
    let change = if before == after {
        String::new()
    } else {
        format!(
            "   {} -> {}",
            state_in_words(before.as_ref()),
            state_in_words(after.as_ref())
        )
    };
    format!("#{} [{}] {told}{change}", call.index, call.pid)
}

fn change_in_words(change: &Change, directories: &[PathBuf]) -> String {
    format!(
        "{} {}",
        path_in_words(&change.path, directories),
        state_in_words(change.after.as_ref())
    )
}

fn path_in_words(place: &Place, directories: &[PathBuf]) -> String {
    match place.root.and_then(|root| directories.get(root)) {
        Some(directory) if place.path == "." => directory.display().to_string(),
        Some(directory) => directory.join(&place.path).display().to_string(),
        None => place.path.clone(),
    }
}

fn state_in_words(state: Option<&State>) -> String {
    let Some(state) = state else {
        return "absent".into();
    };
    let kind = match state.kind {
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::Symlink => "symlink",
        Kind::Pipe => "pipe",
        Kind::Special => "special",
    };
    match (&state.kind, &state.target) {
        (Kind::File, _) => format!("{kind} {:04o} {} bytes", state.mode & 0o7777, state.size),
        (_, Some(target)) => format!("{kind} to {target}"),
        _ => format!("{kind} {:04o}", state.mode & 0o7777),
    }
}
