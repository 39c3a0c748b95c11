//! The journal as it is looked at while it is written.

use platform::Recorder;
use protocol::journal::Event;
use scenario::judge::{Index, Record};

/// A copy of the journal that grows with it, so that writers never wait for the judge.
#[derive(Default)]
pub(super) struct Followed {
    events: Vec<Event>,
    index: Index,
}

impl Followed {
    /// Everything that was recorded by now.
    pub(super) fn of(&mut self, recorder: &Recorder) -> Record<'_> {
        let known = self.events.len();
        recorder.read(|events| {
            self.events
                .extend_from_slice(events.get(known..).unwrap_or_default());
        });
        self.index
            .append(self.events.get(known..).unwrap_or_default());
        Record::new(&self.events, &self.index)
    }
}
