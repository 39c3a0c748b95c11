//! JSON bodies as the platform reads and writes them.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use protocol::wire::BEARER_PREFIX;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::spelling::is_uuid;

/// What almost every refusal says.
pub(super) use protocol::control::Refused;

/// A refusal, or any answer that ends a handler early.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) retry_after: Option<u64>,
}

/// What a handler returns.
pub(super) type Reply = Result<Response, Refusal>;

impl Refusal {
    /// `{"error": message}`.
    pub(super) fn new(status: u16, message: &str) -> Self {
        Self::with(status, json!({"error": message}))
    }

    /// Any body.
    pub(super) fn with(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            retry_after: None,
        }
    }

    /// The 400 of almost every route.
    pub(super) fn invalid_body() -> Self {
        Self::new(400, "invalid request body")
    }

    /// The 400 of a text that is no workspace's id.
    pub(super) fn invalid_id() -> Self {
        Self::new(400, "invalid workspace ID")
    }

    /// The 404 of every workspace route.
    pub(super) fn no_workspace() -> Self {
        Self::new(404, "workspace not found")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = answer(self.status, &self.body);
        if let Some(seconds) = self.retry_after {
            answer
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// A refusal that says `{"error": message}`.
pub(super) fn refuse<T>(status: u16, message: &str) -> Result<T, Refusal> {
    Err(Refusal::new(status, message))
}

/// What is said in JSON.
#[expect(clippy::unnecessary_wraps, reason = "it ends handlers")]
pub(super) fn reply(status: u16, body: &Value) -> Reply {
    Ok(answer(status, body))
}

/// An answer in JSON.
pub(super) fn answer(status: u16, body: &Value) -> Response {
    raw(status, "application/json; charset=utf-8", body.to_string())
}

/// An answer of any type.
pub(super) fn raw(status: u16, content_type: &str, body: impl Into<Body>) -> Response {
    let mut answer = Response::new(body.into());
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(content_type) = HeaderValue::try_from(content_type) {
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    answer
}

/// Reads a body as Go's decoder does: the first JSON value counts, and `null` leaves a field as if it were absent.
/// A card is the exception: `null` is a card (contract 4.2).
pub(super) fn bind<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let mut value: Value = serde_json::Deserializer::from_slice(body)
        .into_iter()
        .next()?
        .ok()?;
    if let Value::Object(fields) = &mut value {
        fields.retain(|name, value| !value.is_null() || name == "agent_card");
    }
    serde_json::from_value(value).ok()
}

/// The same, refused unless it holds what the route cannot do without.
pub(super) fn bind_whole<T: DeserializeOwned>(
    body: &[u8],
    is_whole: impl FnOnce(&T) -> bool,
) -> Result<T, Refusal> {
    bind(body)
        .filter(is_whole)
        .ok_or_else(Refusal::invalid_body)
}

/// Refuses a workspace's id that is no UUID.
pub(super) fn check_id(id: &str) -> Result<(), Refusal> {
    if is_uuid(id) {
        Ok(())
    } else {
        Err(Refusal::invalid_id())
    }
}

/// The bearer credential; anything that does not start with exactly `Bearer ` is none (TOK-033).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    Some(text.strip_prefix(BEARER_PREFIX)?.trim()).filter(|token| !token.is_empty())
}

/// A header's text; empty if it is absent or not text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use protocol::body::{Heartbeat, Register};

    use super::*;

    #[test]
    fn null_is_absent_except_for_a_card() {
        let heartbeat: Heartbeat =
            bind(br#"{"workspace_id":"w","current_task":null} trailing"#).unwrap();
        assert_eq!(heartbeat.current_task, "");
        assert!(bind::<Register>(br#"{"id":"w","url":"u","agent_card":null}"#).is_some());
        assert!(bind::<Register>(br#"{"id":null,"url":"u","agent_card":{}}"#).is_none());
        assert!(bind::<Heartbeat>(b"").is_none());
    }

    #[test]
    fn only_the_exact_prefix_makes_a_bearer() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", HeaderValue::from_static(value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(with("Bearer  tok "), Some("tok".into()));
        assert_eq!(with("bearer tok"), None);
        assert_eq!(with("Bearer "), None);
    }
}
