//! A file that only its owner may read, replaced as a whole.
//!
//! It is written beside its name under a fresh one, created exclusively with mode 0600, synced and renamed
//! (TOK-003 to TOK-006, SEC-002 to SEC-005): there is no moment at which the name shows a wider mode, a part, or
//! the target of a planted symlink, and a crash leaves the old content.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use uuid::Uuid;

/// Far above any credential; keeps a misplaced big file out of memory.
const READ_LIMIT: u64 = 1024 * 1024;

/// Only the owner reads or writes it.
const MODE: u32 = 0o600;

/// Says why a private file could not be read or replaced.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrivateFileError {
    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0} is not a regular file")]
    NotRegular(PathBuf),
    #[error("cannot create the directory of {path}: {source}")]
    Directory {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot write {path}: {source}")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Stands for one file, whether it exists or not.
#[derive(Clone, Debug)]
pub(crate) struct PrivateFile {
    path: PathBuf,
    creates_directory: bool,
}

impl PrivateFile {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            creates_directory: true,
        }
    }

    /// Leaves a missing directory alone.
    #[must_use]
    pub(crate) fn in_existing_directory(self) -> Self {
        Self {
            creates_directory: false,
            ..self
        }
    }

    /// Reads the content; none if there is no file. Never blocks on a pipe in the file's place.
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>, PrivateFileError> {
        let failed = |source| PrivateFileError::Read {
            path: self.path.clone(),
            source,
        };
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&self.path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(PrivateFileError::NotRegular(self.path.clone()));
        }
        let mut content = Vec::new();
        file.take(READ_LIMIT)
            .read_to_end(&mut content)
            .map_err(failed)?;
        Ok(Some(content))
    }

    /// Sets the content, and touches nothing if it is already the same (TOK-010).
    pub(crate) fn keep(&self, content: &[u8]) -> Result<(), PrivateFileError> {
        if self.holds(content) {
            Ok(())
        } else {
            self.replace(content)
        }
    }

    /// Sets the content by renaming a new file over the old one.
    fn replace(&self, content: &[u8]) -> Result<(), PrivateFileError> {
        let directory = self.directory();
        if self.creates_directory {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)
                .map_err(|source| PrivateFileError::Directory {
                    path: self.path.clone(),
                    source,
                })?;
        }
        let written = self.write_and_rename(directory, content);
        written.map_err(|source| PrivateFileError::Write {
            path: self.path.clone(),
            source,
        })
    }

    fn directory(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    /// A file with the right content only gets its mode narrowed: its time of change must not move.
    fn holds(&self, content: &[u8]) -> bool {
        let Ok(metadata) = std::fs::symlink_metadata(&self.path) else {
            return false;
        };
        let same = metadata.is_file()
            && self
                .read()
                .is_ok_and(|read| read.as_deref() == Some(content));
        if !same || metadata.permissions().mode() & 0o7777 == MODE {
            return same;
        }
        std::fs::set_permissions(&self.path, Permissions::from_mode(MODE)).is_ok()
    }

    fn write_and_rename(&self, directory: &Path, content: &[u8]) -> std::io::Result<()> {
        let name = self.path.file_name().unwrap_or_default();
        let mut temporary_name = name.to_owned();
        temporary_name.push(format!(".{}.tmp", Uuid::new_v4().simple()));
        let temporary = Temporary(directory.join(temporary_name));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&temporary.0)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&temporary.0, &self.path)?;
        // The rename must survive a crash, too; a file system that cannot sync directories keeps it anyway.
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
        Ok(())
    }
}

/// Removes the temporary file unless it was renamed away.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
#[path = "private_file_tests.rs"]
mod tests;
