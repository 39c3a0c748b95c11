//! The scenario language: the shape of a file, exactly as an author writes it.
//!
//! Values keep their places. Closed words, durations and request lines are kept as written and understood in [`crate::lowering`], so that every
//! mistake of a file is reported; only a wrong shape ends the reading of a file.

mod call;
mod check;
mod condition;
mod disk;
mod duration;
mod entries;
mod file;
mod fragment_use;
mod number;
mod one_key;
mod plant;
mod step;
mod vocabulary;
mod yaml;

#[cfg(test)]
mod tests;

pub(crate) use call::{Call, PeerReply, Tell, UploadFile};
pub(crate) use check::{Check, ClosingEvent};
pub(crate) use condition::{Condition, Fitting, Operators};
pub(crate) use disk::{CrashAt, DiskFault};
pub(crate) use duration::{PATTERN as DURATION_PATTERN, parse_duration, print_duration};
pub(crate) use entries::Entries;
pub(crate) use file::{
    FragmentFile, MatrixProbe, PeerSection, PlatformSection, ScenarioFile, SubjectSection,
};
pub(crate) use fragment_use::Use;
pub(crate) use number::{Counted, GapRange, Statuses};
pub(crate) use plant::Plant;
pub(crate) use step::{Fault, Feed, Launch, Restart, Spoken, Step, TriggerStep};
pub(crate) use vocabulary::{OutageMoment, ProcessState, Word};
pub(crate) use yaml::{Located, Mistake, MistakeKind, Text, parse, print};
