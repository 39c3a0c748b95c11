//! The watcher's events, in the order in which the kernel applied it.

use serde::{Deserialize, Serialize};

use crate::decode::{CallClass, errno_name};
use crate::observe::{Change, Place, State};

/// One thing that happened. Times are microseconds of `CLOCK_MONOTONIC`, so they compare between processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Event {
    /// The program runs.
    Started {
        /// When.
        at_us: u64,
        /// Its process id.
        pid: i32,
        /// Whether setuid programs are powerless below it, which a filter without privilege requires.
        no_new_privileges: bool,
        /// What lay in the watched directories, without the absent.
        present: Vec<Change>,
    },
    /// A call on a watched path.
    Call(Box<Call>),
    /// A watched path changed, and no call that was seen did it.
    External {
        /// When it was noticed.
        at_us: u64,
        /// Which path.
        path: Place,
        /// What was there when last looked at.
        before: Option<Box<State>>,
        /// What is there now.
        after: Option<Box<State>>,
    },
    /// Something may happen unseen from now on, or a way past the watcher was closed.
    Blind {
        /// When.
        at_us: u64,
        /// What it is.
        why: String,
        /// Which process; 0 for all.
        pid: i32,
        /// What may be missing from the events that follow.
        hidden: Hidden,
        /// The only path concerned; absent when any may be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<Place>,
    },
    /// A fault was applied.
    FaultFired {
        /// When.
        at_us: u64,
        /// The fault's label.
        label: String,
        /// The index of the call it was applied to.
        index: u64,
    },
    /// A fault never found its call, so it is unknown how the program handles it.
    FaultUnfired {
        /// When the tree had ended.
        at_us: u64,
        /// The fault's label.
        label: String,
    },
    /// The program itself ended; processes it left behind are still watched.
    Exited {
        /// When.
        at_us: u64,
        /// Its process id.
        pid: i32,
        /// Its exit code, if it ended by itself.
        code: Option<i32>,
        /// The number of the signal that ended it otherwise.
        signal: Option<i32>,
    },
}

/// What may be missing from the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hidden {
    /// Calls of the program itself.
    Calls,
    /// Changes made by others, at paths that the program does not name.
    Outsiders,
    /// Nothing: the program was refused a call that could have been a way around us.
    Nothing,
}

/// A call on a watched path. No other watched call ran meanwhile, in any process of the tree, unless it waited at a pipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// Counts the calls from 0.
    pub index: u64,
    /// When it had ended.
    pub at_us: u64,
    /// The process.
    pub pid: i32,
    /// The thread.
    pub tid: i32,
    /// The system call, as the manual names it.
    pub name: String,
    /// Its group.
    pub class: CallClass,
    /// What it acted on; the source of a rename or link.
    pub path: Place,
    /// The destination of a rename or link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_path: Option<Place>,
    /// The descriptor it was given, or returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptor: Option<i32>,
    /// Open flags by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The permission bits it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// The length in bytes it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// What it returned; absent when the caller was killed before it could.
    pub result: Option<CallResult>,
    /// The acted-on file has no name in the file system, so it cannot be found at `path`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detached: bool,
    /// The acted-on file before the call.
    pub before: Option<State>,
    /// The acted-on file after the call.
    pub after: Option<State>,
    /// What was at `other_path` before the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_before: Option<State>,
    /// What is at `other_path` after the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_after: Option<State>,
    /// Further watched paths that the call changed: hard links, and what is below a renamed directory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Change>,
    /// The label of the fault that was applied to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub injected: Option<String>,
}

/// What a call returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CallResult {
    /// A value that is no error.
    Value(i64),
    /// The name of an error, such as `ENOSPC`.
    Error(String),
}

impl CallResult {
    pub(crate) fn from_register(value: i64) -> Self {
        match i32::try_from(-value) {
            Ok(number @ 1..=4095) => Self::Error(errno_name(number)),
            _ => Self::Value(value),
        }
    }

    /// Whether the call succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Value(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_an_error_only_in_the_range_of_errors() {
        assert_eq!(CallResult::from_register(3), CallResult::Value(3));
        assert_eq!(
            CallResult::from_register(-2),
            CallResult::Error("ENOENT".into())
        );
        assert_eq!(CallResult::from_register(-5000), CallResult::Value(-5000));
        assert_eq!(
            CallResult::from_register(i64::MIN + 1),
            CallResult::Value(i64::MIN + 1)
        );
    }
}
