//! What a scenario means: one world and one list of typed steps, ready to be played and judged.
//!
//! A file gives one plan, or several when it has a matrix. Templates in it (`${auth_token}`) are resolved against the journal, at the
//! moment a step is played or judged.

mod act;
mod cadence;
mod call;
mod captures;
mod disk;
mod expectation;
mod fault;
mod feed;
mod fragment;
mod launch;
mod located;
mod matcher;
mod name;
mod need;
mod peer;
#[expect(
    clippy::module_inception,
    reason = "the plan is what this folder is about"
)]
mod plan;
mod plant;
mod request_line;
pub(crate) mod shown;
mod statement;
mod step;
mod substitution;
mod trigger;
mod world;

#[cfg(test)]
mod tests;

pub use act::Act;
pub use cadence::Cadence;
pub use call::{
    Answered, Call, CallBody, Deliver, Manner, Part, Receiver, Tell, TextBody, Upload, WithheldBody,
};
pub use disk::{CrashPoint, CrashPoints, DiskEffect, DiskError, DiskFault, DiskMoment};
pub use expectation::{Expectation, Mode};
pub use feed::{DelegationStatus, Feed};
pub use launch::{Configs, How, Readiness, Reprovision, Restart, RotateToken, Start};
pub use matcher::{JsonType, Matcher, Pattern};
pub(crate) use name::{is_kebab_case, same_name};
pub use need::PlatformNeed;
pub use peer::Peer;
pub use plan::{Action, Plan, Position, SMOKE_AREA, Step};
pub use plant::{Plant, PlantedFile};
pub use request_line::RequestLine;
pub use statement::{
    Count, FileExpectation, Gaps, HistoryExpectation, KnownContent, LogExpectation,
    ProcessExpectation, ProcessState, RequestExpectation, RequestStatement, RowExpectation,
    Statement, WayOfChange,
};
pub(crate) use step::{read_steps, shape_of_steps};
pub(crate) use substitution::{plain_text, unknown_placeholders};
pub use trigger::TriggerAct;
pub use world::{InboundSecret, SubjectSetup, TokenSeed, World};

pub use crate::reading::{Piece, Template, TemplateError, Text};
