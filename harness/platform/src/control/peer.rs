//! `/proofmark/peers`.

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use protocol::PeerBehaviour;
use protocol::control::{Done, NewPeer, Peers, Refused};
use protocol::journal::PeerFact;

use super::answer::{Answer, ControlError, Created, read};
use super::control::Control;
use crate::world::PeerSeed;

/// Lists the stubs of other workspaces.
#[utoipa::path(get, path = "/proofmark/peers", responses((status = 200, body = Peers)))]
pub(super) async fn list(State(control): State<Control>) -> Answer<Peers> {
    Ok(Json(Peers {
        peers: control.peers.facts(),
    }))
}

/// Creates another workspace that a stub serves.
#[utoipa::path(
    post, path = "/proofmark/peers", request_body = NewPeer,
    responses(
        (status = 201, body = PeerFact),
        (status = 400, description = "Not a peer", body = Refused),
        (status = 404, description = "It is related to no workspace", body = Refused),
        (status = 409, description = "Name or id is taken", body = Refused),
    )
)]
pub(super) async fn create(State(control): State<Control>, body: Bytes) -> Created<PeerFact> {
    let new: NewPeer = read(&body)?;
    let id = super::workspace::id_or_new(new.id)?;
    if control.double.seen(&new.of).is_none() {
        return Err(ControlError::no_workspace(&new.of));
    }
    if control.double.seen(&id).is_some()
        || control
            .peers
            .facts()
            .iter()
            .any(|peer| peer.name == new.name)
    {
        return Err(ControlError::new(
            409,
            &format!("there is a workspace {id} or a peer `{}` already", new.name),
        ));
    }
    let seed = PeerSeed {
        name: new.name,
        id,
        relation: new.relation,
        behaviour: new.conduct,
        place: None,
        polls: new.polls,
    };
    let opened = control.peers.open(&seed);
    let fact = opened
        .map_err(|error| ControlError::new(500, &format!("the stub cannot listen: {error}")))?;
    control.double.add_peer(&seed, &fact, &new.of);
    Ok((StatusCode::CREATED, Json(fact)))
}

/// Makes a stub do something else from its next request on.
#[utoipa::path(
    put, path = "/proofmark/peers/{name}/conduct", request_body = PeerBehaviour,
    responses(
        (status = 200, body = Done),
        (status = 400, description = "Not a conduct", body = Refused),
        (status = 404, description = "No such peer", body = Refused),
    )
)]
pub(super) async fn change(
    State(control): State<Control>,
    Path(name): Path<String>,
    body: Bytes,
) -> Answer<Done> {
    let conduct: PeerBehaviour = read(&body)?;
    if control.peers.behave(&name, conduct) {
        Ok(Json(Done {}))
    } else {
        Err(ControlError::new(
            404,
            &format!("there is no peer `{name}`"),
        ))
    }
}
