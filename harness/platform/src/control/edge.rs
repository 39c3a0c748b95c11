//! `/proofmark/edge`.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use protocol::control::{EdgeSetting, Refused};
use protocol::journal::FaultChange;

use super::answer::{Answer, ControlError, read};
use super::control::Control;

/// Says what stands before the platform.
#[utoipa::path(get, path = "/proofmark/edge", responses((status = 200, body = EdgeSetting)))]
pub(super) async fn show(State(control): State<Control>) -> Answer<EdgeSetting> {
    Ok(Json(EdgeSetting {
        face: control.edge_switch.face(),
    }))
}

/// Puts something else before the platform, from the next request on.
#[utoipa::path(
    put, path = "/proofmark/edge", request_body = EdgeSetting,
    responses((status = 200, body = EdgeSetting), (status = 400, description = "Not a face", body = Refused))
)]
pub(super) async fn change(State(control): State<Control>, body: Bytes) -> Answer<EdgeSetting> {
    let wanted: EdgeSetting = read(&body)?;
    let changed = control.edge_switch.change(wanted.face).await;
    changed.map_err(|error| {
        ControlError::new(
            500,
            &format!("cannot start the web app behind the edge: {error}"),
        )
    })?;
    control
        .faults
        .note("edge", FaultChange::Edge(wanted.face), None);
    Ok(Json(wanted))
}
