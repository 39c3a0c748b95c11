//! `/proofmark/faults`.

use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use protocol::Fault;
use protocol::control::{Done, Faults, Refused};

use super::answer::{Answer, Refusal, read, said};
use super::control::Control;

/// Lists the faults that struck nothing so far.
#[utoipa::path(
    get, path = "/proofmark/faults", tag = "control",
    responses((status = 200, body = Faults))
)]
pub(super) async fn list(State(control): State<Control>) -> Answer {
    Ok(said(StatusCode::OK, &Faults { unfired: control.faults.unfired() }))
}

/// Sets a fault behind those that are set.
#[utoipa::path(
    post, path = "/proofmark/faults", tag = "control", request_body = Fault,
    responses(
        (status = 201, body = Done),
        (status = 400, description = "Not a fault", body = Refused),
    )
)]
pub(super) async fn set(State(control): State<Control>, body: Bytes) -> Answer {
    let fault: Fault = read(&body)?;
    if fault.label.is_empty() {
        return Err(Refusal::new(400, "a fault needs a label"));
    }
    control.faults.set(fault);
    Ok(said(StatusCode::CREATED, &Done {}))
}

/// Lifts all faults.
#[utoipa::path(
    delete, path = "/proofmark/faults", tag = "control",
    responses((status = 200, body = Done))
)]
pub(super) async fn lift_all(State(control): State<Control>) -> Answer {
    control.faults.lift_all();
    Ok(said(StatusCode::OK, &Done {}))
}

/// Lifts every fault of this label; requests that hang on one get their real answer.
#[utoipa::path(
    delete, path = "/proofmark/faults/{label}", tag = "control", params(("label" = String, Path)),
    responses((status = 200, body = Done))
)]
pub(super) async fn lift(State(control): State<Control>, Path(label): Path<String>) -> Answer {
    control.faults.lift(&label);
    Ok(said(StatusCode::OK, &Done {}))
}
