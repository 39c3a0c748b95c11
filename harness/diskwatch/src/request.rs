//! What is to be run and watched, and how it can end.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::fault::Fault;
use crate::kernel::ProcessGroup;
use crate::unavailable::TracingUnavailable;

/// A program to run under watch. Its environment, working directory and standard streams are the caller's; it gets no
/// other descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    /// The watched directories; one that does not exist yet is watched once it does.
    pub directories: Vec<PathBuf>,
    /// The program's file mode creation mask, if it is not the caller's.
    pub umask: Option<u32>,
    /// The program, searched in `PATH` if it is a bare name.
    pub program: PathBuf,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// What goes wrong at which call.
    pub faults: Vec<Fault>,
    /// The process group of the program.
    pub process_group: ProcessGroup,
    /// The key of the contents' digests.
    pub hash_key: [u8; 32],
    /// Files of more bytes than this are described without their content: it is read around every call on them.
    pub read_at_most: u64,
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// Its process id.
    pub pid: i32,
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// The number of the signal that ended it otherwise.
    pub signal: Option<i32>,
    /// How many calls were recorded.
    pub calls: u64,
    /// How often any thread was stopped at a call, watched or not.
    pub stops: u64,
}

impl Outcome {
    /// The code a shell would report.
    pub fn exit_code(&self) -> i32 {
        self.code
            .or(self.signal.map(|signal| 128 + signal))
            .unwrap_or(255)
    }
}

/// Why a program could not be watched (to its end).
#[derive(Debug, Error)]
pub enum WatchError {
    /// This place does not allow it.
    #[error("{0}")]
    Refused(TracingUnavailable),
    /// The program could not be executed.
    #[error("cannot execute `{}`", program.display())]
    Program {
        /// As given.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The request has a NUL byte in a text that the kernel takes.
    #[error("an argument or variable contains a NUL byte")]
    NulByte,
    /// The receiver of the events failed; the tree has been killed.
    #[error("cannot hand on an event")]
    Sink(#[source] io::Error),
    /// The kernel refused something it usually grants; the tree has been killed.
    #[error("cannot {attempted}")]
    Kernel {
        /// What was attempted.
        attempted: &'static str,
        /// Why not.
        source: io::Error,
    },
}

/// Whose process a tracer runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// In a process of its own: signals are its own to forward.
    Helper,
    /// In one thread of another program, whose signals it leaves alone.
    Guest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_by_signal_is_reported_as_shells_do() {
        let outcome = Outcome {
            pid: 1,
            code: None,
            signal: Some(9),
            calls: 0,
            stops: 0,
        };
        assert_eq!(outcome.exit_code(), 137);
        assert_eq!(
            Outcome {
                code: Some(3),
                signal: None,
                ..outcome
            }
            .exit_code(),
            3
        );
    }

    #[test]
    fn a_request_survives_its_spelling_in_json() {
        let request = Request {
            directories: vec!["/configs".into()],
            umask: Some(0),
            program: "agent".into(),
            arguments: vec!["--port".into(), "0".into()],
            faults: Vec::new(),
            process_group: ProcessGroup::Own,
            hash_key: [3; 32],
            read_at_most: 1024,
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    }
}
