//! What was last seen at every watched path, so that changes made by no observed call are noticed.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::place::{Change, Place};
use super::roots::Roots;
use super::state::{Kind, Observer, State};

/// Looking at more entries than this around every call would slow the program down.
const ENTRIES_AT_MOST: usize = 512;
/// Files changed within this time before a look are read again at the next: clocks of file systems are coarse.
const UNSETTLED_NS: i128 = 50_000_000;

/// The last seen state of all watched paths.
pub(crate) struct Ledger {
    known: BTreeMap<Place, Known>,
    at_most: usize,
    /// Too much to look at: only paths that calls have named are followed.
    named_only: bool,
}

struct Known {
    state: State,
    stamp: Stamp,
    settled: bool,
}

#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            known: BTreeMap::new(),
            at_most: ENTRIES_AT_MOST,
            named_only: false,
        }
    }

    /// Whether there was too much to look at; then changes by others are seen only at paths that calls name.
    pub(crate) fn is_partial(&self) -> bool {
        self.named_only
    }

    /// Looks at everything and says what changed since the last look. Paths that the current call names are always
    /// looked at.
    pub(crate) fn refresh(
        &mut self,
        roots: &Roots,
        observer: &Observer,
        named: &[Place],
    ) -> Vec<Change> {
        let mut places = Vec::new();
        if !self.named_only && !collect(roots, self.at_most, &mut places) {
            self.named_only = true;
            // Only what calls name can be followed now; forgetting the rest is not a change.
            self.known.clear();
            places.clear();
        }
        if self.named_only {
            places.extend(self.known.keys().chain(named).cloned());
        }
        places.extend(named.iter().filter(|place| place.root.is_some()).cloned());
        places.sort_unstable();
        places.dedup();
        let mut changes = Vec::new();
        let mut found = BTreeMap::new();
        for place in places {
            let before = self.known.remove(&place);
            if let Some(now) = look(observer, &roots.path(&place), before.as_ref()) {
                if before
                    .as_ref()
                    .is_none_or(|before| before.state != now.state)
                {
                    let before = before.map(|before| before.state);
                    let after = Some(now.state.clone());
                    changes.push(Change {
                        path: place.clone(),
                        before,
                        after,
                    });
                }
                found.insert(place, now);
            } else if let Some(before) = before {
                changes.push(Change {
                    path: place,
                    before: Some(before.state),
                    after: None,
                });
            }
        }
        let gone = std::mem::replace(&mut self.known, found);
        changes.extend(gone.into_iter().map(|(path, known)| Change {
            path,
            before: Some(known.state),
            after: None,
        }));
        changes
    }
}

/// Lists what exists; false if it is too much.
fn collect(roots: &Roots, at_most: usize, places: &mut Vec<Place>) -> bool {
    let mut directories = Vec::new();
    for top in roots.tops() {
        // A watched directory within another is walked once, under its own name.
        match fs::metadata(roots.path(&top)) {
            Ok(metadata) if metadata.is_dir() => directories.push(top.clone()),
            _ => {}
        }
        places.push(top);
    }
    while let Some(directory) = directories.pop() {
        let path = roots.path(&directory);
        let Ok(entries) = fs::read_dir(&path) else {
            continue;
        };
        for entry in entries.flatten() {
            let Some(place) = roots.place(&entry.path()) else {
                continue;
            };
            if place.path == "." {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                directories.push(place.clone());
            }
            places.push(place);
            if places.len() > at_most {
                return false;
            }
        }
    }
    true
}

fn look(observer: &Observer, path: &Path, before: Option<&Known>) -> Option<Known> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let stamp = Stamp::of(&metadata);
    if let Some(before) = before.filter(|before| before.settled && before.stamp == stamp) {
        return Some(Known {
            state: before.state.clone(),
            stamp,
            settled: true,
        });
    }
    let state = observer.of(&metadata, path);
    let settled = state.kind != Kind::Directory && stamp.is_old();
    Some(Known {
        state,
        stamp,
        settled,
    })
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    fn is_old(self) -> bool {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let changed = i128::from(self.changed.0) * 1_000_000_000 + i128::from(self.changed.1);
        i128::try_from(now).is_ok_and(|now| now - changed > UNSETTLED_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest::Key;
    use super::*;

    struct World {
        base: tempfile::TempDir,
        roots: Roots,
        observer: Observer,
        ledger: Ledger,
    }

    impl World {
        fn new() -> Self {
            let base = tempfile::tempdir().unwrap();
            let roots = Roots::new(&[base.path().to_owned()]).unwrap();
            let observer = Observer::new(Key::new(&[1; 32]), 1024);
            let mut ledger = Ledger::new();
            ledger.refresh(&roots, &observer, &[]);
            Self {
                base,
                roots,
                observer,
                ledger,
            }
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.base.path().join(name), text).unwrap();
        }

        fn changed(&mut self, named: &[Place]) -> Vec<String> {
            let changes = self.ledger.refresh(&self.roots, &self.observer, named);
            changes.into_iter().map(|change| change.path.path).collect()
        }
    }

    #[test]
    fn nothing_new_is_no_change() {
        let mut world = World::new();
        world.write("a", "1");
        assert_eq!(world.changed(&[]), ["a"]);
        assert!(world.changed(&[]).is_empty());
    }

    #[test]
    fn a_change_of_the_same_length_at_once_is_seen() {
        let mut world = World::new();
        world.write("a", "1");
        world.changed(&[]);
        world.write("a", "2");
        assert_eq!(world.changed(&[]), ["a"]);
    }

    #[test]
    fn removal_and_what_is_below_directories_are_seen() {
        let mut world = World::new();
        fs::create_dir(world.base.path().join("deep")).unwrap();
        world.write("deep/a", "1");
        assert_eq!(world.changed(&[]), ["deep", "deep/a"]);
        fs::remove_dir_all(world.base.path().join("deep")).unwrap();
        assert_eq!(world.changed(&[]), ["deep", "deep/a"]);
    }

    #[test]
    fn in_a_crowd_only_named_paths_are_followed() {
        let mut world = World::new();
        world.ledger.at_most = 3;
        for name in ["a", "b", "c", "d"] {
            world.write(name, "1");
        }
        assert_eq!(world.changed(&[Place::below(0, "a")]), ["a"]);
        assert!(world.ledger.is_partial());
        world.write("a", "22");
        world.write("b", "22");
        assert_eq!(world.changed(&[]), ["a"]);
    }
}
