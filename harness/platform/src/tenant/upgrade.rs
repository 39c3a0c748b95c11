//! Connections that change to another protocol on their way to a tenant, such as `GET /ws`: the request and its answer are recorded, what
//! is spoken afterwards is passed on as it is.

use http::header::{CONNECTION, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Response};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use crate::listener::Tunnel;

/// How the subject's connection goes on, if it asks for another protocol.
pub(super) fn asked_for(parts: &mut Parts) -> Option<OnUpgrade> {
    parts
        .headers
        .contains_key(UPGRADE)
        .then(|| parts.extensions.remove())
        .flatten()
}

/// Repeats what was said about the protocol, which belongs to one connection otherwise.
pub(super) fn copy(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [CONNECTION, UPGRADE] {
        if let Some(value) = from.get(&name) {
            to.insert(name, value.clone());
        }
    }
}

/// Passes bytes both ways until one side closes.
pub(super) fn tunnel(near: OnUpgrade, answer: Response<Incoming>) -> Tunnel {
    Box::pin(async move {
        let Ok((near, far)) = tokio::try_join!(near, hyper::upgrade::on(answer)) else {
            return;
        };
        // How it ends does not matter here: both sides see it.
        tokio::io::copy_bidirectional(&mut TokioIo::new(near), &mut TokioIo::new(far))
            .await
            .ok();
    })
}
