//! The journal in memory: one total order for all facts of a stage, and a notification for those who wait for one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use protocol::Redactor;
use protocol::journal::{Event, Fact};
use tokio::sync::watch;

/// Facts that come from elsewhere, each with the time at which it happened.
pub trait Source: Send {
    /// Takes the facts that have arrived, without waiting and without recording anything itself.
    fn take(&mut self) -> Vec<(Instant, Fact)>;
}

/// Owns the journal of a stage; clones write into the same one.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

struct Shared {
    redactor: Redactor,
    started: Instant,
    events: Mutex<Vec<Event>>,
    /// How many of the newest events are kept at least; all of them where nothing is said.
    keeps: usize,
    /// Asked before anything is recorded or read: what waits there happened before.
    sources: Mutex<Vec<Box<dyn Source>>>,
    exchanges: AtomicU64,
    length: watch::Sender<u64>,
}

impl Recorder {
    /// An empty journal; its clock starts here.
    pub fn start(redactor: Redactor) -> Self {
        Self::keeping(usize::MAX, redactor)
    }

    /// An empty journal that forgets its oldest events when there are twice as many as it keeps.
    pub fn keeping(keeps: usize, redactor: Redactor) -> Self {
        Self {
            shared: Arc::new(Shared {
                redactor,
                started: Instant::now(),
                events: Mutex::new(Vec::new()),
                keeps,
                sources: Mutex::new(Vec::new()),
                exchanges: AtomicU64::new(0),
                length: watch::Sender::new(0),
            }),
        }
    }

    /// Appends a fact, whose texts must be redacted already, and returns its position.
    pub fn record(&self, fact: Fact) -> u64 {
        let mut events = self.gathered();
        let seq = self.append(&mut events, Instant::now(), fact);
        // Inside the lock, so that the announced length never goes backwards.
        self.shared.length.send_replace(seq + 1);
        seq
    }

    /// Adds a source. A party that causes something that another party can react to must tell its source before:
    /// then the journal has both in their true order.
    pub fn attach(&self, source: Box<dyn Source>) {
        self.shared
            .sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(source);
    }

    /// Records what waits in the sources, for when nothing else happens.
    pub fn gather(&self) {
        drop(self.gathered());
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
        look(&self.gathered())
    }

    /// A copy of the events from a position on, so many at most.
    pub fn piece(&self, from: u64, most: usize) -> Vec<Event> {
        self.read(|events| {
            let first = events.partition_point(|event| event.seq < from);
            events.iter().skip(first).take(most).cloned().collect()
        })
    }

    /// The position of the next event; changes with every one.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.length.subscribe()
    }

    /// A copy of all events so far.
    pub fn events(&self) -> Vec<Event> {
        self.gathered().clone()
    }

    /// Forgets everything from this position on, so that another scenario can go on from there; `first` may change the first event.
    pub fn rewind(&self, to: usize, first: impl FnOnce(&mut Fact)) {
        let mut events = self.gathered();
        events.truncate(to);
        if let Some(event) = events.first_mut() {
            first(&mut event.fact);
        }
        self.shared.length.send_replace(events.len() as u64);
    }

    /// The events with everything that the sources had to tell by now.
    fn gathered(&self) -> MutexGuard<'_, Vec<Event>> {
        let mut events = self
            .shared
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = next_position(&events);
        for source in self
            .shared
            .sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter_mut()
        {
            for (at, fact) in source.take() {
                self.append(&mut events, at, fact);
            }
        }
        let after = next_position(&events);
        if after > before {
            self.shared.length.send_replace(after);
        }
        events
    }

    fn append(&self, events: &mut Vec<Event>, at: Instant, fact: Fact) -> u64 {
        if events.len() / 2 >= self.shared.keeps {
            events.drain(..events.len() - self.shared.keeps);
        }
        let seq = next_position(events);
        let since = at.saturating_duration_since(self.shared.started);
        let at_us = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        // Of two parties that do not wait for each other the later one in the journal may have been a moment earlier.
        let at_us = events.last().map_or(at_us, |last| at_us.max(last.at_us));
        events.push(Event { seq, at_us, fact });
        seq
    }
}

fn next_position(events: &[Event]) -> u64 {
    events.last().map_or(0, |last| last.seq + 1)
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
        let times =
            recorder.read(|events| events.iter().map(|event| event.at_us).collect::<Vec<_>>());
        assert!(times.is_sorted() && times.len() == 2);
    }

    #[test]
    fn a_rewound_journal_goes_on_without_a_gap() {
        let recorder = Recorder::start(Redactor::new());
        for word in ["stage", "boot", "first scenario"] {
            recorder.record(Fact::Trouble(word.into()));
        }
        recorder.rewind(2, |fact| *fact = Fact::Trouble("another stage".into()));
        assert_eq!(recorder.record(Fact::Trouble("second scenario".into())), 2);
        let words: Vec<Fact> = recorder
            .events()
            .into_iter()
            .map(|event| event.fact)
            .collect();
        let expected =
            ["another stage", "boot", "second scenario"].map(|word| Fact::Trouble(word.into()));
        assert_eq!(words, expected);
    }

    #[test]
    fn a_journal_that_keeps_a_few_forgets_the_oldest_and_numbers_on() {
        let recorder = Recorder::keeping(3, Redactor::new());
        let watch = recorder.watch();
        for number in 0..100 {
            assert_eq!(recorder.record(Fact::Trouble(number.to_string())), number);
            assert!(recorder.read(<[Event]>::len) <= 6);
        }
        let positions = |from, most| -> Vec<u64> {
            recorder
                .piece(from, most)
                .iter()
                .map(|event| event.seq)
                .collect()
        };
        assert_eq!(positions(97, 2), [97, 98]);
        assert_eq!(positions(99, 9), [99]);
        assert_eq!(positions(0, 1), [recorder.read(|events| events[0].seq)]);
        assert!(positions(100, 9).is_empty());
        assert_eq!(*watch.borrow(), 100);
    }

    #[test]
    fn exchanges_are_numbered_from_one() {
        let recorder = Recorder::start(Redactor::new());
        assert_eq!(
            (recorder.next_exchange(), recorder.clone().next_exchange()),
            (1, 2)
        );
    }
}
