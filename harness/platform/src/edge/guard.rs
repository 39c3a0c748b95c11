//! The edge of one world.

use std::io;

use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderValue, ORIGIN, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use protocol::{Edge, Revision};
use serde_json::json;

use super::limit::{Allowance, Limiter, Stamp};
use super::rules::{self, CrossOrigin, Tenant};
use super::web_app::{Face, WebApp};
use crate::world::World;

/// What the edge decides about a request.
pub(crate) enum Passage {
    /// It goes on to the platform, whose answer gets these headers.
    Open(Stamp),
    /// The edge answers.
    Refused(Response<Body>),
    /// The web app answered.
    WebApp(Response<Body>),
}

/// Judges every request before the platform sees it.
pub(crate) struct EdgeGuard {
    edge: Edge,
    organisation: String,
    trusts_same_origin: bool,
    revision: Revision,
    limiter: Limiter,
    web_app: Option<WebApp>,
}

impl EdgeGuard {
    /// Builds the edge of a world and starts its web app if it has one.
    pub(crate) async fn start(world: &World) -> io::Result<Self> {
        let web_app = match world.edge {
            Edge::WafEmpty => Some(WebApp::start(Face::Empty).await?),
            Edge::WafHtml => Some(WebApp::start(Face::Page).await?),
            Edge::Open | Edge::TenantGuard | Edge::StrictCors => None,
        };
        Ok(Self {
            edge: world.edge,
            organisation: world.organisation.clone(),
            trusts_same_origin: world.trusts_same_origin(),
            revision: world.revision,
            limiter: Limiter::new(world.rate_limit),
            web_app,
        })
    }

    /// Decides about a request.
    pub(crate) async fn judge(&self, parts: &Parts) -> Passage {
        let path = parts.uri.path();
        let mut extra = None;
        match self.edge {
            Edge::WafEmpty | Edge::WafHtml => {
                if let Some(web_app) = &self.web_app
                    && !rules::firewall_passes(path, &parts.headers)
                {
                    return Passage::WebApp(web_app.answer(parts).await);
                }
            }
            Edge::StrictCors => match rules::cross_origin(&parts.headers) {
                CrossOrigin::Foreign => return Passage::Refused(empty(StatusCode::FORBIDDEN)),
                CrossOrigin::Allowed if parts.method == Method::OPTIONS => {
                    let mut answer = empty(StatusCode::NO_CONTENT);
                    allow_origin(&parts.headers, answer.headers_mut());
                    return Passage::Refused(answer);
                }
                CrossOrigin::Allowed => extra = parts.headers.get(ORIGIN).cloned(),
                CrossOrigin::Untouched => {}
            },
            Edge::Open | Edge::TenantGuard => {}
        }
        let mut stamp = match self.limiter.count() {
            Allowance::Granted(stamp) => stamp,
            Allowance::Exhausted(stamp, seconds) => {
                return Passage::Refused(too_many(&stamp.bare(), seconds));
            }
        };
        if let Some(origin) = extra {
            stamp.add("access-control-allow-origin", origin);
            stamp.add(
                "access-control-allow-credentials",
                HeaderValue::from_static("true"),
            );
        }
        let tenant = Tenant {
            organisation: &self.organisation,
            trusts_same_origin: self.trusts_same_origin,
            revision: self.revision,
        };
        if self.edge == Edge::TenantGuard
            && !rules::tenant_guard_passes(&tenant, path, &parts.headers)
        {
            let mut answer = empty(StatusCode::NOT_FOUND);
            stamp.bare().put_on(answer.headers_mut());
            return Passage::Refused(answer);
        }
        Passage::Open(stamp)
    }

    /// The web app, for paths that the platform does not know.
    pub(crate) fn web_app(&self) -> Option<WebApp> {
        self.web_app.clone()
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

fn allow_origin(request: &HeaderMap, answer: &mut HeaderMap) {
    if let Some(origin) = request.get(ORIGIN) {
        answer.insert("access-control-allow-origin", origin.clone());
    }
    for (name, value) in [
        ("access-control-allow-credentials", "true"),
        (
            "access-control-allow-headers",
            "Origin,Content-Type,X-Workspace-ID,Authorization",
        ),
        (
            "access-control-allow-methods",
            "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS",
        ),
    ] {
        answer.insert(name, HeaderValue::from_static(value));
    }
}

fn too_many(stamp: &Stamp, seconds: u64) -> Response<Body> {
    let body = json!({"error": "rate limit exceeded", "retry_after": seconds});
    let mut answer = Response::new(Body::from(body.to_string()));
    *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    stamp.put_on(answer.headers_mut());
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
