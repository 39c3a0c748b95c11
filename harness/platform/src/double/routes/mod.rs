//! The platform's routes, a file per URL family.

mod a2a;
mod activity;
mod admin;
mod chat;
mod delegation;
mod discovery;
mod health;
mod heartbeat;
mod notify;
mod registry;
mod token;
mod transcript;
mod unmatched;
mod workspace;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post};

use super::double::Double;
use crate::edge::WebApp;

impl Double {
    /// The platform as a service to be called in process. Paths and methods that it does not know go to the web app,
    /// if there is one.
    pub(crate) fn router(&self, web_app: Option<WebApp>) -> Router {
        let unmatched = unmatched::Unmatched::new(web_app);
        let unknown = move |request: axum::extract::Request| {
            let unmatched = unmatched.clone();
            async move { unmatched.answer(request).await }
        };
        Router::new()
            .route("/health", get(health::health))
            .route("/metrics", get(health::metrics))
            .route("/buildinfo", get(health::buildinfo))
            // Not nested: a nested router shows its handlers a shortened path.
            .merge(registry())
            .merge(workspace())
            .merge(admin::routes())
            .fallback(unknown.clone())
            .method_not_allowed_fallback(unknown)
            // Every handler has limits of its own.
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }
}

fn registry() -> Router<Double> {
    Router::new()
        .route("/registry/register", post(registry::register))
        .route("/registry/heartbeat", post(heartbeat::heartbeat))
        .route("/registry/update-card", post(registry::update_card))
        .route("/registry/check-access", post(registry::check_access))
        .route("/registry/discover/{id}", get(discovery::discover))
        .route("/registry/{id}/peers", get(discovery::peers))
}

fn workspace() -> Router<Double> {
    Router::new()
        .route("/workspaces/{id}", get(workspace::show))
        .route("/workspaces/{id}/state", get(workspace::state))
        .route("/workspaces/{id}/activity", get(activity::list).post(activity::report))
        .route("/workspaces/{id}/notify", post(notify::notify))
        .route("/workspaces/{id}/a2a", post(a2a::proxy))
        .route("/workspaces/{id}/delegate", post(delegation::delegate))
        .route("/workspaces/{id}/delegations", get(delegation::list))
        .route("/workspaces/{id}/delegations/record", post(delegation::record))
        .route("/workspaces/{id}/delegations/{delegation}/update", post(delegation::update))
        .route("/workspaces/{id}/tokens", get(token::list).post(token::create))
        .route("/workspaces/{id}/tokens/{token}", delete(token::revoke))
        .route("/workspaces/{id}/transcript", get(transcript::forward))
        .route("/workspaces/{id}/chat/uploads", post(chat::upload))
        .route("/workspaces/{id}/chat/download", get(chat::download))
}
