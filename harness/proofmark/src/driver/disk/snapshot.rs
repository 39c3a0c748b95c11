//! What was last seen of every path, and a look at what there is now.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use platform::Recorder;
use protocol::journal::{DiskCause, DiskFact, Fact, FileKind, FileState, PresentFile};

/// Larger files are recorded without their content.
const READ_AT_MOST: u64 = 16 * 1024;
/// Deeper and wider trees than this are not the contract's business.
const ENTRIES_AT_MOST: usize = 2_000;

/// What was known of every path at some time.
pub(crate) struct Known(BTreeMap<String, (PresentFile, DiskCause)>);

/// The last seen state of every path of a stage, by any observer.
pub(super) struct LastSeen {
    root: PathBuf,
    directories: Vec<PathBuf>,
    recorder: Recorder,
    states: Mutex<BTreeMap<String, (PresentFile, DiskCause)>>,
    /// What the harness itself changes just now, relative to the stage.
    harness: Mutex<Option<String>>,
}

impl LastSeen {
    pub(super) fn new(root: &Path, directories: Vec<PathBuf>, recorder: Recorder) -> Self {
        Self {
            root: root.to_owned(),
            directories,
            recorder,
            states: Mutex::new(BTreeMap::new()),
            harness: Mutex::new(None),
        }
    }

    /// What is known of every path now, to be gone back to.
    pub(super) fn known(&self) -> Known {
        Known(self.states().clone())
    }

    /// Knows again what was known then, and nothing of what came after.
    pub(super) fn know_again(&self, known: &Known) {
        self.states().clone_from(&known.0);
    }

    #[cfg(traced)]
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Looks at everything and records what changed since it was last seen.
    pub(super) fn look(&self, cause: DiskCause) {
        for fact in self.changes(&self.directories, |_| true, cause) {
            self.recorder.record(Fact::Disk(fact));
        }
    }

    /// The same for what lies at or below one path, and for the directories on the way to it.
    pub(super) fn look_below(&self, scope: &Path, cause: DiskCause) {
        let Some(scope) = self.name(scope) else {
            return;
        };
        for fact in self.changes(&self.directories, |name| concerns(name, &scope), cause) {
            self.recorder.record(Fact::Disk(fact));
        }
    }

    /// From now on a change at or below this path is the harness's.
    pub(super) fn begin_harness(&self, scope: &Path) {
        *self.harness.lock().unwrap_or_else(PoisonError::into_inner) = self.name(scope);
    }

    pub(super) fn end_harness(&self) {
        *self.harness.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whose change it is that the subject did not make.
    pub(super) fn outsider(&self, name: &str) -> DiskCause {
        let harness = self.harness.lock().unwrap_or_else(PoisonError::into_inner);
        match harness.as_deref() {
            Some(scope) if concerns(name, scope) => DiskCause::Harness,
            _ => DiskCause::External,
        }
    }

    /// Takes note of a state that the tracer saw; gives the fact to record, if it is news.
    #[cfg(traced)]
    pub(super) fn note(
        &self,
        name: &str,
        state: Option<PresentFile>,
        cause: DiskCause,
    ) -> Option<DiskFact> {
        note(&mut self.states(), name, state, cause).map(|state| self.fact(name, state, cause))
    }

    /// Takes note of a kind of change the kernel told of; the harness's own changes are known already.
    pub(super) fn noticed(&self, path: &Path, cause: DiskCause) {
        let Some(name) = self.name(path) else { return };
        let cause = if self.outsider(&name) == DiskCause::Harness {
            DiskCause::Harness
        } else {
            cause
        };
        let mut states = self.states();
        let known = states.get(&name);
        let state = self.describe(path, known.map(|(state, _)| state));
        let is_told = match (known, &state) {
            (Some((known, last)), Some(now)) => {
                known.is_same(now) && (*last == DiskCause::Harness || *last == cause)
            }
            (None, None) => true,
            _ => false,
        };
        if is_told {
            return;
        }
        let fact = if let Some(state) = state {
            states.insert(name.clone(), (state.clone(), cause));
            self.fact(&name, FileState::Present(state), cause)
        } else {
            states.remove(&name);
            self.fact(&name, FileState::Absent, cause)
        };
        drop(states);
        self.recorder.record(Fact::Disk(fact));
    }

    fn changes(
        &self,
        tops: &[PathBuf],
        wanted: impl Fn(&str) -> bool,
        cause: DiskCause,
    ) -> Vec<DiskFact> {
        let mut states = self.states();
        let mut facts = Vec::new();
        let mut found = BTreeSet::new();
        let mut waiting: Vec<PathBuf> = tops.to_vec();
        while let Some(directory) = waiting.pop() {
            let Ok(entries) = fs::read_dir(&directory) else {
                continue;
            };
            for entry in entries.flatten() {
                if found.len() >= ENTRIES_AT_MOST {
                    return facts;
                }
                let path = entry.path();
                let Some(name) = self.name(&path) else {
                    continue;
                };
                let known = states.get(&name).map(|(state, _)| state);
                let Some(present) = self.describe(&path, known) else {
                    continue;
                };
                if present.kind == FileKind::Directory {
                    waiting.push(path);
                }
                if wanted(&name)
                    && let Some(state) = note(&mut states, &name, Some(present), cause)
                {
                    facts.push(self.fact(&name, state, cause));
                }
                found.insert(name);
            }
        }
        let gone: Vec<String> = states
            .keys()
            .filter(|name| wanted(name) && !found.contains(*name))
            .cloned()
            .collect();
        for name in gone {
            states.remove(&name);
            facts.push(self.fact(&name, FileState::Absent, cause));
        }
        facts
    }

    fn fact(&self, name: &str, state: FileState, cause: DiskCause) -> DiskFact {
        DiskFact {
            path: self.recorder.redactor().redact(name),
            state,
            cause,
        }
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<String, (PresentFile, DiskCause)>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, path: &Path) -> Option<String> {
        Some(
            path.strip_prefix(&self.root)
                .ok()?
                .to_string_lossy()
                .into_owned(),
        )
    }

    fn describe(&self, path: &Path, known: Option<&PresentFile>) -> Option<PresentFile> {
        let metadata = fs::symlink_metadata(path).ok()?;
        let kind = match metadata.file_type() {
            kind if kind.is_file() => FileKind::File,
            kind if kind.is_dir() => FileKind::Directory,
            kind if kind.is_symlink() => FileKind::Symlink,
            _ => FileKind::Special,
        };
        let is_directory = kind == FileKind::Directory;
        let mut present = PresentFile {
            kind,
            mode: metadata.permissions().mode() & 0o7777,
            owner: metadata.uid(),
            // The size and time of a directory say nothing that its entries do not.
            size: if is_directory { 0 } else { metadata.size() },
            inode: metadata.ino(),
            modified_ns: if is_directory {
                0
            } else {
                i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
            },
            content: None,
            digest: None,
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
        let file = fs::OpenOptions::new()
            .read(true)
            .custom_flags(flags)
            .open(path)
            .ok()?;
        let mut bytes = Vec::new();
        file.take(READ_AT_MOST).read_to_end(&mut bytes).ok()?;
        Some(self.recorder.redactor().redact_bytes(&bytes))
    }
}

fn note(
    states: &mut BTreeMap<String, (PresentFile, DiskCause)>,
    name: &str,
    state: Option<PresentFile>,
    cause: DiskCause,
) -> Option<FileState> {
    match state {
        Some(state) => {
            if states
                .get(name)
                .is_some_and(|(known, _)| known.is_same(&state))
            {
                return None;
            }
            states.insert(name.to_owned(), (state.clone(), cause));
            Some(FileState::Present(state))
        }
        None => states.remove(name).map(|_| FileState::Absent),
    }
}

/// Whether a path is another one, lies below it, or is a directory on the way to it.
fn concerns(name: &str, scope: &str) -> bool {
    let is_within = |inner: &str, outer: &str| {
        outer.is_empty()
            || inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    is_within(name, scope) || is_within(scope, name)
}
