//! The routes by which a stand-alone platform is driven: what `protocol::control` describes, for whoever has the token.

mod edge;
mod fault;
mod journal;
mod offer;
mod peer;
mod workspace;

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use hyper::body::Incoming;
use protocol::Credential;
use protocol::control::{ROOT, Refused};
use protocol::wire::BEARER_PREFIX;
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::double::Double;
use crate::fault::FaultBoard;
use crate::front::Fronts;
use crate::peer::Peers;
use crate::recorder::Recorder;

/// The most that a body may hold.
const BODY_LIMIT: usize = 1024 * 1024;

/// Handles on everything that can be driven.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) token: Credential,
    pub(crate) double: Double,
    pub(crate) fronts: Fronts,
    pub(crate) peers: Peers,
    pub(crate) faults: FaultBoard,
    pub(crate) recorder: Recorder,
}

/// What an act answers.
type Answer = Result<Response, Refusal>;

/// Why an act is refused.
#[derive(Debug)]
struct Refusal(StatusCode, String);

/// Routes and description, made of the same list.
static SERVED: LazyLock<(Router<Control>, OpenApi)> = LazyLock::new(|| {
    let (router, mut description) = OpenApiRouter::new()
        .routes(routes!(offer::offer))
        .routes(routes!(workspace::create))
        .routes(routes!(workspace::show, workspace::remove))
        .routes(routes!(workspace::issue_token, workspace::revoke_tokens))
        .routes(routes!(workspace::show_secret, workspace::rotate_secret, workspace::clear_secret))
        .routes(routes!(workspace::reprovision))
        .routes(routes!(workspace::set_status))
        .routes(routes!(workspace::set_budget))
        .routes(routes!(workspace::prune_activity))
        .routes(routes!(workspace::add_delegation))
        .routes(routes!(peer::list, peer::create))
        .routes(routes!(peer::change))
        .routes(routes!(fault::list, fault::set, fault::lift_all))
        .routes(routes!(fault::lift))
        .routes(routes!(edge::show, edge::change))
        .routes(routes!(journal::tail))
        .split_for_parts();
    crate::description::name_operations(&mut description);
    (router, description)
});

/// What the control routes are, in `OpenAPI`'s words.
pub(crate) fn description() -> &'static OpenApi {
    &SERVED.1
}

/// The routes as they are served.
#[cfg(test)]
pub(crate) fn routes() -> &'static Router<Control> {
    &SERVED.0
}

/// The routes beside the platform's: the control routes, and the description of all.
pub(crate) struct Beside {
    router: Router,
}

impl Beside {
    pub(crate) fn new(control: Control) -> Self {
        let router = SERVED
            .0
            .clone()
            .fallback(unknown)
            .method_not_allowed_fallback(unknown)
            .layer(middleware::from_fn_with_state(control.clone(), guard))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(control);
        Self { router }
    }

    /// Whether a path is one of these.
    pub(crate) fn takes(path: &str) -> bool {
        path == crate::description::PATH
            || path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response {
        if request.uri().path() == crate::description::PATH {
            return crate::description::answer(request.method() == Method::GET);
        }
        let Ok(answer) = self.router.clone().oneshot(request.map(Body::new)).await;
        answer
    }
}

/// Nobody passes without the control token.
async fn guard(State(control): State<Control>, request: Request, next: Next) -> Response {
    let header = request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = header.and_then(|text| text.strip_prefix(BEARER_PREFIX)).map(str::trim);
    match given {
        None => Refusal::new(401, "the control token is missing: send it as a bearer").into_response(),
        Some(token) if bool::from(token.as_bytes().ct_eq(control.token.reveal().as_bytes())) => {
            next.run(request).await
        }
        Some(_) => Refusal::new(401, "this is not the control token").into_response(),
    }
}

async fn unknown(request: Request) -> Refusal {
    Refusal::new(404, &format!("there is no control route {} {}", request.method(), request.uri().path()))
}

impl Refusal {
    fn new(status: u16, text: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(status, text.to_owned())
    }

    fn no_workspace(id: &str) -> Self {
        Self::new(404, &format!("there is no workspace {id}"))
    }
}

impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> Response {
        said(self.0, &Refused { error: self.1 })
    }
}

fn said(status: StatusCode, body: &impl Serialize) -> Response {
    let text = serde_json::to_string(body).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/json")], text).into_response()
}

/// A body in the shape that the route wants; the refusal says where it is wrong.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new(400, &format!("the body is not what is wanted here: {error}")))
}
