//! Facts of the subject's processes and what they print.

use serde::{Deserialize, Serialize};

/// A change of a subject process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessFact {
    /// Which start of the subject, from 1.
    pub boot: u32,
    /// What changed.
    pub change: ProcessChange,
}

/// What can happen to a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessChange {
    /// It was launched; the environment is redacted.
    Started {
        /// Program and arguments.
        command: Vec<String>,
        /// `NAME=value` of what the contract's variables were set to.
        environment: Vec<String>,
    },
    /// The harness sent it a signal, by name (`TERM`, `KILL`).
    Signalled(String),
    /// It ended.
    Exited {
        /// The exit code, if it exited by itself.
        code: Option<i32>,
        /// The signal that ended it, otherwise.
        signal: Option<i32>,
    },
    /// Processes of its group outlived it and were killed by the harness.
    Survivors(u32),
}

/// A line printed by the subject, redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogFact {
    /// Which start of the subject.
    pub boot: u32,
    /// Where it was printed.
    pub stream: LogStream,
    /// Without the line end; long lines are cut.
    pub line: String,
}

/// An output of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogStream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}
