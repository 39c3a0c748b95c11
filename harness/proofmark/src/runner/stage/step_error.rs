//! Why something could not be done on a stage, and whose failure that is.

use std::fmt;
use std::io;
use std::time::Duration;

use protocol::journal::{HarnessFailure, StepEnd};
use scenario::judge::Blame;

/// Why a step could not be done, or a stage not be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepError {
    /// The deadline passed.
    Late(Duration, String),
    /// The subject made it impossible.
    Subject(String),
    /// The harness made it impossible, or something it depends on.
    Harness(HarnessFailure),
    /// The run was interrupted.
    Interrupted,
}

impl StepError {
    /// Something that the scenario or Proofmark itself got wrong.
    pub(super) fn ours(why: impl fmt::Display) -> Self {
        Self::Harness(HarnessFailure::ours(why))
    }

    /// Directories, ports or listeners that could not be created.
    pub(super) fn of_the_machine(what: &str) -> impl Fn(io::Error) -> Self {
        move |error| HarnessFailure::of_the_machine(format!("{what}: {error}")).into()
    }

    /// The operating system's error for what was attempted.
    pub(super) fn of_io(attempted: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Harness(HarnessFailure::of_io(attempted, &error))
    }

    /// How the journal says it.
    pub(super) fn as_step_end(&self) -> StepEnd {
        match self {
            Self::Late(deadline, what) => {
                StepEnd::SubjectRefused(format!("{what} within {}", in_words(*deadline)))
            }
            Self::Subject(what) => StepEnd::SubjectRefused(what.clone()),
            Self::Harness(failure) => StepEnd::HarnessFailed(failure.clone()),
            Self::Interrupted => StepEnd::Interrupted,
        }
    }

    /// A sentence and whose fault it is.
    pub(crate) fn in_words(self) -> (String, Blame) {
        match self {
            Self::Late(deadline, what) => (
                format!("the subject {what} within {}", in_words(deadline)),
                Blame::Subject,
            ),
            Self::Subject(what) => (format!("the subject {what}"), Blame::Subject),
            Self::Harness(failure) => (failure.text, failure.kind.into()),
            Self::Interrupted => ("the run was interrupted".into(), Blame::Harness),
        }
    }

    /// The same of a stage that could not be built.
    pub(crate) fn unbuilt(self) -> (String, Blame) {
        let (why, blame) = self.in_words();
        (format!("the stage could not be built: {why}"), blame)
    }
}

impl<T: Into<HarnessFailure>> From<T> for StepError {
    fn from(failure: T) -> Self {
        Self::Harness(failure.into())
    }
}

/// A duration as people read it.
pub(crate) fn in_words(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
