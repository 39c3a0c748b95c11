//! The subject's heartbeats in a journal.

use std::time::Duration;

use protocol::journal::{Event, Fact, Party};
use protocol::wire;

/// When the subject sent its heartbeats.
pub(super) fn heartbeats(journal: &[Event]) -> Vec<u64> {
    journal
        .iter()
        .filter(|event| {
            matches!(&event.fact, Fact::Request(request)
                if request.from == Party::Subject && request.path == wire::HEARTBEAT)
        })
        .map(|event| event.at_us)
        .collect()
}

/// The longest pause between heartbeats; the first pause is left out if there are others, since a start is no steady pace.
pub(super) fn longest_gap(journal: &[Event]) -> Option<Duration> {
    let times = heartbeats(journal);
    let gaps: Vec<u64> = times
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .collect();
    let steady = if gaps.len() > 1 {
        gaps.get(1..)?
    } else {
        gaps.as_slice()
    };
    steady
        .iter()
        .max()
        .map(|&gap| Duration::from_micros(gap.max(1_000)))
}
