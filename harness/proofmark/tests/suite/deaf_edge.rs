//! An edge that lets register and heartbeat through, and answers the rest of what a runtime sends with an empty 404.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;

/// A running edge; dropping it stops it.
pub(crate) struct DeafEdge {
    pub(crate) port: u16,
    _runtime: tokio::runtime::Runtime,
}

impl DeafEdge {
    /// Stands before a port of this machine; who shows this token is let through everywhere.
    pub(crate) fn before(port: u16, operator: &'static str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))
            .unwrap();
        let own = listener.local_addr().unwrap().port();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let routes = Router::new().fallback(move |request: Request| {
            let client = client.clone();
            async move { answer(client, port, operator, request).await }
        });
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            port: own,
            _runtime: runtime,
        }
    }
}

async fn answer(client: reqwest::Client, port: u16, operator: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let shown = parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if parts.uri.path().starts_with("/workspaces/") && !shown.contains(operator) {
        return Response::builder().status(404).body(Body::empty()).unwrap();
    }
    let url = format!("http://127.0.0.1:{port}{}", parts.uri);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let passed = client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let status = passed.status();
    let media_type = passed.headers().get("content-type").cloned();
    let mut answer = Response::new(Body::from(passed.bytes().await.unwrap()));
    *answer.status_mut() = status;
    if let Some(media_type) = media_type {
        answer.headers_mut().insert("content-type", media_type);
    }
    answer
}
