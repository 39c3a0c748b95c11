//! The platform's routes, a file per URL family, each with its own description.

mod a2a;
mod activity;
mod admin;
mod auth;
mod chat;
mod connection;
mod delegation;
mod discovery;
mod health;
mod heartbeat;
mod lifecycle;
mod notify;
mod refusal;
mod registry;
mod secret;
mod token;
mod transcript;
mod unmatched;
mod workspace;
mod workspace_field;
mod workspaces;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::Method;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::double::Double;
use super::reply::Refusal;
use crate::edge::WebApp;

/// Routes and description, made of the same list; built once, since every scenario starts a platform.
static SERVED: LazyLock<(Router<Double>, OpenApi)> = LazyLock::new(|| {
    let info = InfoBuilder::new()
        .title("Proofmark's platform double")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The platform's side of the workspace-runtime contract, in memory.",
        ));
    let empty = OpenApiBuilder::new().info(info.build()).build();
    // Not nested: a nested router shows its handlers a shortened path.
    let (router, mut description) = OpenApiRouter::with_openapi(empty)
        .merge(service())
        .merge(registry())
        .merge(workspaces())
        .merge(workspace())
        .merge(operators())
        .split_for_parts();
    crate::description::complete_operations(&mut description, |_, _| {});
    (router, description)
});

/// The `OpenAPI` description of what the double serves.
pub(crate) fn description() -> &'static OpenApi {
    &SERVED.1
}

/// The routes as they are served.
#[cfg(test)]
pub(crate) fn routes() -> &'static Router<Double> {
    &SERVED.0
}

impl Double {
    /// The platform as a service to be called in process. Paths and methods that it does not know go to the web app,
    /// if there is one.
    pub(crate) fn router(&self, web_app: Option<WebApp>) -> Router {
        let unmatched = unmatched::Unmatched::new(web_app, description());
        let unknown = move |request: Request| {
            let unmatched = unmatched.clone();
            async move { unmatched.answer(request).await }
        };
        SERVED
            .0
            .clone()
            .fallback(unknown.clone())
            .method_not_allowed_fallback(unknown)
            .layer(from_fn_with_state(self.clone(), kept_first))
            // Every handler has limits of its own.
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }
}

/// An answer leaves when what it says is kept: a change that could not be written to the state file is refused.
pub(crate) async fn kept_first(
    State(double): State<Double>,
    request: Request,
    next: Next,
) -> Response {
    let is_read = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let answer = next.run(request).await;
    if is_read || double.state().keeps_all() {
        return answer;
    }
    Refusal::new(500, "the platform's state cannot be kept").into_response()
}

fn service() -> OpenApiRouter<Double> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(health::metrics))
        .routes(routes!(health::buildinfo))
}

fn registry() -> OpenApiRouter<Double> {
    OpenApiRouter::new()
        .routes(routes!(registry::register))
        .routes(routes!(heartbeat::heartbeat))
        .routes(routes!(registry::update_card))
        .routes(routes!(registry::check_access))
        .routes(routes!(discovery::discover))
        .routes(routes!(discovery::peers))
}

fn workspaces() -> OpenApiRouter<Double> {
    OpenApiRouter::new()
        .routes(routes!(workspaces::list, workspaces::create))
        .routes(routes!(
            workspace::show,
            workspace::change,
            workspace::remove
        ))
        .routes(routes!(workspace::state))
        .routes(routes!(lifecycle::restart))
        .routes(routes!(lifecycle::pause))
        .routes(routes!(lifecycle::resume))
        .routes(routes!(lifecycle::hibernate))
}

fn workspace() -> OpenApiRouter<Double> {
    OpenApiRouter::new()
        .routes(routes!(activity::list, activity::report))
        .routes(routes!(notify::notify))
        .routes(routes!(a2a::proxy))
        .routes(routes!(delegation::delegate))
        .routes(routes!(delegation::list))
        .routes(routes!(delegation::record))
        .routes(routes!(delegation::update))
        .routes(routes!(token::list, token::create))
        .routes(routes!(token::revoke))
        .routes(routes!(secret::list, secret::set))
        .routes(routes!(secret::values))
        .routes(routes!(secret::remove))
        .routes(routes!(transcript::forward))
        .routes(routes!(chat::upload))
        .routes(routes!(chat::download))
}

fn operators() -> OpenApiRouter<Double> {
    OpenApiRouter::new()
        .routes(routes!(admin::test_token))
        .routes(routes!(secret::list_global, secret::set_global))
        .routes(routes!(secret::remove_global))
}
