//! The journal in memory: one total order for all facts of a stage, and a notice for everybody who waits for one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use protocol::Redactor;
use protocol::journal::{Event, Fact};
use tokio::sync::watch;

/// Owns the journal of a stage; clones write into the same one.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

struct Shared {
    redactor: Redactor,
    started: Instant,
    events: Mutex<Vec<Event>>,
    exchanges: AtomicU64,
    length: watch::Sender<u64>,
}

impl Recorder {
    /// An empty journal; its clock starts here.
    pub fn start(redactor: Redactor) -> Self {
        Self {
            shared: Arc::new(Shared {
                redactor,
                started: Instant::now(),
                events: Mutex::new(Vec::new()),
                exchanges: AtomicU64::new(0),
                length: watch::Sender::new(0),
            }),
        }
    }

    /// Appends a fact, whose texts must be redacted already, and returns its position.
    pub fn record(&self, fact: Fact) -> u64 {
        let mut events = self.events_locked();
        let seq = events.len() as u64;
        let at_us = u64::try_from(self.shared.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        events.push(Event { seq, at_us, fact });
        // Inside the lock, so that the announced length never goes backwards.
        self.shared.length.send_replace(seq + 1);
        seq
    }

    /// A number that pairs a request with its answer, from 1.
    pub fn next_exchange(&self) -> u64 {
        self.shared.exchanges.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The redactor that every text must pass before it is recorded.
    pub fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }

    /// Looks at the events so far. Nothing may be recorded from inside: the journal is locked meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&[Event]) -> T) -> T {
        look(&self.events_locked())
    }

    /// The number of events; changes with every one.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.length.subscribe()
    }

    /// A copy of all events so far.
    pub fn events(&self) -> Vec<Event> {
        self.events_locked().clone()
    }

    fn events_locked(&self) -> MutexGuard<'_, Vec<Event>> {
        self.shared.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_fact_gets_the_next_position_and_wakes_who_waits() {
        let recorder = Recorder::start(Redactor::new());
        let mut watch = recorder.watch();
        let writer = recorder.clone();
        let task = tokio::spawn(async move { writer.record(Fact::Trouble("first".into())) });
        watch.changed().await.unwrap();
        assert_eq!(*watch.borrow(), 1);
        assert_eq!(task.await.unwrap(), 0);
        assert_eq!(recorder.record(Fact::Trouble("second".into())), 1);
        let times = recorder.read(|events| events.iter().map(|event| event.at_us).collect::<Vec<_>>());
        assert!(times.is_sorted() && times.len() == 2);
    }

    #[test]
    fn exchanges_are_numbered_from_one() {
        let recorder = Recorder::start(Redactor::new());
        assert_eq!((recorder.next_exchange(), recorder.clone().next_exchange()), (1, 2));
    }
}
