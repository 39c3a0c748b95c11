//! The marker of the initial prompt: its existence says that the prompt was attempted (INI-001, INI-002).

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const FILE: &str = ".initial_prompt_done";

/// Knows the two places where the marker may be, the better one first (INI-006).
#[derive(Debug)]
pub(super) struct Marker([PathBuf; 2]);

impl Marker {
    pub(super) fn new(configuration_directory: &Path, filesystem_root: &Path) -> Self {
        Self([
            configuration_directory.join(FILE),
            filesystem_root.join("workspace").join(FILE),
        ])
    }

    pub(super) fn exists(&self) -> bool {
        self.0
            .iter()
            .any(|place| std::fs::symlink_metadata(place).is_ok())
    }

    /// Creates the marker in the first place that can be written.
    pub(super) fn create(&self) -> std::io::Result<()> {
        create(&self.0[0]).or_else(|_| create(&self.0[1]))
    }
}

fn create(place: &Path) -> std::io::Result<()> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(place)
    {
        Ok(mut file) => {
            file.write_all(b"attempted")?;
            file.sync_all()
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_directory_comes_first() {
        let (first, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let marker = Marker::new(first.path(), root.path());
        assert!(!marker.exists());
        marker.create().unwrap();
        assert_eq!(
            std::fs::read(first.path().join(FILE)).unwrap(),
            b"attempted"
        );
        assert!(marker.exists() && marker.create().is_ok());
    }

    #[test]
    fn the_workspace_is_the_second_choice_and_no_place_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let marker = Marker::new(&root.path().join("missing"), root.path());
        assert!(marker.create().is_err());
        std::fs::create_dir(root.path().join("workspace")).unwrap();
        marker.create().unwrap();
        assert!(marker.exists());
        assert_eq!(
            std::fs::read(root.path().join("workspace").join(FILE)).unwrap(),
            b"attempted"
        );
    }
}
