//! `GET /health` and, from r2 on, `/buildinfo` (contract 4.1).

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use protocol::Revision;
use serde_json::json;

use crate::double::Double;
use crate::double::reply::{answer, raw};

/// Says that the platform is there.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, description = "It is")))]
pub(super) async fn health() -> Response {
    answer(200, &json!({"status": "ok"}))
}

/// Metrics in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "service", responses((status = 200, description = "One gauge")))]
pub(super) async fn metrics() -> Response {
    raw(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        "# TYPE proofmark_up gauge\nproofmark_up 1\n",
    )
}

/// Says what was built, from r2 on.
#[utoipa::path(
    get, path = "/buildinfo", tag = "service",
    responses((status = 200, description = "The commit"), (status = 404, description = "Before r2"))
)]
pub(super) async fn buildinfo(State(double): State<Double>) -> Response {
    if double.speaks(Revision::R2) {
        answer(200, &json!({"git_sha": "74c5e0d7"}))
    } else {
        super::unmatched::plain_not_found().into_response()
    }
}
