//! The state in a file, for a platform that survives its own restart: one JSON document, replaced as a whole after every change.
//!
//! In memory alone none of this runs. With a file, dropping the guard of a changed state writes it beside the file and renames it over
//! the file before any answer leaves, so that a write that fails leaves what was written before, and the next one writes everything.

mod guard;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::state::State;

pub(super) use guard::{Kept, StateGuard};

/// The version of the document's shape.
const FORMAT: u32 = 2;
/// How a file begins that an earlier version wrote.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It cannot be created, opened or read.
    #[error("cannot open the state file {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It cannot be replaced.
    #[error("cannot write the state file {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another platform has it.
    #[error(
        "the state file {path} is in use by another platform: end that one or name another file"
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is the database that earlier versions kept.
    #[error(
        "the state file {path} is the SQLite database of an earlier version, which this one does not read: \
         remove it or name another file, and the platform starts afresh"
    )]
    Database {
        /// The file.
        path: PathBuf,
    },
    /// It comes from another version.
    #[error("the state file {path} has format {found}; this version reads format {FORMAT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What stands in it.
        found: u32,
    },
    /// It cannot be parsed.
    #[error("the state file {path} cannot be read: {source}; is it a state file?")]
    Content {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
}

/// What stands in a file.
#[derive(Deserialize, Serialize)]
struct Document<S> {
    format: u32,
    state: S,
}

/// A state file that no other platform uses, and what was written to it last.
pub(super) struct Store {
    path: PathBuf,
    written: Vec<u8>,
    /// Locked as long as it is open: the file itself is another one after every change.
    _lock: File,
}

impl Store {
    /// Opens a file, which is created for its owner alone if it is not there, and reads what it holds.
    pub(super) fn open(path: &Path) -> Result<(Self, State), StateFileError> {
        let open = |source| StateFileError::Open {
            path: path.to_owned(),
            source,
        };
        private(path).map_err(open)?;
        // A link stays one: what it leads to is replaced.
        let real = path.canonicalize().map_err(open)?;
        let lock = private(&real.with_added_extension("lock")).map_err(open)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateFileError::InUse {
                path: path.to_owned(),
            },
            TryLockError::Error(source) => open(source),
        })?;
        let written = fs::read(&real).map_err(open)?;
        let state = if written.is_empty() {
            State::default()
        } else {
            read(path, &written)?
        };
        Ok((
            Self {
                path: real,
                written,
                _lock: lock,
            },
            state,
        ))
    }

    /// Writes the state if it is not what was written last: all of it or nothing.
    pub(super) fn save(&mut self, state: &State) -> io::Result<()> {
        let document = serde_json::to_vec(&Document {
            format: FORMAT,
            state,
        })?;
        if document == self.written {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let mut fresh = tempfile::Builder::new()
            .prefix(".platform-state-")
            .tempfile_in(folder)?;
        fresh.write_all(&document)?;
        fresh.as_file().sync_all()?;
        fresh.persist(&self.path).map_err(|error| error.error)?;
        // A rename is on the disk when its folder is.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        self.written = document;
        Ok(())
    }
}

fn read(path: &Path, written: &[u8]) -> Result<State, StateFileError> {
    if written.starts_with(SQLITE) {
        return Err(StateFileError::Database {
            path: path.to_owned(),
        });
    }
    let unreadable = |source| StateFileError::Content {
        path: path.to_owned(),
        source,
    };
    // The rows of another version need not look like these.
    let Document { format: found, .. } =
        serde_json::from_slice::<Document<serde::de::IgnoredAny>>(written).map_err(unreadable)?;
    if found != FORMAT {
        return Err(StateFileError::Format {
            path: path.to_owned(),
            found,
        });
    }
    let mut reader = serde_json::Deserializer::from_slice(written);
    // A body that was nested as deep as a request may be lies deeper here.
    reader.disable_recursion_limit();
    let mut document = Document::<State>::deserialize(&mut reader).map_err(unreadable)?;
    // A message that was on its way when the platform ended is not.
    document.state.queue.recall();
    Ok(document.state)
}

/// Opens a file without changing it, or creates one that only its owner may read: inbound secrets stand in it as the platform keeps
/// them.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}
