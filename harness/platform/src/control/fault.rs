//! `/proofmark/faults`.

use std::time::Duration;

use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use protocol::control::{Done, FaultEffect, Faults, NewFault, Refused};

use super::{Answer, Control, Refusal, read, said};
use crate::fault::{Effect, Fault};

/// Lists the faults that struck nothing so far.
#[utoipa::path(
    get, path = "/proofmark/faults", tag = "control",
    responses((status = 200, body = Faults), (status = 401, description = "No control token", body = Refused))
)]
pub(super) async fn list(State(control): State<Control>) -> Answer {
    Ok(said(StatusCode::OK, &Faults { unfired: control.faults.unfired() }))
}

/// Sets a fault behind those that are set.
#[utoipa::path(
    post, path = "/proofmark/faults", tag = "control", request_body = NewFault,
    responses(
        (status = 201, body = Done),
        (status = 400, description = "Not a fault", body = Refused),
        (status = 401, description = "No control token", body = Refused),
    )
)]
pub(super) async fn set(State(control): State<Control>, body: Bytes) -> Answer {
    let new: NewFault = read(&body)?;
    if new.label.is_empty() {
        return Err(Refusal::new(400, "a fault needs a label"));
    }
    control.faults.set(Fault {
        label: new.label,
        method: new.method,
        path: new.path,
        times: new.times,
        from_call: new.from_call,
        after_platform: new.after_platform,
        effect: effect(new.effect)?,
    });
    Ok(said(StatusCode::CREATED, &Done {}))
}

/// Lifts all faults.
#[utoipa::path(
    delete, path = "/proofmark/faults", tag = "control",
    responses((status = 200, body = Done), (status = 401, description = "No control token", body = Refused))
)]
pub(super) async fn lift_all(State(control): State<Control>) -> Answer {
    control.faults.lift_all();
    Ok(said(StatusCode::OK, &Done {}))
}

/// Lifts every fault of this label; requests that hang on one get their real answer.
#[utoipa::path(
    delete, path = "/proofmark/faults/{label}", tag = "control", params(("label" = String, Path)),
    responses((status = 200, body = Done), (status = 401, description = "No control token", body = Refused))
)]
pub(super) async fn lift(State(control): State<Control>, Path(label): Path<String>) -> Answer {
    control.faults.lift(&label);
    Ok(said(StatusCode::OK, &Done {}))
}

fn effect(wanted: FaultEffect) -> Result<Effect, Refusal> {
    Ok(match wanted {
        FaultEffect::Status { status, headers, body } => {
            if !(200..=599).contains(&status) {
                return Err(Refusal::new(
                    400,
                    &format!("{status} cannot be the status of an answer: 200 to 599 can"),
                ));
            }
            let headers = headers.into_iter().map(|header| (header.name, header.value)).collect();
            Effect::Status { status, headers, body }
        }
        FaultEffect::Delay { milliseconds } => Effect::Delay(Duration::from_millis(milliseconds)),
        FaultEffect::Hang => Effect::Hang,
        FaultEffect::Reset => Effect::Reset,
        FaultEffect::Truncate => Effect::Truncate,
        FaultEffect::Drip { chunk, milliseconds } => {
            Effect::Drip { chunk, every: Duration::from_millis(milliseconds) }
        }
        FaultEffect::Edit { set, remove } => Effect::Edit { set, remove },
    })
}
