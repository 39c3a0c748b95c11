//! The part of a journal that a statement is about.

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
