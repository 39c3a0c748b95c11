//! Ways of getting content into a private file. All but the first are seeded mistakes, each with one thing wrong.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Says how content gets into the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// By a fresh private file that is renamed to the name.
    #[default]
    Renamed,
    /// Truncated and written where it stands.
    InPlace,
    /// Written where it stands, and private only after the content is there.
    InPlaceThenNarrowed,
    /// Renamed from a file that becomes private only after the content is there.
    NarrowedThenRenamed,
    /// Renamed first and made private afterwards.
    RenamedThenNarrowed,
    /// Renamed from a file whose name is always the same, and which is opened whatever it is.
    FixedTemporary,
    /// Removed before the new file is renamed to the name.
    RemovedThenRenamed,
    /// Copied from a temporary file.
    Copied,
    /// Renamed after a single write, however little of the content it took.
    WrittenOnce,
    /// Renamed, and the temporary file forgotten when that fails.
    ForgottenOnError,
}

impl Manner {
    /// Writes in a mistaken way; nothing happens in the right one, which is not here.
    pub(super) fn write_mistakenly(self, path: &Path, mode: u32, content: &[u8]) -> std::io::Result<()> {
        let fresh = beside(path, &format!(".{}.tmp", uuid::Uuid::new_v4().simple()));
        let written = self.write_through(&fresh, path, mode, content);
        if written.is_err() && self != Self::ForgottenOnError {
            // Whether there is one depends on how far it came.
            let _ = std::fs::remove_file(&fresh);
        }
        written
    }

    fn write_through(self, fresh: &Path, path: &Path, mode: u32, content: &[u8]) -> std::io::Result<()> {
        let fixed = beside(path, ".tmp");
        let narrow = |path: &Path| std::fs::set_permissions(path, Permissions::from_mode(mode));
        match self {
            Self::Renamed => Ok(()),
            Self::InPlace => overwrite(path, 0o600, content).map(drop),
            Self::InPlaceThenNarrowed => overwrite(path, 0o666, content).and_then(|_| narrow(path)),
            Self::NarrowedThenRenamed => {
                overwrite(fresh, 0o644, content)?.sync_all()?;
                narrow(fresh)?;
                std::fs::rename(fresh, path)
            }
            Self::RenamedThenNarrowed => {
                overwrite(fresh, 0o644, content)?.sync_all()?;
                std::fs::rename(fresh, path)?;
                narrow(path)
            }
            Self::FixedTemporary => {
                overwrite(&fixed, mode, content)?.sync_all()?;
                std::fs::rename(&fixed, path)
            }
            Self::RemovedThenRenamed => {
                overwrite(fresh, mode, content)?.sync_all()?;
                // Whether there was one does not matter here.
                let _ = std::fs::remove_file(path);
                std::fs::rename(fresh, path)
            }
            Self::Copied => {
                overwrite(fresh, mode, content)?.sync_all()?;
                let copied = overwrite(path, mode, &std::fs::read(fresh)?);
                std::fs::remove_file(fresh)?;
                copied.map(drop)
            }
            Self::WrittenOnce => {
                let mut file = create(fresh, mode)?;
                let _taken = file.write(content)?;
                file.sync_all()?;
                std::fs::rename(fresh, path)
            }
            Self::ForgottenOnError => {
                overwrite(fresh, mode, content)?.sync_all()?;
                std::fs::rename(fresh, path)
            }
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

fn create(path: &Path, mode: u32) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)
}

fn overwrite(path: &Path, mode: u32, content: &[u8]) -> std::io::Result<File> {
    let mut file = create(path, mode)?;
    file.write_all(content)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISTAKES: [Manner; 9] = [
        Manner::InPlace,
        Manner::InPlaceThenNarrowed,
        Manner::NarrowedThenRenamed,
        Manner::RenamedThenNarrowed,
        Manner::FixedTemporary,
        Manner::RemovedThenRenamed,
        Manner::Copied,
        Manner::WrittenOnce,
        Manner::ForgottenOnError,
    ];

    #[test]
    fn every_mistake_ends_with_the_content_in_a_private_file_where_nothing_goes_wrong() {
        for manner in MISTAKES {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("token");
            manner.write_mistakenly(&path, 0o600, b"content").unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), b"content", "{manner:?}");
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{manner:?}");
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "{manner:?}");
        }
    }
}
