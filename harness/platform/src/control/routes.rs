//! The routes beside the platform's: the control routes, and the description of all.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use hyper::body::Incoming;
use protocol::control::ROOT;
use protocol::wire::BEARER_PREFIX;
use subtle::ConstantTimeEq as _;
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::ControlError;
use super::control::Control;
use super::{edge, fault, journal, offer, peer, workspace};
use crate::description::{complete_operations, refusal};
use crate::double::kept_first;

/// The most that a body may hold.
const BODY_LIMIT: usize = 1024 * 1024;

/// Routes and description, made of the same list.
static SERVED: LazyLock<(Router<Control>, OpenApi)> = LazyLock::new(|| {
    let (router, mut description) = OpenApiRouter::new()
        .routes(routes!(offer::offer))
        .routes(routes!(workspace::create))
        .routes(routes!(workspace::show, workspace::remove))
        .routes(routes!(workspace::issue_token, workspace::revoke_tokens))
        .routes(routes!(
            workspace::show_secret,
            workspace::rotate_secret,
            workspace::clear_secret
        ))
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
    complete_operations(&mut description, |path, operation| {
        operation.tags = Some(vec!["control".to_owned()]);
        let responses = &mut operation.responses.responses;
        responses.insert("401".to_owned(), refusal("No control token").into());
        if path.contains("/workspaces/") {
            responses.insert("404".to_owned(), refusal("No such workspace").into());
        }
    });
    (router, description)
});

/// Where the description of all routes is served.
const DESCRIPTION: &str = "/openapi.json";

/// The description of all routes of a stand-alone platform.
static WHOLE: LazyLock<String> = LazyLock::new(|| {
    let mut whole = crate::double::description().clone();
    whole.merge(SERVED.1.clone());
    // Both are plain data and always have a spelling.
    whole.to_json().unwrap_or_default()
});

/// The answer to a request for the description.
fn described(is_read: bool) -> Response {
    if is_read {
        ([(CONTENT_TYPE, "application/json")], WHOLE.as_str()).into_response()
    } else {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    }
}

/// The routes beside the platform's: the control routes, and the description of all.
pub(crate) struct ControlRoutes {
    router: Router,
}

impl ControlRoutes {
    pub(crate) fn new(control: Control) -> Self {
        let router = SERVED
            .0
            .clone()
            .fallback(unknown)
            .method_not_allowed_fallback(unknown)
            .layer(middleware::from_fn_with_state(
                control.double.clone(),
                kept_first,
            ))
            .layer(middleware::from_fn_with_state(control.clone(), guard))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(control);
        Self { router }
    }

    /// Whether a path is one of these.
    pub(crate) fn include(path: &str) -> bool {
        path == DESCRIPTION
            || path
                .strip_prefix(ROOT)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response {
        if request.uri().path() == DESCRIPTION {
            return described(request.method() == Method::GET);
        }
        let Ok(answer) = self.router.clone().oneshot(request.map(Body::new)).await;
        answer
    }
}

/// No request passes without the control token.
async fn guard(State(control): State<Control>, request: Request, next: Next) -> Response {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = header
        .and_then(|text| text.strip_prefix(BEARER_PREFIX))
        .map(str::trim);
    match given {
        None => ControlError::new(401, "the control token is missing: send it as a bearer")
            .into_response(),
        Some(token) if bool::from(token.as_bytes().ct_eq(control.token.reveal().as_bytes())) => {
            next.run(request).await
        }
        Some(_) => ControlError::new(401, "this is not the control token").into_response(),
    }
}

async fn unknown(request: Request) -> ControlError {
    ControlError::new(
        404,
        &format!(
            "there is no control route {} {}",
            request.method(),
            request.uri().path()
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    use super::{OpenApi, SERVED};

    /// The paths of a router, as it prints them, without those by which axum finds its fallback.
    fn served(router: &impl Debug) -> BTreeSet<String> {
        let text = format!("{router:?}");
        let paths = text
            .split('"')
            .filter(|piece| piece.starts_with('/') && piece.len() > 1);
        paths
            .filter(|path| !path.contains("axum"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_name_in_both_descriptions_means_the_same() {
        let schemas =
            |description: &'static OpenApi| &description.components.as_ref().unwrap().schemas;
        for (name, schema) in schemas(crate::double::description()) {
            assert!(
                schemas(&SERVED.1)
                    .get(name)
                    .is_none_or(|other| other == schema),
                "{name}"
            );
        }
    }

    #[test]
    fn every_route_is_described_and_every_description_is_served() {
        for (router, description) in [
            (
                served(crate::double::routes()),
                crate::double::description(),
            ),
            (served(&SERVED.0), &SERVED.1),
        ] {
            assert!(router.len() > 10, "{router:?}");
            let described: BTreeSet<_> = description.paths.paths.keys().cloned().collect();
            assert_eq!(router, described);
        }
    }
}
