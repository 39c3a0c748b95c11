//! The web app that shares the platform's public origin: another server, which knows nothing and answers 404.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use http::header::{AUTHORIZATION, COOKIE, HOST};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::message::dial;

/// What a 404 of the web app looks like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Face {
    /// Nothing at all.
    Empty,
    /// A page for people.
    Page,
}

const PAGE: &str = "<!DOCTYPE html><html><head><title>404: This page could not be found</title></head>\
<body><h1>404</h1><h2>This page could not be found.</h2></body></html>";

/// A running web app; clones share it.
#[derive(Clone)]
pub(crate) struct WebApp {
    server: Arc<MockServer>,
}

impl WebApp {
    pub(super) async fn start(face: Face) -> io::Result<Self> {
        // Bound here, so that a failure is an error and not a panic inside the server.
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        // What it received need not be kept: the gateway has recorded it.
        let server = MockServer::builder()
            .listener(listener)
            .disable_request_recording()
            .start()
            .await;
        let answer = match face {
            Face::Empty => ResponseTemplate::new(404),
            Face::Page => ResponseTemplate::new(404).set_body_raw(PAGE, "text/html; charset=utf-8"),
        };
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Ok(Self {
            server: Arc::new(server),
        })
    }

    /// Asks the web app. `Authorization` and `Cookie` stay here, `Host` is rewritten, and no body is passed on since no
    /// answer depends on it.
    pub(crate) async fn answer(&self, parts: &Parts) -> Response<Body> {
        let address = *self.server.address();
        let mut request = Request::builder()
            .method(parts.method.clone())
            .uri(parts.uri.path());
        for (name, value) in &parts.headers {
            let dropped = [
                AUTHORIZATION,
                COOKIE,
                HOST,
                http::header::CONTENT_LENGTH,
                http::header::TRANSFER_ENCODING,
            ];
            if !dropped.contains(name) {
                request = request.header(name, value);
            }
        }
        let request = request
            .header(HOST, address.to_string())
            .body(Body::empty());
        let Ok(request) = request else {
            return unavailable();
        };
        match dial::ask(address, request).await {
            Ok(mut answer) => {
                answer.headers_mut().remove(http::header::CONNECTION);
                answer.headers_mut().remove(http::header::DATE);
                answer.map(Body::new)
            }
            Err(_) => unavailable(),
        }
    }
}

fn unavailable() -> Response<Body> {
    let mut answer = Response::new(Body::from("canvas unavailable"));
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
}
