//! Opening a file so that neither a symlink nor a pipe can trick the reader (FILE-004, FILE-007, FILE-008).

use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use super::path::AdmittedPath;
use crate::credential::{SECRET_FILE, TOKEN_FILE};
use crate::settings::Settings;

/// Says why a file is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unserved {
    Missing,
    /// Belongs to the agent itself, and is treated as missing.
    Credential,
    NotRegular,
    /// Leads out of the roots by a symlink.
    Outside,
    Failed,
}

/// Holds an open regular file.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) file: File,
    pub(super) name: String,
    pub(super) size: u64,
}

/// Opens the file that a path means.
pub(super) fn locate(settings: &Settings, path: &AdmittedPath) -> Result<Located, Unserved> {
    let wanted = real(settings, &path.root).join(&path.rest);
    let (Some(parent), Some(name)) = (wanted.parent(), wanted.file_name()) else {
        return Err(Unserved::NotRegular);
    };
    if path.rest.is_empty() {
        return match std::fs::metadata(&wanted) {
            Ok(_) => Err(Unserved::NotRegular),
            Err(error) => Err(because(error.kind())),
        };
    }
    let parent = parent
        .canonicalize()
        .map_err(|error| because(error.kind()))?;
    if !is_inside(settings, &path.root, &parent) {
        return Err(Unserved::Outside);
    }
    let directory = open_directory(&parent)?;
    let stat = statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Unserved::NotRegular);
    }
    // What was regular a moment ago may be a pipe now: do not wait for its other end, and look again.
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(openat(&directory, name, flags, Mode::empty()).map_err(failed)?);
    let metadata = file.metadata().map_err(|_| Unserved::Failed)?;
    if !metadata.is_file() {
        return Err(Unserved::NotRegular);
    }
    if is_credential(
        settings,
        &parent.join(name),
        (metadata.dev(), metadata.ino()),
    ) {
        return Err(Unserved::Credential);
    }
    Ok(Located {
        file,
        name: name.to_string_lossy().into_owned(),
        size: metadata.len(),
    })
}

/// Walks down without following anything: the path is canonical, so a symlink in it has just been put there.
fn open_directory(canonical: &Path) -> Result<OwnedFd, Unserved> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = openat(CWD, "/", flags, Mode::empty()).map_err(failed)?;
    canonical.iter().skip(1).try_fold(root, |directory, name| {
        openat(&directory, name, flags | OFlags::PATH, Mode::empty()).map_err(failed)
    })
}

fn real(settings: &Settings, root: &str) -> PathBuf {
    if root == "/configs" {
        return settings.configs_directory.clone();
    }
    settings.filesystem_root.join(root.trim_start_matches('/'))
}

/// A symlink may lead from one root to another, but not out of all of them.
fn is_inside(settings: &Settings, asked: &str, parent: &Path) -> bool {
    [asked, "/configs", "/workspace", "/home", "/plugins"]
        .iter()
        .filter_map(|root| real(settings, root).canonicalize().ok())
        .any(|root| parent.starts_with(root))
}

/// Recognises credential files by name, their temporaries too, and by identity under any other name.
fn is_credential(settings: &Settings, path: &Path, identity: (u64, u64)) -> bool {
    let Ok(directory) = settings.configs_directory.canonicalize() else {
        return false;
    };
    let names = [TOKEN_FILE, SECRET_FILE];
    let by_name = path.parent() == Some(&directory)
        && path.file_name().is_some_and(|found| {
            names
                .iter()
                .any(|name| found.to_string_lossy().starts_with(name))
        });
    by_name
        || names.iter().any(|name| {
            std::fs::metadata(directory.join(name))
                .is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == identity)
        })
}

fn because(kind: ErrorKind) -> Unserved {
    if kind == ErrorKind::NotFound {
        Unserved::Missing
    } else {
        Unserved::Failed
    }
}

fn failed(errno: Errno) -> Unserved {
    match errno {
        Errno::NOENT => Unserved::Missing,
        Errno::LOOP => Unserved::NotRegular,
        _ => Unserved::Failed,
    }
}

#[cfg(test)]
#[path = "locate_tests.rs"]
mod tests;
