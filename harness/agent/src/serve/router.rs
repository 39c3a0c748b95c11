//! The routes, and the gate before all that is internal.

use std::sync::Arc;

use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;

use super::{a2a, file_read, gate, transcript, upload};
use crate::log;
use crate::runtime::Agent;

const CARD: &str = "/.well-known/agent-card.json";

/// Serves until the run ends and the answers in flight are out.
pub(crate) async fn serve(agent: Arc<Agent>, listener: TcpListener) {
    let stopping = Arc::clone(&agent);
    let served = axum::serve(listener, router(agent))
        .with_graceful_shutdown(async move {
            stopping.stop.requested().await;
        })
        .await;
    if let Err(error) = served {
        log::line(format_args!("serving ended: {error}"));
    }
}

fn router(agent: Arc<Agent>) -> Router {
    Router::new()
        .route("/", a2a::route(Arc::clone(&agent)))
        .route(CARD, get(card))
        // Peers that speak the older protocol look here (A2A-012).
        .route("/.well-known/agent.json", get(card))
        .route("/transcript", get(transcript::transcript))
        .route("/internal/chat/uploads/ingest", post(upload::ingest))
        .route("/internal/file/read", get(file_read::read))
        // Around everything, so that an internal route cannot be added without it.
        .layer(from_fn_with_state(Arc::clone(&agent), gate::internal))
        .with_state(agent)
}

async fn card(State(agent): State<Arc<Agent>>) -> Json<Value> {
    Json(agent.card.value())
}
