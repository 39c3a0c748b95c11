//! `/proofmark/edge`.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use protocol::control::{Edge, EdgeFace, Refused};

use super::{Answer, Control, Refusal, read, said};
use crate::world;

/// Says what stands before the platform.
#[utoipa::path(
    get, path = "/proofmark/edge", tag = "control",
    responses((status = 200, body = Edge), (status = 401, description = "No control token", body = Refused))
)]
pub(super) async fn show(State(control): State<Control>) -> Answer {
    Ok(said(StatusCode::OK, &Edge { face: named(control.fronts.face()) }))
}

/// Puts something else before the platform, from the next request on.
#[utoipa::path(
    put, path = "/proofmark/edge", tag = "control", request_body = Edge,
    responses(
        (status = 200, body = Edge),
        (status = 400, description = "Not a face", body = Refused),
        (status = 401, description = "No control token", body = Refused),
    )
)]
pub(super) async fn change(State(control): State<Control>, body: Bytes) -> Answer {
    let wanted: Edge = read(&body)?;
    let changed = control.fronts.change(meant(wanted.face)).await;
    changed
        .map_err(|error| Refusal::new(500, &format!("cannot start the web app behind the edge: {error}")))?;
    control.faults.note("edge", serde_json::json!(wanted.face).as_str().unwrap_or_default(), None);
    Ok(said(StatusCode::OK, &wanted))
}

/// A face by its name on the wire.
pub(super) fn named(edge: world::Edge) -> EdgeFace {
    match edge {
        world::Edge::Open => EdgeFace::Open,
        world::Edge::WafEmpty => EdgeFace::WafEmpty,
        world::Edge::WafHtml => EdgeFace::WafHtml,
        world::Edge::TenantGuard => EdgeFace::TenantGuard,
        world::Edge::StrictCors => EdgeFace::StrictCors,
    }
}

fn meant(face: EdgeFace) -> world::Edge {
    match face {
        EdgeFace::Open => world::Edge::Open,
        EdgeFace::WafEmpty => world::Edge::WafEmpty,
        EdgeFace::WafHtml => world::Edge::WafHtml,
        EdgeFace::TenantGuard => world::Edge::TenantGuard,
        EdgeFace::StrictCors => world::Edge::StrictCors,
    }
}
