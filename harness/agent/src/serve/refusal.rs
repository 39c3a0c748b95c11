//! The error answer that all routes but A2A share.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Refuses a request with a sentence.
pub(super) fn refusal(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"error": text}))).into_response()
}
