//! Whose turn it is: one watched call runs at a time, others wait in order, delayed ones until their time.

use std::collections::VecDeque;

use crate::fault::Fired;

/// The stopped threads that wait for something of ours.
#[derive(Default)]
pub(super) struct Schedule {
    /// The thread inside a watched call.
    busy: Option<i32>,
    /// Those waiting for it.
    parked: VecDeque<Waiting>,
    /// Those waiting for a time.
    held: Vec<Held>,
}

/// A thread stopped at the entry of a watched call.
#[derive(Debug, PartialEq)]
pub(super) struct Waiting {
    pub(super) thread: i32,
    /// The faults that were already counted for its call.
    pub(super) fired: Option<Vec<Fired>>,
}

/// What a delayed thread does next.
#[derive(Debug, PartialEq)]
pub(super) enum Then {
    /// It tries to begin its call again.
    Begin(Vec<Fired>),
    /// It goes on after its call.
    Resume,
}

struct Held {
    thread: i32,
    until_us: u64,
    then: Then,
}

impl Schedule {
    pub(super) fn is_free(&self) -> bool {
        self.busy.is_none()
    }

    pub(super) fn take(&mut self, thread: i32) {
        self.busy = Some(thread);
    }

    pub(super) fn release(&mut self, thread: i32) {
        self.busy.take_if(|busy| *busy == thread);
    }

    pub(super) fn park(&mut self, waiting: Waiting) {
        self.parked.push_back(waiting);
    }

    /// The next in turn, if the turn is free.
    pub(super) fn next(&mut self) -> Option<Waiting> {
        if self.is_free() {
            self.parked.pop_front()
        } else {
            None
        }
    }

    pub(super) fn hold(&mut self, thread: i32, until_us: u64, then: Then) {
        self.held.push(Held {
            thread,
            until_us,
            then,
        });
    }

    /// The delayed threads whose time has come, the earliest first.
    pub(super) fn due(&mut self, now_us: u64) -> Vec<(i32, Then)> {
        self.held.sort_by_key(|held| held.until_us);
        let count = self
            .held
            .iter()
            .take_while(|held| held.until_us <= now_us)
            .count();
        self.held
            .drain(..count)
            .map(|held| (held.thread, held.then))
            .collect()
    }

    /// When the next delay ends.
    pub(super) fn earliest_us(&self) -> Option<u64> {
        self.held.iter().map(|held| held.until_us).min()
    }

    /// Drops a thread that is gone.
    pub(super) fn forget(&mut self, thread: i32) {
        self.release(thread);
        self.parked.retain(|waiting| waiting.thread != thread);
        self.held.retain(|held| held.thread != thread);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(thread: i32) -> Waiting {
        Waiting {
            thread,
            fired: None,
        }
    }

    #[test]
    fn the_turn_is_given_in_order_of_arrival() {
        let mut schedule = Schedule::default();
        schedule.take(1);
        schedule.park(waiting(2));
        schedule.park(waiting(3));
        assert_eq!(schedule.next(), None);
        schedule.release(7);
        assert!(!schedule.is_free());
        schedule.release(1);
        assert_eq!(schedule.next(), Some(waiting(2)));
    }

    #[test]
    fn a_thread_that_is_gone_neither_waits_nor_blocks() {
        let mut schedule = Schedule::default();
        schedule.take(1);
        schedule.park(waiting(2));
        schedule.hold(3, 5, Then::Resume);
        for thread in 1..=3 {
            schedule.forget(thread);
        }
        assert!(
            schedule.is_free() && schedule.next().is_none() && schedule.earliest_us().is_none()
        );
    }

    #[test]
    fn delays_end_in_the_order_of_their_times() {
        let mut schedule = Schedule::default();
        schedule.hold(1, 30, Then::Resume);
        schedule.hold(2, 10, Then::Resume);
        schedule.hold(3, 20, Then::Begin(Vec::new()));
        assert_eq!(schedule.earliest_us(), Some(10));
        assert_eq!(
            schedule.due(20),
            [(2, Then::Resume), (3, Then::Begin(Vec::new()))]
        );
        assert_eq!(schedule.earliest_us(), Some(30));
    }
}
