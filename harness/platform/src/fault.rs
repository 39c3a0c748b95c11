//! Faults between the subject and the platform: which are set, and which request each of them strikes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::journal::{Fact, FaultChange, FaultFact, FaultKind};
use protocol::{Fault, FaultEffect, PathPattern};
use tokio::sync::watch;

use crate::recorder::Recorder;

/// The faults of a gateway; clones share them. Every change and every firing is recorded.
#[derive(Clone)]
pub struct FaultBoard {
    shared: Arc<Shared>,
}

struct Shared {
    recorder: Recorder,
    entries: Mutex<Vec<Entry>>,
    lifts: watch::Sender<u64>,
}

struct Entry {
    fault: Fault,
    matched: u32,
    fired: u32,
    lifted: bool,
}

impl Entry {
    fn exhausted(&self) -> bool {
        self.fault.times.is_some_and(|times| self.fired >= times)
    }
}

/// A fault that strikes an exchange.
pub(crate) struct FiredFault {
    pub(crate) label: String,
    pub(crate) effect: FaultEffect,
    pub(crate) after_platform: bool,
    entry: usize,
}

impl FaultBoard {
    /// A board without faults.
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self {
            shared: Arc::new(Shared {
                recorder,
                entries: Mutex::new(Vec::new()),
                lifts: watch::Sender::new(0),
            }),
        }
    }

    /// Adds a fault behind those that are set.
    pub fn set(&self, fault: Fault) {
        let mut entries = self.entries();
        self.note(&fault.label, FaultChange::Set, None);
        entries.push(Entry {
            fault,
            matched: 0,
            fired: 0,
            lifted: false,
        });
    }

    /// Takes back every fault with this label; requests that hang on one get their real answer.
    pub fn lift(&self, label: &str) {
        self.lift_where(|fault| fault.label == label);
    }

    /// Takes back all faults.
    pub fn lift_all(&self) {
        self.lift_where(|_| true);
    }

    /// The labels of faults that struck nothing so far, in the order in which they were set.
    pub fn unfired(&self) -> Vec<String> {
        let entries = self.entries();
        entries
            .iter()
            .filter(|entry| entry.fired == 0)
            .map(|entry| entry.fault.label.clone())
            .collect()
    }

    /// The fault that strikes this request: the first one set that matches, is past its first calls and not used up.
    /// Every fault counts every request that matches it, struck or not.
    pub(crate) fn strike(&self, method: &str, path: &str, exchange: u64) -> Option<FiredFault> {
        let mut entries = self.entries();
        let mut fired_fault = None;
        for (index, entry) in entries.iter_mut().enumerate() {
            let fault = &entry.fault;
            let method_fits = fault
                .method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
            if entry.lifted || !method_fits || !PathPattern(&fault.path).fits(path) {
                continue;
            }
            entry.matched = entry.matched.saturating_add(1);
            if fired_fault.is_some()
                || entry.matched <= entry.fault.after_calls
                || entry.exhausted()
            {
                continue;
            }
            entry.fired += 1;
            self.note(&entry.fault.label, FaultChange::Fired, Some(exchange));
            if entry.exhausted() {
                self.note(&entry.fault.label, FaultChange::Exhausted, None);
            }
            fired_fault = Some(FiredFault {
                label: entry.fault.label.clone(),
                effect: entry.fault.effect.clone(),
                after_platform: entry.fault.after_platform,
                entry: index,
            });
        }
        fired_fault
    }

    /// Waits until the fault behind a fired fault is lifted.
    pub(crate) async fn lifted(&self, fired_fault: &FiredFault) {
        let mut lifts = self.shared.lifts.subscribe();
        let is_lifted = || {
            self.entries()
                .get(fired_fault.entry)
                .is_none_or(|entry| entry.lifted)
        };
        while !is_lifted() {
            if lifts.changed().await.is_err() {
                return;
            }
        }
    }

    /// Records something about a fault that is not on the board, such as an outage.
    pub(crate) fn note(&self, label: &str, what: FaultChange, exchange: Option<u64>) {
        let label = self.shared.recorder.redactor().redact(label);
        self.shared.recorder.record(Fact::Fault(FaultFact {
            label,
            kind: FaultKind::Wire,
            what,
            exchange,
        }));
    }

    fn lift_where(&self, chosen: impl Fn(&Fault) -> bool) {
        let mut entries = self.entries();
        for entry in entries
            .iter_mut()
            .filter(|entry| !entry.lifted && chosen(&entry.fault))
        {
            entry.lifted = true;
            self.note(&entry.fault.label, FaultChange::Lifted, None);
        }
        self.shared.lifts.send_modify(|count| *count += 1);
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.shared
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use protocol::Redactor;

    use super::*;

    fn board() -> FaultBoard {
        FaultBoard::new(Recorder::start(Redactor::new()))
    }

    fn struck(board: &FaultBoard, path: &str) -> Option<String> {
        board
            .strike("POST", path, 1)
            .map(|fired_fault| fired_fault.label)
    }

    #[test]
    fn faults_strike_in_the_order_set_and_as_often_as_told() {
        let board = board();
        board.set(Fault {
            times: Some(2),
            ..Fault::new("first", "/a", FaultEffect::Reset)
        });
        board.set(Fault {
            times: Some(1),
            ..Fault::new("second", "/a", FaultEffect::Hang)
        });
        let labels: Vec<_> = (0..4).map(|_| struck(&board, "/a")).collect();
        assert_eq!(
            labels,
            [
                Some("first".into()),
                Some("first".into()),
                Some("second".into()),
                None
            ]
        );
        assert_eq!(struck(&board, "/b"), None);
    }

    #[test]
    fn the_first_calls_pass_and_other_methods_are_not_counted() {
        let board = board();
        let fault = Fault::new("late", "/a", FaultEffect::Reset);
        board.set(Fault {
            after_calls: 1,
            method: Some("post".into()),
            ..fault
        });
        assert!(board.strike("GET", "/a", 1).is_none());
        assert_eq!(struck(&board, "/a"), None);
        assert_eq!(board.unfired(), ["late"]);
        assert_eq!(struck(&board, "/a"), Some("late".into()));
        assert!(board.unfired().is_empty());
    }

    #[tokio::test]
    async fn who_hangs_is_released_by_lifting() {
        let board = board();
        board.set(Fault {
            times: Some(1),
            ..Fault::new("hang", "/a", FaultEffect::Hang)
        });
        let fired_fault = board.strike("GET", "/a", 1).unwrap();
        let waiting = board.clone();
        let task = tokio::spawn(async move { waiting.lifted(&fired_fault).await });
        board.lift("hang");
        task.await.unwrap();
        let whats = board.shared.recorder.read(|events| {
            events
                .iter()
                .map(|event| match &event.fact {
                    Fact::Fault(fault) => fault.what,
                    other => panic!("{other:?}"),
                })
                .collect::<Vec<_>>()
        });
        let expected = [
            FaultChange::Set,
            FaultChange::Fired,
            FaultChange::Exhausted,
            FaultChange::Lifted,
        ];
        assert_eq!(whats, expected);
    }
}
