//! The files of one request: all of them stay, or none does (CHAT-011).

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use rustix::fs::OFlags;
use serde_json::{Value, json};
use tokio::fs::File;
use uuid::Uuid;

use super::sanitise::sanitise;
use crate::defect::{Defect, Seeded};
use crate::serve::media_type;

/// Where uploads are, as every answer names it (CHAT-002).
const PLACE: &str = "/workspace/.molecule/chat-uploads";

/// Says why a batch is refused; becomes status and text of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) String);

impl Refusal {
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
    seeded: Seeded,
}

impl Batch {
    pub(super) fn new(filesystem_root: &Path, seeded: Seeded) -> Self {
        Self { directory: directory(filesystem_root), stored: Vec::new(), entries: Vec::new(), seeded }
    }

    /// Creates a private file for an upload of this name, and never opens one that is there (CHAT-004).
    pub(super) fn create(&mut self, name: &str) -> Result<(File, String), Refusal> {
        if !self.seeded.has(Defect::UploadDirectoryAtBoot) {
            make(&self.directory).map_err(|_| Refusal::broken("failed to prepare uploads dir"))?;
        }
        let name = self.stored_name(name);
        let overwrites = self.seeded.has(Defect::UploadOverwrites);
        let prefix = if overwrites { Uuid::nil() } else { Uuid::new_v4() };
        let path = self.directory.join(format!("{}-{name}", prefix.simple()));
        let mut options = OpenOptions::new();
        let is_shared = [Defect::UploadWorldReadable, Defect::UploadNarrowedLate]
            .into_iter()
            .any(|defect| self.seeded.has(defect));
        let mode = if is_shared { 0o644 } else { 0o600 };
        options.write(true).mode(mode).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        if overwrites {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        let file = options.open(&path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Refusal::broken("internal collision; retry"),
            _ => Refusal::broken("failed to write file"),
        })?;
        self.stored.push(path);
        Ok((File::from_std(file), name))
    }

    /// Notes the last created file as complete.
    pub(super) fn complete(&mut self, name: &str, media_type: Option<String>, size: u64) {
        if self.seeded.has(Defect::UploadNarrowedLate)
            && let Some(path) = self.stored.last()
        {
            let _ = std::fs::set_permissions(path, Permissions::from_mode(0o600));
        }
        let stored = self.stored.last().and_then(|path| path.file_name()).unwrap_or_default();
        self.entries.push(json!({
            "uri": format!("workspace:{PLACE}/{}", stored.to_string_lossy()),
            "name": name,
            "mimeType": media_type.or_else(|| media_type::guess(name).map(str::to_owned)).unwrap_or_default(),
            "size": size,
        }));
    }

    /// Keeps every file and gives the entries in order.
    pub(super) fn keep(mut self) -> Vec<Value> {
        self.stored.clear();
        if self.seeded.has(Defect::UploadReversed) {
            self.entries.reverse();
        }
        std::mem::take(&mut self.entries)
    }

    fn stored_name(&self, name: &str) -> String {
        if self.seeded.has(Defect::UploadNameRaw) {
            return name.replace('/', "_");
        }
        sanitise(name)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if self.seeded.has(Defect::UploadBatchLeft) {
            return;
        }
        for path in &self.stored {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Makes the directory before it is needed, which only a seeded mistake does.
pub(crate) fn prepare(filesystem_root: &Path) {
    let _ = make(&directory(filesystem_root));
}

fn directory(filesystem_root: &Path) -> PathBuf {
    filesystem_root.join(PLACE.trim_start_matches('/'))
}

fn make(directory: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
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
        let mut batch = Batch::new(root.path(), Seeded::default());
        batch.create("a").unwrap();
        batch.create("b").unwrap();
        assert_eq!(count(root.path()), 2);
        drop(batch);
        assert_eq!(count(root.path()), 0);
        let mut batch = Batch::new(root.path(), Seeded::default());
        let (_, name) = batch.create("x y.txt").unwrap();
        batch.complete(&name, None, 3);
        let entries = batch.keep();
        assert_eq!((count(root.path()), entries.len()), (1, 1));
        assert_eq!((&entries[0]["name"], &entries[0]["mimeType"]), (&json!("x_y.txt"), &json!("text/plain")));
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_made_is_said_so() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("workspace"), "a file").unwrap();
        let refusal = Batch::new(root.path(), Seeded::default()).create("a").unwrap_err();
        assert_eq!(refusal.1, "failed to prepare uploads dir");
    }

    #[tokio::test]
    async fn the_raw_name_stays_inside_the_directory() {
        let root = tempfile::tempdir().unwrap();
        let mut batch = Batch::new(root.path(), Seeded::new(Some(Defect::UploadNameRaw)));
        assert_eq!(batch.create("../../x y").unwrap().1, ".._.._x y");
        assert_eq!(count(root.path()), 1);
    }
}
