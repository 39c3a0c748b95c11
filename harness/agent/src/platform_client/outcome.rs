//! The outcome of a call: an answer with or without data, or no answer.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// The longest pause that a platform may ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Says how a call ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answered {
        status: u16,
        wait: Option<Duration>,
        content: Content,
    },
    Unreachable(String),
}

/// Holds the body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Json(Value),
    Empty,
    /// Not JSON, typically the HTML of something in between (WAF-007).
    Foreign,
}

/// Says why a call has no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    #[error("platform unreachable: {0}")]
    Unreachable(String),
    #[error("{status} {reason}")]
    Refused { status: u16, reason: String },
    #[error("{status} with an empty body")]
    Empty { status: u16 },
    #[error("{status} with a body that is not JSON")]
    Foreign { status: u16 },
}

impl Outcome {
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Unreachable(_) => None,
        }
    }

    /// Gives the pause that the platform asked for with 429 or 503, within bounds (WAF-008, A2A-046).
    pub(crate) fn requested_wait(&self) -> Option<Duration> {
        match self {
            Self::Answered {
                status: 429 | 503,
                wait,
                ..
            } => wait.map(|wait| wait.min(LONGEST_WAIT)),
            _ => None,
        }
    }

    /// Gives the data of a success; everything else is a failure with a reason.
    pub(crate) fn data(&self) -> Result<&Value, CallError> {
        match self {
            Self::Unreachable(reason) => Err(CallError::Unreachable(reason.clone())),
            Self::Answered {
                status, content, ..
            } => match content {
                Content::Json(value) if (200..300).contains(status) => Ok(value),
                Content::Json(value) => Err(CallError::Refused {
                    status: *status,
                    reason: reason(value),
                }),
                Content::Empty => Err(CallError::Empty { status: *status }),
                Content::Foreign => Err(CallError::Foreign { status: *status }),
            },
        }
    }
}

/// Reads Retry-After in seconds; the date form is not used by the platform.
pub(super) fn wait_of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

fn reason(value: &Value) -> String {
    let text = match value.get("error") {
        Some(Value::String(text)) => text,
        _ => "without a reason",
    };
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answered(status: u16, content: Content) -> Outcome {
        Outcome::Answered {
            status,
            wait: Some(Duration::from_secs(999)),
            content,
        }
    }

    #[test]
    fn only_json_with_a_success_status_is_data() {
        assert_eq!(
            answered(200, Content::Json(json!([]))).data().unwrap(),
            &json!([])
        );
        for (outcome, text) in [
            (answered(404, Content::Empty), "404 with an empty body"),
            (
                answered(200, Content::Foreign),
                "200 with a body that is not JSON",
            ),
            (
                answered(401, Content::Json(json!({"error": "no"}))),
                "401 no",
            ),
            (
                Outcome::Unreachable("refused".to_owned()),
                "platform unreachable: refused",
            ),
        ] {
            assert_eq!(outcome.data().unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn patience_is_bounded_and_only_for_429_and_503() {
        assert_eq!(
            answered(429, Content::Empty).requested_wait(),
            Some(LONGEST_WAIT)
        );
        assert_eq!(
            answered(503, Content::Empty).requested_wait(),
            Some(LONGEST_WAIT)
        );
        assert_eq!(answered(500, Content::Empty).requested_wait(), None);
    }
}
