//! Which delegations were taken already, remembered over restarts (DEL-002, DEL-003).

use std::collections::{HashSet, VecDeque};
use std::path::Path;

use crate::credential::{PrivateFile, remove_leftovers};
use crate::log;

const FILE: &str = ".delegations_seen";

/// The platform lists the newest fifty; this many more make room for long absences.
const KEPT: usize = 1000;

/// Holds the ids of taken delegations, oldest first, and the file behind them.
#[derive(Debug)]
pub(super) struct SeenDelegations {
    file: PrivateFile,
    order: VecDeque<String>,
    ids: HashSet<String>,
    writable: bool,
}

impl SeenDelegations {
    /// Reads the file; one that cannot be read counts as empty.
    pub(super) fn load(directory: &Path) -> Self {
        remove_leftovers(directory, &[FILE]);
        // A missing configuration directory is not created.
        let file = PrivateFile::new(directory.join(FILE)).in_existing_directory();
        let content = file.read().ok().flatten();
        let text = content
            .and_then(|content| String::from_utf8(content).ok())
            .unwrap_or_default();
        let mut seen = Self {
            file,
            order: VecDeque::new(),
            ids: HashSet::new(),
            writable: true,
        };
        for id in text.lines().filter(|line| !line.is_empty()) {
            seen.insert(id);
        }
        seen
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Remembers ids; without a file they are remembered until the process ends.
    pub(super) fn add<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        for id in ids {
            self.insert(id);
        }
        let text: String = self
            .order
            .iter()
            .flat_map(|id| [id.as_str(), "\n"])
            .collect();
        let saved = self.file.keep(text.as_bytes());
        if let (Err(error), true) = (&saved, self.writable) {
            log::line(format_args!(
                "taken delegations are not remembered over a restart: {error}"
            ));
        }
        self.writable = saved.is_ok();
    }

    fn insert(&mut self, id: &str) {
        // One id per line: an id with a line break would read back as two.
        let id = id.replace(['\n', '\r'], " ");
        if self.ids.insert(id.clone()) {
            self.order.push_back(id);
        }
        while self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.ids.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        SeenDelegations::load(directory.path()).add(["a", "b"].into_iter());
        let mut seen = SeenDelegations::load(directory.path());
        assert!(seen.contains("a") && seen.contains("b") && !seen.contains("c"));
        seen.add(["c"].into_iter());
        assert_eq!(
            std::fs::read_to_string(directory.path().join(FILE)).unwrap(),
            "a\nb\nc\n"
        );
    }

    #[test]
    fn the_oldest_ids_are_forgotten_first() {
        let directory = tempfile::tempdir().unwrap();
        let mut seen = SeenDelegations::load(directory.path());
        let ids: Vec<String> = (0..=KEPT).map(|number| number.to_string()).collect();
        seen.add(ids.iter().map(String::as_str));
        assert!(!seen.contains("0") && seen.contains("1") && seen.contains("1000"));
    }

    #[test]
    fn a_directory_that_cannot_be_written_still_remembers_in_memory() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(FILE)).unwrap();
        let mut seen = SeenDelegations::load(directory.path());
        seen.add(["a"].into_iter());
        assert!(seen.contains("a"));
    }
}
