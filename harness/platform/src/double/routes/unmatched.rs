//! Paths that the platform does not know (contract 1.2).

use axum::extract::Request;
use axum::response::Response;
use http::header::{HeaderValue, LOCATION};
use http::{Method, StatusCode};
use protocol::PathPattern;
use utoipa::openapi::OpenApi;

use crate::double::reply::raw;
use crate::edge::WebApp;

/// Answers what no route answers.
#[derive(Clone)]
pub(super) struct Unmatched {
    web_app: Option<WebApp>,
    known: &'static OpenApi,
}

impl Unmatched {
    pub(super) fn new(web_app: Option<WebApp>, known: &'static OpenApi) -> Self {
        Self { web_app, known }
    }

    /// A known path with a trailing slash is redirected; anything else goes to the web app, or is not found.
    pub(super) async fn answer(&self, request: Request) -> Response {
        let (parts, _) = request.into_parts();
        if let Some(path) = slash_too_many(self.known, parts.uri.path()) {
            let code = if parts.method == Method::GET {
                301
            } else {
                307
            };
            let mut answer = raw(code, "text/html; charset=utf-8", "");
            if let Ok(path) = HeaderValue::try_from(path) {
                answer.headers_mut().insert(LOCATION, path);
            }
            return answer;
        }
        match &self.web_app {
            Some(web_app) => web_app.answer(&parts).await,
            None => plain_not_found(),
        }
    }
}

/// Gin's answer to a path without a route.
pub(super) fn plain_not_found() -> Response {
    raw(
        StatusCode::NOT_FOUND.as_u16(),
        "text/plain",
        "404 page not found",
    )
}

/// The path without its trailing slash, if that has a route.
fn slash_too_many<'p>(known: &OpenApi, path: &'p str) -> Option<&'p str> {
    let path = path.strip_suffix('/')?;
    known
        .paths
        .paths
        .keys()
        .any(|route| PathPattern(&starred(route)).fits(path))
        .then_some(path)
}

/// A route as a pattern: a segment in braces stands for any other.
fn starred(route: &str) -> String {
    let segments = route.split('/').map(|segment| {
        if segment.starts_with('{') {
            "*"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::slash_too_many;

    #[test]
    fn only_a_trailing_slash_on_a_known_path_is_too_many() {
        let too_many = |path| slash_too_many(super::super::description(), path);
        assert_eq!(too_many("/registry/register/"), Some("/registry/register"));
        assert_eq!(too_many("/workspaces/w/"), Some("/workspaces/w"));
        assert_eq!(too_many("/workspaces/w/a2a/"), Some("/workspaces/w/a2a"));
        assert_eq!(too_many("/registry/register"), None);
        assert_eq!(too_many("//registry/register/"), None);
        assert_eq!(too_many("/somewhere/"), None);
    }
}
