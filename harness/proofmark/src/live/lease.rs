//! The lease journal: what a run creates on a tenant is written down, and synced, before it is asked for.
//!
//! One line of JSON a change. A run that was killed leaves leases behind that `sweep` finds here; a torn last line is one that was never
//! acted upon.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A claim on something created on a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lease {
    /// The tenant's origin.
    pub platform: String,
    /// The run, whose name is part of everything it creates.
    pub run: String,
    /// The name of the workspace.
    pub name: String,
    /// How far it came.
    pub state: Leased,
}

/// How far a lease came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leased {
    /// It is about to be asked for; whether it was created only the tenant knows.
    Wanted,
    /// It was created with this id.
    Created(String),
    /// It was given back.
    Released,
}

/// Why a lease journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The file cannot be read or written.
    #[error("cannot use the lease journal `{}`: {source}; without it nothing is created", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line is not one of ours.
    #[error("{}:{line}: this is no lease of Proofmark's: {why}; move the file away if it is not a lease journal", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// An open lease journal.
#[derive(Debug)]
pub struct LeaseJournal {
    path: PathBuf,
    file: File,
}

impl LeaseJournal {
    /// Where leases are kept unless told otherwise: below the user's state directory.
    pub fn usual_path() -> PathBuf {
        let state = std::env::var_os("XDG_STATE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        let base = state.or_else(home).unwrap_or_else(std::env::temp_dir);
        base.join("proofmark/leases.ndjson")
    }

    /// Opens a journal for more leases; makes it, readable for its owner alone, if there is none. A torn last line is cut off, since
    /// a line written behind it would be torn, too.
    pub fn open(path: &Path) -> Result<Self, LeaseError> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let failed = |source| LeaseError::File {
            path: path.to_owned(),
            source,
        };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let mut text = Vec::new();
        // Another run may be in the middle of a line.
        file.lock().map_err(failed)?;
        file.read_to_end(&mut text).map_err(failed)?;
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        file.unlock().map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Writes a lease and waits until it is on the disk.
    pub fn write(&mut self, lease: &Lease) -> Result<(), LeaseError> {
        let failed = |source| LeaseError::File {
            path: self.path.clone(),
            source,
        };
        let mut line = serde_json::to_string(lease).map_err(|error| failed(error.into()))?;
        line.push('\n');
        self.file.lock().map_err(failed)?;
        let written = self.file.write_all(line.as_bytes());
        self.file.unlock().and(written).map_err(failed)?;
        self.file.sync_data().map_err(failed)
    }

    /// What was created on a tenant, or may have been, and was not given back; oldest first.
    pub fn outstanding(path: &Path, platform: &str) -> Result<Vec<Lease>, LeaseError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => {
                return Err(LeaseError::File {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let mut open: Vec<Lease> = Vec::new();
        let ends_whole = text.ends_with('\n');
        let count = text.lines().count();
        for (index, line) in text.lines().enumerate() {
            let lease: Lease = match serde_json::from_str(line) {
                Ok(lease) => lease,
                // Torn by the end of its writer, which waits for the disk before it asks for anything.
                Err(_) if index + 1 == count && !ends_whole => break,
                Err(error) => {
                    let why = error.to_string();
                    return Err(LeaseError::Line {
                        path: path.to_owned(),
                        line: index + 1,
                        why,
                    });
                }
            };
            if lease.platform != platform {
                continue;
            }
            let same = |known: &Lease| known.run == lease.run && known.name == lease.name;
            match (&lease.state, open.iter_mut().find(|known| same(known))) {
                (Leased::Released, _) => open.retain(|known| !same(known)),
                (_, Some(known)) => *known = lease,
                (_, None) => open.push(lease),
            }
        }
        Ok(open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(name: &str, state: Leased) -> Lease {
        Lease {
            platform: "https://a".into(),
            run: "r1".into(),
            name: name.into(),
            state,
        }
    }

    #[test]
    fn what_was_not_given_back_is_outstanding_in_its_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/leases.ndjson");
        assert!(
            LeaseJournal::outstanding(&path, "https://a")
                .unwrap()
                .is_empty()
        );
        let mut journal = LeaseJournal::open(&path).unwrap();
        for (name, state) in [
            ("one", Leased::Wanted),
            ("two", Leased::Wanted),
            ("one", Leased::Created("id-1".into())),
            ("three", Leased::Wanted),
            ("two", Leased::Released),
        ] {
            journal.write(&lease(name, state)).unwrap();
        }
        let elsewhere = Lease {
            platform: "https://b".into(),
            ..lease("four", Leased::Wanted)
        };
        journal.write(&elsewhere).unwrap();
        let open = LeaseJournal::outstanding(&path, "https://a").unwrap();
        assert_eq!(
            open,
            [
                lease("one", Leased::Created("id-1".into())),
                lease("three", Leased::Wanted)
            ]
        );
    }

    #[test]
    fn a_torn_last_line_was_never_acted_upon_and_any_other_is_a_mistake() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leases.ndjson");
        let whole = serde_json::to_string(&lease("one", Leased::Wanted)).unwrap();
        std::fs::write(&path, format!("{whole}\n{{\"platf")).unwrap();
        assert_eq!(
            LeaseJournal::outstanding(&path, "https://a").unwrap().len(),
            1
        );
        LeaseJournal::open(&path)
            .unwrap()
            .write(&lease("two", Leased::Wanted))
            .unwrap();
        assert_eq!(
            LeaseJournal::outstanding(&path, "https://a").unwrap().len(),
            2
        );
        std::fs::write(&path, format!("hello\n{whole}\n")).unwrap();
        let error = LeaseJournal::outstanding(&path, "https://a")
            .unwrap_err()
            .to_string();
        assert!(error.contains("leases.ndjson:1:"), "{error}");
    }
}
