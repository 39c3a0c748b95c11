//! The files of one request: either all are kept or none (CHAT-011).

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use rustix::fs::OFlags;
use serde_json::{Value, json};
use tokio::fs::File;
use uuid::Uuid;

use super::sanitise::sanitise;
use crate::serve::media_type;

/// Where uploads are, as every answer names it (CHAT-002).
const PLACE: &str = "/workspace/.molecule/chat-uploads";

/// Says why a batch is refused; becomes status and text of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UploadError(pub(super) StatusCode, pub(super) String);

impl UploadError {
    pub(super) fn new(status: StatusCode, text: &str) -> Self {
        Self(status, text.to_owned())
    }

    fn broken(text: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
    }
}

/// Collects stored files; removes them when dropped, unless they were kept.
#[derive(Debug)]
pub(super) struct Batch {
    directory: PathBuf,
    stored: Vec<PathBuf>,
    entries: Vec<Value>,
}

impl Batch {
    pub(super) fn new(filesystem_root: &Path) -> Self {
        let directory = filesystem_root.join(PLACE.trim_start_matches('/'));
        Self {
            directory,
            stored: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Creates a private file for an upload of this name, and never opens one that is there (CHAT-004).
    pub(super) fn create(&mut self, name: &str) -> Result<(File, String), UploadError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)
            .map_err(|_| UploadError::broken("failed to prepare uploads dir"))?;
        let name = sanitise(name);
        let path = self
            .directory
            .join(format!("{}-{name}", Uuid::new_v4().simple()));
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path);
        let file = opened.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => UploadError::broken("internal collision; retry"),
            _ => UploadError::broken("failed to write file"),
        })?;
        self.stored.push(path);
        Ok((File::from_std(file), name))
    }

    /// Notes the last created file as complete.
    pub(super) fn complete(&mut self, name: &str, media_type: Option<String>, size: u64) {
        let stored = self
            .stored
            .last()
            .and_then(|path| path.file_name())
            .unwrap_or_default();
        self.entries.push(json!({
            "uri": format!("workspace:{PLACE}/{}", stored.to_string_lossy()),
            "name": name,
            "mimeType": media_type.or_else(|| media_type::guess(name).map(str::to_owned)).unwrap_or_default(),
            "size": size,
        }));
    }

    /// Keeps every file and returns the entries in order.
    pub(super) fn keep(mut self) -> Vec<Value> {
        self.stored.clear();
        std::mem::take(&mut self.entries)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for path in &self.stored {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(root: &Path) -> usize {
        std::fs::read_dir(root.join("workspace/.molecule/chat-uploads")).map_or(0, Iterator::count)
    }

    #[tokio::test]
    async fn a_dropped_batch_leaves_nothing_and_a_kept_one_everything() {
        let root = tempfile::tempdir().unwrap();
        let mut batch = Batch::new(root.path());
        batch.create("a").unwrap();
        batch.create("b").unwrap();
        assert_eq!(count(root.path()), 2);
        drop(batch);
        assert_eq!(count(root.path()), 0);
        let mut batch = Batch::new(root.path());
        let (_, name) = batch.create("x y.txt").unwrap();
        batch.complete(&name, None, 3);
        let entries = batch.keep();
        assert_eq!((count(root.path()), entries.len()), (1, 1));
        assert_eq!(
            (&entries[0]["name"], &entries[0]["mimeType"]),
            (&json!("x_y.txt"), &json!("text/plain"))
        );
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_made_is_said_so() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("workspace"), "a file").unwrap();
        let refusal = Batch::new(root.path()).create("a").unwrap_err();
        assert_eq!(refusal.1, "failed to prepare uploads dir");
    }
}
