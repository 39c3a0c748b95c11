//! The journal: one totally ordered list of typed facts, the only thing that checks may look at.
//!
//! Every text in a journal has gone through the [`Redactor`](crate::Redactor): a credential stands in it as a placeholder such as
//! `«auth-token-1»`, the same one wherever the value occurs, so equality survives redaction. On disk a journal is NDJSON,
//! one [`Event`] a line.

mod disk;
mod exchange;
mod failure;
mod platform;
mod process;
mod stage;

use serde::{Deserialize, Serialize};

pub use disk::{
    BlindFact, DiskCallClass, DiskCallFact, DiskCause, DiskFact, DiskObserverKind, DiskResult,
    FileKind, FileState, Hidden, PresentFile,
};
pub use exchange::{
    AnswerFact, Answerer, Body, Content, ForwardFact, Header, MalformedFact, Outcome, Party,
    RequestFact, header,
};
pub use failure::{FailureKind, HarnessFailure};
pub use platform::{PlatformChange, PlatformFact};
pub use process::{LogFact, LogStream, ProcessChange, ProcessFact};
pub use stage::{
    CredentialFiles, FaultChange, FaultFact, FaultKind, GracefulEnd, PeerFact, StageFact, StepEnd,
    StepFact, StepPhase,
};

/// The version of the journal's shape; a reader refuses another one.
pub const JOURNAL_FORMAT: u32 = 2;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the total order, from 0 without gaps.
    pub seq: u64,
    /// Microseconds since the stage was built, monotonic.
    pub at_us: u64,
    /// What happened.
    pub fact: Fact,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The world a scenario plays in; always the first event.
    Stage(StageFact),
    /// A step of the scenario began or ended.
    Step(StepFact),
    /// A request crossed the boundary (recorded when it was read whole).
    Request(RequestFact),
    /// Something came that did not become a request.
    Malformed(MalformedFact),
    /// The same request as a tenant got it.
    Forward(ForwardFact),
    /// The answer to a request, or how the exchange ended without one.
    Answer(AnswerFact),
    /// A subject process changed.
    Process(ProcessFact),
    /// A line the subject printed.
    Log(LogFact),
    /// A file in a watched directory was seen in a new state.
    Disk(DiskFact),
    /// The subject acted on a watched path.
    DiskCall(Box<DiskCallFact>),
    /// The disk's observer may miss something from now on.
    Blind(BlindFact),
    /// The platform's own state changed.
    Platform(PlatformFact),
    /// A fault that the stage injects was set, fired or lifted.
    Fault(FaultFact),
    /// The harness could not do its work; never the subject's fault.
    Trouble(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_json_and_reads_back() {
        let event = Event {
            seq: 3,
            at_us: 1200,
            fact: Fact::Answer(AnswerFact {
                exchange: 1,
                by: Answerer::Platform,
                status: Some(200),
                headers: vec![Header::new("content-type", "application/json")],
                body: Body::text("{\"a\":\n1}"),
                outcome: Outcome::Complete,
                fault: None,
            }),
        };
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.contains('\n'));
        assert!(
            line.starts_with(
                r#"{"seq":3,"at_us":1200,"fact":{"answer":{"exchange":1,"by":"platform""#
            ),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
