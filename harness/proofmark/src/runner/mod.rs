//! A run: scenarios are chosen, played on stages of their own, judged, and told to whoever listens.

mod applicability;
mod event;
mod ledger;
mod party;
mod probe;
mod schedule;
mod settings;
mod stage;
mod survey;

pub use applicability::{Applicability, Claims};
pub use event::{Counts, Interruption, RunEvent, RunHeader, RunSummary, ScenarioReport, Unwaived, unplayed};
pub use ledger::RunLedger;
pub use probe::{ProbeFailure, ProbeOutcome};
pub use schedule::{play_one, run};
pub use settings::{DEFAULT_BOOT, DEFAULT_SLACK, RunSettings};
