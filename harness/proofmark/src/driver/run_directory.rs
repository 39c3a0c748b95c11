//! The directory of a run, below the system's temporary one: all that a run makes lies in it, so that what a killed run left is known for
//! what it is and removed by the next.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// What its name begins with; the rest can neither be guessed nor taken by chance.
const PREFIX: &str = "proofmark-run-";
/// How many hexadecimal digits follow.
const DIGITS: usize = 16;
/// Other users neither look into it nor add to it.
const PRIVATE: u32 = 0o700;

/// A directory that is locked for as long as its run lives, however that ends, and removed when it is dropped.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    /// Holds the lock.
    _lock: File,
}

impl RunDirectory {
    /// Removes what runs left behind that were killed, and makes another one.
    pub fn create() -> io::Result<Self> {
        Self::create_below(&std::env::temp_dir())
    }

    fn create_below(temporary: &Path) -> io::Result<Self> {
        remove_abandoned(temporary);
        loop {
            let id = uuid::Uuid::new_v4().simple().to_string();
            let path = temporary.join(format!("{PREFIX}{}", id.get(..DIGITS).unwrap_or(&id)));
            DirBuilder::new().mode(PRIVATE).create(&path)?;
            let lock = File::open(&path)?;
            // Before it was locked another run may have taken it for abandoned.
            if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() && is_at(&lock, &path)
            {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the directories of runs that are no more. What may belong to another user stays.
fn remove_abandoned(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else {
        return;
    };
    for path in entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_named_as_ours(path))
    {
        // A lock that can be had has no owner, and while it is held here no other run removes the same.
        if let Some(lock) = opened(&path)
            && flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            // What is still written to is left to the next run.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn is_named_as_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.strip_prefix(PREFIX))
        .is_some_and(|id| id.len() == DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A directory of ours alone, as runs make them.
fn opened(path: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    let metadata = directory.metadata().ok()?;
    let is_ours = metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o7777 == PRIVATE;
    is_ours.then_some(directory)
}

/// Whether an open directory is still the one at a path.
fn is_at(directory: &File, path: &Path) -> bool {
    let (Ok(ours), Ok(there)) = (directory.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABANDONED: &str = "proofmark-run-0123456789abcdef";

    fn make(path: &Path, mode: u32) {
        DirBuilder::new().mode(mode).create(path).unwrap();
        fs::create_dir(path.join("stage")).unwrap();
        fs::write(path.join("stage/file"), "x").unwrap();
    }

    #[test]
    fn it_is_private_and_gone_with_its_owner() {
        let temporary = tempfile::tempdir().unwrap();
        let run = RunDirectory::create_below(temporary.path()).unwrap();
        assert_eq!(fs::metadata(run.path()).unwrap().mode() & 0o777, 0o700);
        fs::write(run.path().join("file"), "x").unwrap();
        drop(run);
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_run_left_is_removed_by_the_next() {
        let temporary = tempfile::tempdir().unwrap();
        make(&temporary.path().join(ABANDONED), 0o700);
        let run = RunDirectory::create_below(temporary.path()).unwrap();
        let left: Vec<_> = fs::read_dir(temporary.path())
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        assert_eq!(left, [run.path()]);
    }

    #[test]
    fn a_living_run_and_whatever_may_be_of_others_stay() {
        let temporary = tempfile::tempdir().unwrap();
        let at = |name: &str| temporary.path().join(name);
        let living = RunDirectory::create_below(temporary.path()).unwrap();
        make(&at("proofmark-run-open-to-others"), 0o700);
        make(&at("proofmark-run-0123456789abcdee"), 0o755);
        make(&at("elsewhere"), 0o700);
        std::os::unix::fs::symlink(at("elsewhere"), at(ABANDONED)).unwrap();
        fs::write(at("proofmark-run-0123456789abcdea"), "a file").unwrap();
        let before = fs::read_dir(temporary.path()).unwrap().count();
        drop(RunDirectory::create_below(temporary.path()).unwrap());
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), before);
        assert!(living.path().exists() && at("elsewhere/stage/file").exists());
    }
}
