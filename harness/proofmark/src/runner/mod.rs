//! A run: scenarios are chosen, played on stages of their own, judged, and reported to the listener.

mod applicability;
mod event;
mod examination;
mod identity;
mod ledger;
mod pace;
mod party;
mod probe;
mod probing;
mod schedule;
mod settings;
mod stage;
mod survey;
#[cfg(test)]
mod testing;

pub use applicability::Claims;
pub use event::{
    Counts, Outcome, RequirementEntry, RunEvent, RunHeader, RunSummary, ScenarioReport, Survey,
    unplayed,
};
pub(crate) use examination::is_private;
pub use examination::{
    Conclusion, Coverage, Credential, Ending, Examined, Finding, Mark, Rejection, Seen, Station,
    examine,
};
pub use identity::{JudgedBy, RunIdentity, RuntimeEntry};
pub use ledger::RunLedger;
pub use probe::{ProbeFailure, ProbeOutcome};
pub use schedule::{play_one, run};
pub use settings::{DEFAULT_BOOT, DEFAULT_SLACK, RunSettings};
pub(crate) use stage::in_words;
