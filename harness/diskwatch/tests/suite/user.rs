//! Who runs the watcher and its program: whoever runs the tests, or a user without any privilege.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The user without privilege.
pub(crate) const NOBODY: u32 = 65534;
/// Words before a command line that is to be that user's.
pub(crate) const AS_NOBODY: [&str; 6] = [
    "setpriv",
    "--reuid",
    "65534",
    "--regid",
    "65534",
    "--clear-groups",
];

/// A directory for executables that every user can reach; `main` makes and removes it.
pub(crate) static COPIES: OnceLock<PathBuf> = OnceLock::new();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    Own,
    Nobody,
}

impl User {
    pub(crate) const ALL: [Self; 2] = [Self::Own, Self::Nobody];

    pub(crate) fn around(self) -> Vec<String> {
        match self {
            Self::Own => Vec::new(),
            Self::Nobody => AS_NOBODY.map(str::to_owned).to_vec(),
        }
    }

    /// Whether it may install a filter only when setuid programs are made powerless.
    pub(crate) fn is_ordinary(self) -> bool {
        self == Self::Nobody || !is_root()
    }

    /// Whether we can become it, and it can then execute a program.
    pub(crate) fn can_execute(self, program: &Path) -> bool {
        self == Self::Own
            || is_root()
                && Command::new(AS_NOBODY[0])
                    .args(&AS_NOBODY[1..])
                    .args(["test", "-x"])
                    .arg(program)
                    .status()
                    .is_ok_and(|status| status.success())
    }

    /// Where it finds an executable of ours, which may lie in a directory that is closed to others.
    pub(crate) fn reachable(self, executable: &Path) -> PathBuf {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        if self == Self::Own {
            return executable.to_owned();
        }
        let copy = COPIES.get().unwrap().join(executable.file_name().unwrap());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        if !copy.exists() {
            // Copied by another process: a file that this one still had open for writing, in a child just being forked
            // by another trial, could not be executed.
            assert!(
                Command::new("cp")
                    .args([executable, &copy])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        copy
    }
}

pub(crate) fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| {
        Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|output| output.stdout == b"0\n")
    })
}
