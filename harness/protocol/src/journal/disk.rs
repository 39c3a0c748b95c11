//! Facts of the subject's directories.

use serde::{Deserialize, Serialize};

/// A path below a watched directory was seen in a new state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiskFact {
    /// Relative to the stage's directory, such as `configs/.auth_token`.
    pub path: String,
    /// The state it was seen in.
    pub state: FileState,
    /// What brought it about.
    pub cause: DiskCause,
}

impl DiskFact {
    /// Whether the harness itself made the change.
    pub fn is_by_harness(&self) -> bool {
        self.cause == DiskCause::Harness
    }
}

/// What brought a state of a path about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskCause {
    /// The harness itself.
    Harness,
    /// A call of the subject, recorded just before this fact.
    Call(DiskCallClass),
    /// The kernel's notice of a change, made by any process; states in between may be missing.
    Notice(DiskCallClass),
    /// A process other than the subject and the harness.
    External,
    /// A look found it in this state; neither the cause nor any state in between was observed.
    Found,
}

/// The observed state of a path.
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
    /// User id of the owner.
    pub owner: u32,
    /// Bytes.
    pub size: u64,
    /// Which file it is: survives a change of content, not a replacement.
    pub inode: u64,
    /// Nanoseconds since the epoch.
    pub modified_ns: i128,
    /// The redacted text of a small regular file; absent when unreadable, large or not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// A fingerprint of the content under a key of the stage's, in hexadecimal; only a traced disk has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Where a symlink points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl PresentFile {
    /// Whether this is the same file in the same state, contents aside: they follow from the rest, and a credential that
    /// became known meanwhile is spelt differently.
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.mode == other.mode
            && self.owner == other.owner
            && self.size == other.size
            && self.inode == other.inode
            && self.modified_ns == other.modified_ns
            && self.target == other.target
    }
}

crate::vocabulary! {
    /// Kinds of directory entries.
    pub enum FileKind = "kind of entry" {
        /// A regular file.
        File = "file",
        /// A directory.
        Directory = "directory",
        /// A symbolic link.
        Symlink = "symlink",
        /// A pipe, socket or device.
        Special = "special",
    }
}

/// A call by which the subject acted on a watched path, as the kernel carried it out. The states it brought about follow
/// as facts of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiskCallFact {
    /// Which start of the subject.
    pub boot: u32,
    /// Counts the calls of a start from 0.
    pub index: u64,
    /// The process that made it.
    pub process: i32,
    /// The thread that made it.
    pub thread: i32,
    /// The system call, as the manual names it.
    pub name: String,
    /// Its group.
    pub class: DiskCallClass,
    /// What it acted on; the source of a rename or link. Absolute if it lies outside the stage.
    pub path: String,
    /// The destination of a rename or link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Open flags by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The permission bits it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// The length in bytes it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// What it returned; absent when the caller was killed before it could.
    pub result: Option<DiskResult>,
    /// The file it acted on, after it; a renamed one under its new name.
    pub after: Option<PresentFile>,
    /// The file has no name, so it cannot be found at `path`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nameless: bool,
    /// The label of the fault that was applied to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What a call returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskResult {
    /// A value that is no error.
    Value(i64),
    /// The name of an error, such as `ENOSPC`.
    Error(String),
}

impl DiskCallFact {
    /// Whether the call succeeded.
    pub fn took_effect(&self) -> bool {
        matches!(self.result, Some(DiskResult::Value(_)))
    }
}

crate::vocabulary! {
    /// Groups of system calls with the same effect, so that one statement holds for every language.
    pub enum DiskCallClass: PartialOrd, Ord = "class of calls" {
        /// Opening for anything but reading, creating included.
        Open = "open",
        /// Writing.
        Write = "write",
        /// Changing the length.
        Truncate = "truncate",
        /// Asking for the data to reach the disk.
        Sync = "sync",
        /// Renaming.
        Rename = "rename",
        /// Making a hard or symbolic link.
        Link = "link",
        /// Removing a file or directory.
        Unlink = "unlink",
        /// Making a directory.
        Mkdir = "mkdir",
        /// Making a pipe, socket or device.
        Mknod = "mknod",
        /// Changing the permission bits.
        Chmod = "chmod",
        /// Changing the owner.
        Chown = "chown",
        /// Changing the times.
        Utime = "utime",
        /// Changing an extended attribute.
        Xattr = "xattr",
        /// Mapping a file so that stores change it.
        Map = "map",
    }
}

/// From here on something may have happened to the disk that the journal does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindFact {
    /// Which start of the subject.
    pub boot: u32,
    /// Why they may be missing, in a sentence.
    pub why: String,
    /// What is hidden.
    pub hidden: Hidden,
    /// The only path concerned; absent when any may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What an observer may have missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hidden {
    /// Calls of the subject.
    Calls,
    /// Changes by others, at paths that the subject did not name.
    Outsiders,
    /// Nothing: the subject was refused a way around the observer.
    Nothing,
}

crate::vocabulary! {
    /// How the disk is observed.
    pub enum DiskObserverKind: Default = "observer of the disk" {
        /// Every call by which the subject changes a watched directory, in order.
        Trace = "trace",
        /// The kernel's notices of changes, and a look after each; states in between may be missed.
        Notify = "notify",
        /// A look whenever something else happens.
        Stat = "stat",
        /// The disk is not observed.
        #[default]
        None = "none",
    }
}
