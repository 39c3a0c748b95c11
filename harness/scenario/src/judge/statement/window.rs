//! The part of a journal that a statement is about.

use protocol::journal::Event;

use super::super::record::{Exchange, Record};

/// The events that a statement is about; both ends excluded.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) since: Option<u64>,
    pub(super) until: Option<u64>,
    /// The request that closes it, where its answer is what ends it.
    pub(super) except: Option<u64>,
}

impl Window {
    /// Whether an event lies in it.
    pub(super) fn holds(self, seq: u64) -> bool {
        self.since.is_none_or(|since| seq > since)
            && self.until.is_none_or(|until| seq < until)
            && self.except != Some(seq)
    }

    /// The events that lie in it.
    pub(super) fn events(self, record: Record<'_>) -> impl Iterator<Item = &Event> + Clone {
        record
            .events_since(self.since)
            .iter()
            .filter(move |event| self.holds(event.seq))
    }

    /// The exchanges whose request lies in it.
    pub(super) fn exchanges(
        self,
        record: Record<'_>,
    ) -> impl Iterator<Item = Exchange<'_>> + Clone {
        record
            .exchanges_since(self.since)
            .filter(move |exchange| self.holds(exchange.seq))
    }
}

/// Where a statement stands among the other steps.
#[derive(Clone, Copy)]
pub(in crate::judge) struct Frame {
    /// The event after which its window opens; at the journal's beginning otherwise.
    pub(in crate::judge) opens: Option<u64>,
    /// The event before which nothing closes it.
    pub(in crate::judge) closes_after: Option<u64>,
    /// The event before which it must have held, if it names one that was seen.
    pub(in crate::judge) before: Option<u64>,
    /// Whether its step has ended.
    pub(in crate::judge) is_over: bool,
}
