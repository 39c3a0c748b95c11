//! `GET /proofmark`.

use axum::Json;
use axum::extract::State;
use protocol::control::{Ability, CONTROL_FORMAT, Offer};

use super::answer::Answer;
use super::control::Control;

/// Says what the platform is and what can be done to it.
#[utoipa::path(get, path = "/proofmark", responses((status = 200, body = Offer)))]
pub(super) async fn offer(State(control): State<Control>) -> Answer<Offer> {
    let offer = Offer {
        format: CONTROL_FORMAT,
        revision: control.double.revision(),
        deployment: control.double.deployment(),
        edge: control.edge_switch.face(),
        offers: Ability::ALL.to_vec(),
    };
    Ok(Json(offer))
}
