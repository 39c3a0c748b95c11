//! The events of a window, counted by whether they fit a statement.

use super::super::finding::{Difference, NearestMiss};
use super::super::observation::{Observation, Progress};

/// The events of a window, sorted by whether they fit.
pub(super) struct Counted {
    /// What is counted, for people.
    pub(super) expected: String,
    /// The witnesses of those that fit.
    pub(super) fitting: Vec<u64>,
    /// The first of them, in words.
    pub(super) first: Option<String>,
    /// Those that are selected and do not fit.
    pub(super) unfit: Vec<NearestMiss>,
    /// Whether one still waits for the answer it is judged by.
    pub(super) waiting: bool,
    /// What is wrong with the time between them.
    pub(super) wrong_gap: Option<String>,
    /// The file of whose states an observer may have missed one.
    pub(super) states_of: Option<String>,
}

impl Counted {
    /// Nothing counted yet.
    pub(super) fn new(expected: String) -> Self {
        Self {
            expected,
            fitting: Vec::new(),
            first: None,
            unfit: Vec::new(),
            waiting: false,
            wrong_gap: None,
            states_of: None,
        }
    }

    pub(super) fn add(
        &mut self,
        witness: impl IntoIterator<Item = u64>,
        what: impl FnOnce() -> String,
    ) {
        self.fitting.extend(witness);
        if self.first.is_none() {
            self.first = Some(what());
        }
    }

    /// Counts an event by whether it differs.
    pub(super) fn judge(
        &mut self,
        seq: u64,
        differences: Vec<Difference>,
        what: impl FnOnce() -> String,
    ) {
        if differences.is_empty() {
            self.add([seq], what);
        } else {
            self.unfit.push(NearestMiss {
                seq,
                what: what(),
                differences,
            });
        }
    }

    /// A statement about something as a whole, which happens once or not at all.
    pub(super) fn once(path: &str, now: Observation) -> Self {
        let mut counted = Self::new(format!("`{path}` as said"));
        if now.progress == Progress::Met {
            counted.add(now.witness, || now.seen);
        }
        counted
    }
}
