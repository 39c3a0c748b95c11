//! Reporting the findings of an examination.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::finding::{Examined, Finding, Mark, Seen};
use crate::runner::settings::RunSettings;

/// Sends each finding to the listener, and remembers whether something needed does not work.
pub(super) struct Teller<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) events: mpsc::UnboundedSender<Examined>,
    pub(super) failed: bool,
}

impl Teller<'_> {
    pub(super) fn is_interrupted(&self) -> bool {
        *self.settings.interrupted.borrow()
    }

    /// Reports a finding that began at `since`. One caused by an interruption says nothing about the subject.
    pub(super) fn found(&mut self, since: Instant, seen: Seen) {
        self.tell(Some(since.elapsed()), seen);
    }

    /// Reports a finding that took this long.
    pub(super) fn tell_after(&mut self, took: Duration, seen: Seen) {
        self.tell(Some(took), seen);
    }

    /// Reports a finding that took no time.
    pub(super) fn noted(&mut self, seen: Seen) {
        self.tell(None, seen);
    }

    fn tell(&mut self, took: Option<Duration>, seen: Seen) {
        if self.is_interrupted() {
            return;
        }
        self.failed |= seen.mark() == Mark::Fail;
        // The listener may be gone; the conclusion stays right.
        let _ = self.events.send(Examined::Found(Finding { took, seen }));
    }
}
