//! Recordings: what `--out` saved of a run, read back and judged again without starting anything.
//!
//! A verdict depends on a scenario, the catalogue, the terms and a journal, and on nothing else. `result.json` has the terms and what of a plan only
//! the run could tell; the journals have the rest.

mod comparison;
mod journal;
mod rejudge;
mod saved;

pub use comparison::{Comparison, Difference};
pub use journal::{JournalError, read_journal};
pub use rejudge::{Rejudged, Scenarios, rejudge};
pub use saved::{Recording, RecordingError, read_result};
