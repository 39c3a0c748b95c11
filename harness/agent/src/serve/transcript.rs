//! `GET /transcript`: the agent keeps none, but says so only to its owner (contract 4.18, 9.6).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::gate;
use super::refusal::refusal;
use crate::runtime::Agent;

/// Answers with an empty transcript.
pub(super) async fn transcript(
    State(agent): State<Arc<Agent>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !gate::shows_token(&agent, &headers) {
        return refusal(StatusCode::UNAUTHORIZED, "unauthorized");
    }
    let (since, limit) = (integer(&uri, "since", 0), integer(&uri, "limit", 100));
    let (Some(since), Some(_)) = (since, limit) else {
        return refusal(StatusCode::BAD_REQUEST, "since and limit must be integers");
    };
    let body = json!({
        "runtime": "proofmark-agent",
        "supported": false,
        "lines": [],
        "more": false,
        "source": null,
        "cursor": since,
    });
    Json(body).into_response()
}

/// Reads an integer of the query; none if there is something else (TRN-004).
fn integer(uri: &Uri, name: &str, default: i64) -> Option<i64> {
    let query = uri.query().unwrap_or_default();
    let value = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    let Some((_, text)) = value else {
        return Some(default);
    };
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_and_everything_else_is_refused() {
        let read =
            |query: &str| integer(&format!("/transcript?{query}").parse().unwrap(), "since", 0);
        assert_eq!(
            (read(""), read("since=7"), read("since=-1"), read("limit=x")),
            (Some(0), Some(7), Some(-1), Some(0))
        );
        for query in ["since=", "since=1.5", "since=2026-01-01", "since=x"] {
            assert_eq!(read(query), None, "{query}");
        }
    }
}
