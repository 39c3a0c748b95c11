//! Facts of the subject's directories.

use serde::{Deserialize, Serialize};

/// A path below a watched directory was seen in a new state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiskFact {
    /// Relative to the stage's directory, such as `configs/.auth_token`.
    pub path: String,
    /// What it was seen as.
    pub state: FileState,
    /// Whether the harness itself made the change.
    #[serde(default)]
    pub by_harness: bool,
}

/// What a path was seen as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// Nothing is there (any more).
    Absent,
    /// Something is there.
    Present(PresentFile),
}

/// A directory entry as seen without following symlinks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresentFile {
    /// What kind of entry.
    pub kind: FileKind,
    /// Permission bits, such as `0o600`.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// Which file it is: survives a change of content, not a replacement.
    pub inode: u64,
    /// Nanoseconds since the epoch.
    pub modified_ns: i128,
    /// The redacted text of a small regular file; absent when unreadable, large or not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Where a symlink points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// Kinds of directory entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A pipe, socket or device.
    Special,
}
