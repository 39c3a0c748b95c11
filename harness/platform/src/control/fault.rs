//! `/proofmark/faults`.

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use protocol::Fault;
use protocol::control::{Done, Faults, Refused};

use super::answer::{Answer, ControlError, Created, read};
use super::control::Control;

/// Lists the faults that struck nothing so far.
#[utoipa::path(get, path = "/proofmark/faults", responses((status = 200, body = Faults)))]
pub(super) async fn list(State(control): State<Control>) -> Answer<Faults> {
    Ok(Json(Faults {
        unfired: control.faults.unfired(),
    }))
}

/// Sets a fault behind those that are set.
#[utoipa::path(
    post, path = "/proofmark/faults", request_body = Fault,
    responses((status = 201, body = Done), (status = 400, description = "Not a fault", body = Refused))
)]
pub(super) async fn set(State(control): State<Control>, body: Bytes) -> Created<Done> {
    let fault: Fault = read(&body)?;
    if fault.label.is_empty() {
        return Err(ControlError::new(400, "a fault needs a label"));
    }
    control.faults.set(fault);
    Ok((StatusCode::CREATED, Json(Done {})))
}

/// Lifts all faults.
#[utoipa::path(delete, path = "/proofmark/faults", responses((status = 200, body = Done)))]
pub(super) async fn lift_all(State(control): State<Control>) -> Answer<Done> {
    control.faults.lift_all();
    Ok(Json(Done {}))
}

/// Lifts every fault of this label; requests that hang on one get their real answer.
#[utoipa::path(delete, path = "/proofmark/faults/{label}", responses((status = 200, body = Done)))]
pub(super) async fn lift(
    State(control): State<Control>,
    Path(label): Path<String>,
) -> Answer<Done> {
    control.faults.lift(&label);
    Ok(Json(Done {}))
}
