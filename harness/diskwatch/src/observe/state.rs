//! The state of one path: everything a check may ask about a file.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::digest::{Digest, Key};

/// Larger contents are told by their digest only.
const KEPT_AT_MOST: usize = 16 * 1024;

/// What was at a path, final symbolic links not followed, or behind a descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct State {
    /// What kind of entry.
    pub kind: Kind,
    /// Permission bits, such as `0o600`.
    pub mode: u32,
    /// User id of the owner.
    pub owner: u32,
    /// Group id.
    pub group: u32,
    /// Number within its file system; a replaced file may get the number of its predecessor.
    pub inode: u64,
    /// How many names it has; 0 for a directory, where the count says nothing.
    pub links: u64,
    /// Bytes; 0 for a directory.
    pub size: u64,
    /// Nanoseconds since the epoch; 0 for a directory, whose time tells nothing that its entries do not.
    pub modified_ns: i64,
    /// Fingerprint of a regular file's content; absent when it is unreadable or larger than the request allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Content of a regular file of at most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Where a symbolic link points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// Kinds of directory entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Pipe,
    /// A socket or device.
    Special,
}

/// The bytes of a small file. They may be a credential, so they are never printed for debugging.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// They are text.
    Text(String),
    /// They are not.
    Bytes(Vec<u8>),
}

impl Content {
    /// The bytes themselves.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Content({} bytes)", self.as_bytes().len())
    }
}

/// Looks at files.
pub(crate) struct Observer {
    key: Key,
    read_at_most: u64,
}

impl Observer {
    pub(crate) fn new(key: Key, read_at_most: u64) -> Self {
        Self { key, read_at_most }
    }

    /// What is at a path; `None` if nothing is.
    pub(crate) fn at(&self, path: &Path) -> Option<State> {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(self.describe(&metadata, path, libc::O_NOFOLLOW))
    }

    /// What is behind `/proc/TID/fd/N`, even if it has lost its name.
    pub(crate) fn behind(&self, link: &Path) -> Option<State> {
        let metadata = fs::metadata(link).ok()?;
        Some(self.describe(&metadata, link, 0))
    }

    /// What is at a path whose metadata were just read.
    pub(crate) fn of(&self, metadata: &Metadata, path: &Path) -> State {
        self.describe(metadata, path, libc::O_NOFOLLOW)
    }

    fn describe(&self, metadata: &Metadata, path: &Path, flags: i32) -> State {
        let kind = kind(metadata);
        let entries = kind == Kind::Directory;
        let mut state = State {
            kind,
            mode: metadata.mode() & 0o7777,
            owner: metadata.uid(),
            group: metadata.gid(),
            inode: metadata.ino(),
            links: if entries { 0 } else { metadata.nlink() },
            size: if entries { 0 } else { metadata.size() },
            modified_ns: if entries {
                0
            } else {
                metadata
                    .mtime()
                    .saturating_mul(1_000_000_000)
                    .saturating_add(metadata.mtime_nsec())
            },
            digest: None,
            content: None,
            target: None,
        };
        match kind {
            Kind::File => {
                if let Some(bytes) = read(path, flags, metadata.ino(), self.read_at_most) {
                    state.digest = Some(self.key.digest(&bytes));
                    if bytes.len() <= KEPT_AT_MOST {
                        state.content = Some(match String::from_utf8(bytes) {
                            Ok(text) => Content::Text(text),
                            Err(error) => Content::Bytes(error.into_bytes()),
                        });
                    }
                }
            }
            Kind::Symlink => {
                state.target = fs::read_link(path)
                    .ok()
                    .map(|target| target.to_string_lossy().into_owned());
            }
            Kind::Directory | Kind::Pipe | Kind::Special => {}
        }
        state
    }
}

fn kind(metadata: &Metadata) -> Kind {
    match metadata.file_type() {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Directory,
        kind if kind.is_symlink() => Kind::Symlink,
        kind if kind.is_fifo() => Kind::Pipe,
        _ => Kind::Special,
    }
}

/// The whole content, unless the path has come to mean something else meanwhile.
fn read(path: &Path, flags: i32, inode: u64, at_most: u64) -> Option<Vec<u8>> {
    let mut options = OpenOptions::new();
    // Should a pipe have taken the place, opening must not wait for its other end.
    let file: File = options
        .read(true)
        .custom_flags(flags | libc::O_NONBLOCK)
        .open(path)
        .ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.ino() != inode || metadata.size() > at_most {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(at_most.saturating_add(1))
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() as u64 <= at_most).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn observer() -> Observer {
        Observer::new(Key::new(&[7; 32]), 8 * 1024 * 1024)
    }

    #[test]
    fn a_small_file_is_described_with_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "secret").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let state = observer().at(&path).unwrap();
        assert_eq!(
            (state.kind, state.mode, state.size, state.links),
            (Kind::File, 0o640, 6, 1)
        );
        assert_eq!(state.content, Some(Content::Text("secret".into())));
        assert_eq!(state.digest, Some(Digest::of(&[7; 32], b"secret")));
        assert!(!format!("{state:?}").contains("secret"));
    }

    #[test]
    fn a_large_file_keeps_its_digest_only_and_a_binary_one_its_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("large");
        fs::write(&path, vec![b'x'; KEPT_AT_MOST + 1]).unwrap();
        let state = observer().at(&path).unwrap();
        assert!(state.content.is_none() && state.digest.is_some());
        fs::write(&path, [0xff, 0]).unwrap();
        assert_eq!(
            observer().at(&path).unwrap().content,
            Some(Content::Bytes(vec![0xff, 0]))
        );
    }

    #[test]
    fn a_file_larger_than_asked_for_has_neither_content_nor_digest() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "12345").unwrap();
        let seen = |read_at_most| {
            Observer::new(Key::new(&[7; 32]), read_at_most)
                .at(&path)
                .unwrap()
        };
        assert!(seen(4).content.is_none() && seen(4).digest.is_none());
        assert_eq!((seen(4).size, seen(4).mode), (5, seen(5).mode));
        for enough in [5, u64::MAX] {
            assert!(seen(enough).content.is_some() && seen(enough).digest.is_some());
        }
    }

    #[test]
    fn links_and_absence_are_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("link");
        symlink("nowhere", &path).unwrap();
        let state = observer().at(&path).unwrap();
        assert_eq!(
            (state.kind, state.target.as_deref()),
            (Kind::Symlink, Some("nowhere"))
        );
        assert_eq!(observer().at(&directory.path().join("none")), None);
    }

    #[test]
    fn a_state_survives_its_spelling_in_json() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a"), [0xff]).unwrap();
        let state = observer().at(&directory.path().join("a")).unwrap();
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }
}
