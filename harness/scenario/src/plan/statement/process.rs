//! The state of the subject's process.

use crate::diagnostic::Code;
use crate::plan::matcher::Matcher;
use crate::reading::{Keys, Reader, Record, record, words};

record! {
    /// The state of the subject's process.
    pub struct ProcessExpectation {
        /// The state of the subject's process.
        pub state ["process"]: ProcessState,
        /// A condition on the exit code of a process that ended by itself.
        pub code: Option<Matcher>,
    }
}

words! {
    /// What is said of the subject's process.
    pub enum ProcessState = "process state" {
        /// It runs, and gave a sign of life in the window.
        Running = "running",
        /// It ended by itself.
        Exited = "exited",
        /// It ended after TERM without KILL: by code 0 or 143, or by the signal itself.
        Stopped = "stopped",
        /// A `crash-at` killed it.
        Killed = "killed",
    }
}

impl ProcessExpectation {
    /// Reads its keys and checks what belongs together.
    pub(super) fn checked(keys: &mut Keys<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let process = Self::take(keys, reader)?;
        if process.code.is_some() && process.state != ProcessState::Exited {
            let mark = keys.mark("code");
            reader
                .report(
                    Code::ForeignKey,
                    mark,
                    "only `process: exited` has a `code`",
                )
                .help("`stopped` means code 0 or 143, or the signal itself");
        }
        Some(process)
    }
}
