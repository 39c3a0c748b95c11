//! Facts of the wire: requests, answers and how exchanges end.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

crate::vocabulary! {
    /// A party that speaks HTTP on the stage.
    pub enum Party: PartialOrd, Ord = "party" {
        /// The runtime under test.
        Subject = "subject",
        /// The platform (double or tenant).
        Platform = "platform",
        /// The scenario itself, acting as operator, user or peer.
        Harness = "harness",
        /// A stub of another workspace's runtime.
        Peer = "peer",
    }
}

/// A header as received: the name in lower case, the value redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Header<Text = String> {
    /// Lower case.
    pub name: String,
    /// Bytes that are not UTF-8 stand as `\xNN`.
    #[schema(value_type = String)]
    pub value: Text,
}

impl Header {
    /// Makes a header; the name is lowered.
    pub fn new(name: &str, value: impl Into<String>) -> Self {
        Self {
            name: name.to_ascii_lowercase(),
            value: value.into(),
        }
    }
}

/// The first value of a header, compared without case.
pub fn header<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
}

/// A message body, kept whole up to a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Bytes on the wire; the declared length for a streamed body.
    pub size: u64,
    /// What is kept of it.
    pub content: Content,
}

/// What a journal keeps of a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// No bytes at all.
    Empty,
    /// The whole text.
    Text(String),
    /// The beginning of a long text.
    Cut(String),
    /// Not UTF-8, or passed on as a stream: the hash of all bytes in hexadecimal, where it was taken.
    Opaque(Option<String>),
}

impl Body {
    /// How many bytes of a text a journal keeps.
    pub const KEPT: usize = 64 * 1024;

    /// A body without bytes.
    pub fn empty() -> Self {
        Self {
            size: 0,
            content: Content::Empty,
        }
    }

    /// A body of already redacted text; long texts are cut at a character boundary.
    pub fn text(text: &str) -> Self {
        let content = match text.len() {
            0 => Content::Empty,
            length if length <= Self::KEPT => Content::Text(text.to_owned()),
            _ => {
                let end = (0..=Self::KEPT)
                    .rev()
                    .find(|&end| text.is_char_boundary(end))
                    .unwrap_or(0);
                Content::Cut(text.get(..end).unwrap_or_default().to_owned())
            }
        };
        Self {
            size: text.len() as u64,
            content,
        }
    }

    /// A body that was not kept.
    pub fn opaque(size: u64, sha256: Option<String>) -> Self {
        Self {
            size,
            content: Content::Opaque(sha256),
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) | Content::Cut(text) => Some(text),
            Content::Empty => Some(""),
            Content::Opaque(_) => None,
        }
    }

    /// The body as JSON, if it is a whole JSON text.
    pub fn as_json(&self) -> Option<Value> {
        match &self.content {
            Content::Text(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }
}

/// A request that crossed the boundary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestFact {
    /// Pairs the request with its answer.
    pub exchange: u64,
    /// Who sent it.
    pub from: Party,
    /// Who received it.
    pub to: Party,
    /// Which peer, when the receiver or sender is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// Upper case.
    pub method: String,
    /// The path as written on the request line, without query.
    pub path: String,
    /// The query as written, without `?`; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// In wire order.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Body,
}

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerFact {
    /// The request it answers.
    pub exchange: u64,
    /// Who made the answer.
    pub by: Answerer,
    /// Absent when no status line was sent.
    pub status: Option<u16>,
    /// In wire order.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Body,
    /// Whether it arrived whole.
    pub outcome: Outcome,
    /// The label of the injected fault that shaped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

crate::vocabulary! {
    /// Who made an answer.
    pub enum Answerer = "party" {
        /// The platform's own route.
        Platform = "platform",
        /// The edge in front of it (WAF, tenant guard, CORS).
        Edge = "edge",
        /// The web app to which the edge passed it.
        WebApp = "web-app",
        /// A fault of the stage.
        Fault = "fault",
        /// The runtime under test.
        Subject = "subject",
        /// A peer's stub.
        Peer = "peer",
        /// Nobody: the exchange ended without an answer.
        Nobody = "nobody",
    }
}

/// How an exchange ended on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Status line, headers and the whole body were sent.
    Complete,
    /// The connection was reset.
    Reset,
    /// The body ended before its declared length.
    Truncated,
    /// Nothing came within the caller's bound.
    TimedOut,
    /// The connection could not be made.
    Refused,
    /// The other side closed or spoke something that is not HTTP.
    Broken,
}

/// What came instead of a request: no HTTP, or one whose body broke off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MalformedFact {
    /// Who was to receive it.
    pub to: Party,
    /// Which peer, when the receiver is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// Method and path, or as much of the first line as came.
    pub what: String,
    /// Why it is no request.
    pub why: String,
}

/// How a request of the subject was passed on to a tenant: the tenant's view of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardFact {
    /// The exchange, as in [`RequestFact`].
    pub exchange: u64,
    /// The tenant's origin.
    pub to: String,
    /// Its headers as the tenant got them.
    pub headers: Vec<Header>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_character_boundary() {
        let long = "ü".repeat(Body::KEPT);
        let body = Body::text(&long);
        assert_eq!(body.size, long.len() as u64);
        let Content::Cut(kept) = &body.content else {
            panic!("not cut")
        };
        assert!(kept.len() <= Body::KEPT && kept.chars().all(|character| character == 'ü'));
        assert_eq!(body.as_json(), None);
    }

    #[test]
    fn header_names_compare_without_case() {
        let headers = [Header::new("X-Workspace-Id", "w")];
        assert_eq!(header(&headers, "x-workspace-ID"), Some("w"));
    }
}
