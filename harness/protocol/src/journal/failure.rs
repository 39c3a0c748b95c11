//! Why the harness could not do its work.

use std::fmt;
use std::io::{self, ErrorKind};

use serde::{Deserialize, Serialize};

/// Why the harness could not do its work; never the subject's fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct HarnessFailure {
    /// Whose failure it is.
    pub kind: FailureKind,
    /// What was attempted and why it failed, for people to read only.
    pub text: String,
}

/// Whose failure it is that the harness could not do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Proofmark's or its scenario's.
    #[default]
    Harness,
    /// The machine's: it lacks what a run needs.
    Environment,
    /// The platform's: it cannot be reached, or refuses.
    Platform,
    /// The failure of the thing in front of the platform.
    Edge,
}

impl HarnessFailure {
    /// A failure of Proofmark itself or of its scenario.
    pub fn ours(text: impl fmt::Display) -> Self {
        Self {
            kind: FailureKind::Harness,
            text: text.to_string(),
        }
    }

    /// A failure of the machine.
    pub fn of_the_machine(text: impl fmt::Display) -> Self {
        Self {
            kind: FailureKind::Environment,
            text: text.to_string(),
        }
    }

    /// The operating system's error for what was attempted.
    pub fn of_io(attempted: impl fmt::Display, error: &io::Error) -> Self {
        Self {
            kind: error.kind().into(),
            text: format!("{attempted}: {error}"),
        }
    }
}

impl From<ErrorKind> for FailureKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            // A missing file or an invalid request is our own mistake; every other error is the machine's.
            ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::DirectoryNotEmpty
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidData
            | ErrorKind::InvalidFilename
            | ErrorKind::UnexpectedEof
            | ErrorKind::Other => Self::Harness,
            _ => Self::Environment,
        }
    }
}

impl fmt::Display for HarnessFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// A failure as journals hold it; older journals hold the text only.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Whole {
        #[serde(default)]
        kind: FailureKind,
        text: String,
    },
}

impl From<Written> for HarnessFailure {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => Self {
                kind: FailureKind::default(),
                text,
            },
            Written::Whole { kind, text } => Self { kind, text },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whose_failure_it_is_does_not_depend_on_the_words() {
        // No space, too many open files, an address in use, not permitted, an input or output error.
        for number in [28, 24, 98, 1, 5] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(
                HarnessFailure::of_io("x", &error).kind,
                FailureKind::Environment,
                "{error}"
            );
        }
        let told =
            |kind, words: &'static str| HarnessFailure::of_io("x", &io::Error::new(kind, words));
        for words in ["permission denied", "Zugriff verweigert", ""] {
            assert_eq!(
                told(ErrorKind::PermissionDenied, words).kind,
                FailureKind::Environment
            );
            assert_eq!(told(ErrorKind::Other, words).kind, FailureKind::Harness);
        }
        assert_eq!(
            told(ErrorKind::NotFound, "no such file").to_string(),
            "x: no such file"
        );
    }

    #[test]
    fn a_failure_reads_back_and_one_of_an_earlier_journal_is_our_own() {
        let failure = HarnessFailure::of_the_machine("no room");
        let written = json!({ "kind": "environment", "text": "no room" });
        assert_eq!(serde_json::to_value(&failure).unwrap(), written);
        assert_eq!(
            serde_json::from_value::<HarnessFailure>(written).unwrap(),
            failure
        );
        for earlier in [json!("no room"), json!({ "text": "no room" })] {
            let read: HarnessFailure = serde_json::from_value(earlier).unwrap();
            assert_eq!(read, HarnessFailure::ours("no room"));
        }
    }
}
