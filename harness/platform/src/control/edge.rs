//! `/proofmark/edge`.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use protocol::control::{EdgeSetting, Refused};
use protocol::journal::FaultChange;

use super::answer::{Answer, Refusal, read, said};
use super::control::Control;

/// Says what stands before the platform.
#[utoipa::path(
    get, path = "/proofmark/edge", tag = "control",
    responses((status = 200, body = EdgeSetting))
)]
pub(super) async fn show(State(control): State<Control>) -> Answer {
    Ok(said(StatusCode::OK, &EdgeSetting { face: control.fronts.face() }))
}

/// Puts something else before the platform, from the next request on.
#[utoipa::path(
    put, path = "/proofmark/edge", tag = "control", request_body = EdgeSetting,
    responses(
        (status = 200, body = EdgeSetting),
        (status = 400, description = "Not a face", body = Refused),
    )
)]
pub(super) async fn change(State(control): State<Control>, body: Bytes) -> Answer {
    let wanted: EdgeSetting = read(&body)?;
    let changed = control.fronts.change(wanted.face).await;
    changed
        .map_err(|error| Refusal::new(500, &format!("cannot start the web app behind the edge: {error}")))?;
    control.faults.note("edge", FaultChange::Edge(wanted.face), None);
    Ok(said(StatusCode::OK, &wanted))
}
