//! Passing the subject's requests on to the tenant, and its answers back.

use axum::Router;
use axum::body::Body;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, ORIGIN, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use protocol::journal::{Fact, ForwardFact};

use super::credentials;
use super::tenant::{ANSWER, Tenant};
use super::upgrade;
use crate::listener::Upgraded;
use crate::message::{ExchangeNumber, header_facts};
use crate::recorder::Recorder;

/// Names the organisation to a tenant that guards itself.
const ORGANISATION: &str = "x-molecule-org-id";

/// Headers that belong to one connection and not to the message.
const OF_THE_CONNECTION: [HeaderName; 4] = [CONNECTION, TRANSFER_ENCODING, UPGRADE, HOST];

impl Tenant {
    /// What stands behind a gateway at `gateway` in the double's place.
    pub(crate) fn router(&self, recorder: Recorder, gateway: String) -> Router {
        let tenant = self.clone();
        Router::new().fallback(move |request: Request<Body>| {
            let (tenant, recorder, gateway) = (tenant.clone(), recorder.clone(), gateway.clone());
            async move {
                let (parts, body) = request.into_parts();
                let exchange = parts
                    .extensions
                    .get::<ExchangeNumber>()
                    .map_or(0, |number| number.0);
                tenant
                    .forward(&recorder, exchange, &gateway, parts, body)
                    .await
            }
        })
    }

    /// Asks the tenant what the subject asked the gateway. `Host` becomes the tenant's, and so does an `Origin` that is the
    /// gateway's own; any other stays as it is, for the tenant to judge. What was changed stands in the journal.
    async fn forward(
        &self,
        recorder: &Recorder,
        exchange: u64,
        gateway: &str,
        mut parts: Parts,
        body: Body,
    ) -> Response<Body> {
        let near = upgrade::asked_for(&mut parts);
        let path = parts
            .uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str)
            .to_owned();
        let mut headers = self.rewritten(&parts.headers, gateway);
        if near.is_some() {
            upgrade::copy(&parts.headers, &mut headers);
        }
        recorder.record(Fact::Forward(ForwardFact {
            exchange,
            to: self.origin(),
            headers: header_facts(recorder.redactor(), &headers),
        }));
        let delivers_credentials = credentials::are_delivered(parts.uri.path());
        let mut request = Request::builder().method(parts.method).uri(path);
        if let Some(all) = request.headers_mut() {
            *all = headers;
        }
        let Ok(request) = request.body(body) else {
            return unreachable("the request cannot be passed on");
        };
        let answer = match self.send(request, ANSWER).await {
            Ok(answer) => answer,
            Err(trouble) => return unreachable(&trouble.to_string()),
        };
        let mut back = Response::new(());
        *back.status_mut() = answer.status();
        for (name, value) in answer.headers() {
            let is_ours = OF_THE_CONNECTION.contains(name) || *name == CONTENT_LENGTH;
            if !is_ours {
                back.headers_mut().append(name.clone(), value.clone());
            }
        }
        if let Some(near) = near.filter(|_| answer.status() == StatusCode::SWITCHING_PROTOCOLS) {
            upgrade::copy(answer.headers(), back.headers_mut());
            back.extensions_mut()
                .insert(Upgraded::to(upgrade::tunnel(near, answer)));
            return back.map(|()| Body::empty());
        }
        if !delivers_credentials {
            return back.map(|()| Body::new(answer.into_body()));
        }
        // An answer that delivers credentials is small, and is learnt before any party can repeat it.
        match answer.into_body().collect().await {
            Ok(body) => {
                let bytes = body.to_bytes();
                credentials::learn(recorder, &bytes);
                back.map(|()| Body::from(bytes))
            }
            Err(error) => unreachable(&error.to_string()),
        }
    }

    fn rewritten(&self, headers: &HeaderMap, gateway: &str) -> HeaderMap {
        let mut rewritten = HeaderMap::new();
        for (name, value) in headers {
            if !OF_THE_CONNECTION.contains(name) && *name != CONTENT_LENGTH {
                rewritten.append(name.clone(), value.clone());
            }
        }
        let is_ours = headers
            .get(ORIGIN)
            .is_some_and(|origin| origin.as_bytes() == gateway.as_bytes());
        if is_ours && let Ok(origin) = HeaderValue::from_str(&self.origin()) {
            rewritten.insert(ORIGIN, origin);
        }
        if let Ok(host) = HeaderValue::from_str(&self.authority()) {
            rewritten.insert(HOST, host);
        }
        if let Some(organisation) = self
            .organisation()
            .and_then(|id| HeaderValue::from_str(id).ok())
        {
            rewritten
                .entry(HeaderName::from_static(ORGANISATION))
                .or_insert(organisation);
        }
        rewritten
    }
}

/// The answer in the place of one that never came.
fn unreachable(why: &str) -> Response<Body> {
    let body = serde_json::json!({ "error": format!("proofmark's gateway: {why}") });
    let mut answer = Response::new(Body::from(body.to_string()));
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::TenantSettings;

    #[test]
    fn only_the_gateways_own_origin_becomes_the_tenants() {
        let tenant = Tenant::open(&TenantSettings {
            organisation: Some("acme".into()),
            ..TenantSettings::at("https://tenant.example:8443", "tenant.example")
        })
        .unwrap();
        let origin_of = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
            headers.insert(HOST, HeaderValue::from_static("127.0.0.1:4000"));
            tenant.rewritten(&headers, "http://127.0.0.1:4000")
        };
        let ours = origin_of("http://127.0.0.1:4000");
        assert_eq!(ours[ORIGIN], "https://tenant.example:8443");
        assert_eq!(
            (&ours[HOST], &ours[ORGANISATION]),
            (
                &HeaderValue::from_static("tenant.example:8443"),
                &HeaderValue::from_static("acme")
            )
        );
        assert_eq!(
            origin_of("http://evil.example")[ORIGIN],
            "http://evil.example"
        );
    }
}
