//! What lies in the subject's directories, seen from outside: a snapshot after every notice of the kernel.
//!
//! This observer knows the states it happened to see, not every state there was; checks on final states are all it serves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::Watcher as _;
use platform::Recorder;
use protocol::journal::{DiskFact, Fact, FileKind, FileState, PresentFile};

/// How the journal names this observer.
pub(crate) const OBSERVER: &str = "snapshot";

/// Larger files are recorded without their content.
const READ_AT_MOST: u64 = 16 * 1024;
/// Deeper and wider trees than this are not the contract's business.
const ENTRIES_AT_MOST: usize = 2_000;

/// Watches directories and records every new state of an entry.
pub(crate) struct DiskObserver {
    shared: Arc<Shared>,
    _watcher: Option<notify::RecommendedWatcher>,
}

struct Shared {
    root: PathBuf,
    directories: Vec<PathBuf>,
    recorder: Recorder,
    seen: Mutex<BTreeMap<String, PresentFile>>,
}

impl DiskObserver {
    /// Starts to watch these directories below the stage's root.
    pub(crate) fn start(root: &Path, directories: Vec<PathBuf>, recorder: Recorder) -> Self {
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            directories,
            recorder,
            seen: Mutex::new(BTreeMap::new()),
        });
        let noticed = Arc::clone(&shared);
        // Notices only hasten a look that happens anyway at every event of the journal, so a watcher that cannot start is no loss.
        let mut watcher = notify::recommended_watcher(move |notice: notify::Result<notify::Event>| {
            if notice.is_ok_and(|event| !event.kind.is_access()) {
                noticed.look(false);
            }
        })
        .ok();
        for directory in &shared.directories {
            if let Some(watcher) = watcher.as_mut() {
                let _ = watcher.watch(directory, notify::RecursiveMode::Recursive);
            }
        }
        Self { shared, _watcher: watcher }
    }

    /// Looks now and records what changed since the last look.
    pub(crate) fn look(&self) {
        self.shared.look(false);
    }

    /// Lets the harness change the directories; what is new afterwards is recorded as its own doing.
    pub(crate) fn by_harness<T>(&self, change: impl FnOnce() -> T) -> T {
        let mut seen = self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.record_changes(&mut seen, false);
        let result = change();
        self.shared.record_changes(&mut seen, true);
        result
    }
}

impl Shared {
    fn look(&self, by_harness: bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.record_changes(&mut seen, by_harness);
    }

    fn record_changes(&self, seen: &mut BTreeMap<String, PresentFile>, by_harness: bool) {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<PathBuf> = self.directories.clone();
        while let Some(directory) = waiting.pop() {
            let Ok(entries) = fs::read_dir(&directory) else { continue };
            for entry in entries.flatten() {
                if found.len() >= ENTRIES_AT_MOST {
                    return;
                }
                let path = entry.path();
                let Some(name) = self.name(&path) else { continue };
                let known = seen.get(&name);
                let Some(present) = self.describe(&path, known) else { continue };
                if present.kind == FileKind::Directory {
                    waiting.push(path);
                }
                if known != Some(&present) {
                    self.record(&name, FileState::Present(present.clone()), by_harness);
                    seen.insert(name.clone(), present);
                }
                found.insert(name);
            }
        }
        let gone: Vec<String> = seen.keys().filter(|name| !found.contains(*name)).cloned().collect();
        for name in gone {
            seen.remove(&name);
            self.record(&name, FileState::Absent, by_harness);
        }
    }

    fn record(&self, name: &str, state: FileState, by_harness: bool) {
        let path = self.recorder.redactor().redact(name);
        self.recorder.record(Fact::Disk(DiskFact { path, state, by_harness }));
    }

    fn name(&self, path: &Path) -> Option<String> {
        Some(path.strip_prefix(&self.root).ok()?.to_string_lossy().into_owned())
    }

    fn describe(&self, path: &Path, known: Option<&PresentFile>) -> Option<PresentFile> {
        let metadata = fs::symlink_metadata(path).ok()?;
        let kind = match metadata.file_type() {
            kind if kind.is_file() => FileKind::File,
            kind if kind.is_dir() => FileKind::Directory,
            kind if kind.is_symlink() => FileKind::Symlink,
            _ => FileKind::Special,
        };
        let mut present = PresentFile {
            kind,
            mode: metadata.permissions().mode() & 0o7777,
            // The size and time of a directory say nothing that its entries do not.
            size: if kind == FileKind::Directory { 0 } else { metadata.size() },
            inode: metadata.ino(),
            modified_ns: if kind == FileKind::Directory {
                0
            } else {
                i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
            },
            content: None,
            target: None,
        };
        match kind {
            FileKind::File => {
                let same = known.filter(|known| {
                    known.inode == present.inode
                        && known.modified_ns == present.modified_ns
                        && known.size == present.size
                });
                present.content = match same.and_then(|known| known.content.clone()) {
                    Some(content) => Some(content),
                    None => self.read(path, present.size),
                };
            }
            FileKind::Symlink => {
                let target = fs::read_link(path).ok()?;
                present.target = Some(self.recorder.redactor().redact(&target.to_string_lossy()));
            }
            FileKind::Directory | FileKind::Special => {}
        }
        Some(present)
    }

    fn read(&self, path: &Path, size: u64) -> Option<String> {
        if size > READ_AT_MOST {
            return None;
        }
        let no_follow = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(no_follow.bits()).ok()?;
        let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
        let mut bytes = Vec::new();
        file.take(READ_AT_MOST).read_to_end(&mut bytes).ok()?;
        Some(self.recorder.redactor().redact_bytes(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use protocol::credential::CredentialKind;
    use protocol::{Credential, Redactor};

    use super::*;

    fn facts(recorder: &Recorder) -> Vec<DiskFact> {
        recorder.read(|events| {
            events
                .iter()
                .filter_map(|event| match &event.fact {
                    Fact::Disk(fact) => Some(fact.clone()),
                    _ => None,
                })
                .collect()
        })
    }

    #[test]
    fn a_credential_file_is_seen_with_mode_and_placeholder_and_its_end_too() {
        let root = tempfile::tempdir().unwrap();
        let configs = root.path().join("configs");
        fs::create_dir(&configs).unwrap();
        let redactor = Redactor::new();
        redactor.learn(CredentialKind::AuthToken, &Credential::new("abcdefghijklmnopqrst"));
        let recorder = Recorder::start(redactor);
        let observer = DiskObserver::start(root.path(), vec![configs.clone()], recorder.clone());
        let file = configs.join(".auth_token");
        observer.by_harness(|| fs::write(&file, "abcdefghijklmnopqrst").unwrap());
        fs::remove_file(&file).unwrap();
        observer.look();
        let facts = facts(&recorder);
        let FileState::Present(present) = &facts[0].state else { panic!("{facts:?}") };
        assert_eq!(facts[0].path, "configs/.auth_token");
        assert!(facts[0].by_harness);
        assert_eq!(present.content.as_deref(), Some("«auth-token-1»"));
        let last = facts.last().unwrap();
        assert_eq!((last.path.as_str(), &last.state), ("configs/.auth_token", &FileState::Absent));
        assert!(!last.by_harness);
    }
}
