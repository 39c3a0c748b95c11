//! What happens to a request at the door: recording, edge, faults, platform.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use futures_util::future::{self, Either};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use protocol::FaultEffect;
use protocol::journal::{Answerer, Fact, Outcome, Party};
use tower::ServiceExt as _;

use super::sending;
use crate::control::Beside;
use crate::door::{Call, Ending, Service};
use crate::edge::{Passage, Stamp};
use crate::fault::{FaultBoard, Shot};
use crate::front::Fronts;
use crate::message::{Carried, ExchangeNumber, Pending, request_fact, take};
use crate::platform::Platform;
use crate::recorder::Recorder;

/// The private header that tells the harness's own requests from the subject's.
pub(super) const MARK: &str = "x-proofmark-harness";

/// Everything behind the gateway's door.
pub(super) struct Answering {
    pub(super) recorder: Recorder,
    pub(super) platform: Platform,
    pub(super) fronts: Fronts,
    pub(super) faults: FaultBoard,
    /// Routes beside the platform's, which are not traffic: neither recorded nor behind the edge.
    pub(super) beside: Option<Beside>,
    /// The unguessable value of [`MARK`].
    pub(super) mark: String,
}

impl Service for Answering {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        call: Call,
    ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(async move { self.exchange(request, call).await })
    }
}

impl Answering {
    async fn exchange(&self, request: Request<Incoming>, call: Call) -> Response<Body> {
        let request = match &self.beside {
            Some(beside) if Beside::takes(request.uri().path()) => return beside.answer(request).await,
            _ => request,
        };
        let (mut parts, incoming) = request.into_parts();
        let mark = take_mark(&mut parts, &self.mark);
        let Ok(carried) = take(incoming).await else {
            // The sender left in the middle of its body: there was no request.
            return empty(StatusCode::BAD_REQUEST);
        };
        self.platform.recognise(self.recorder.redactor(), &parts, &carried);
        let front = self.fronts.current();
        let exchange = self.recorder.next_exchange();
        let from = if mark == Mark::None { Party::Subject } else { Party::Harness };
        let way = (from, Party::Platform, None);
        let fact = request_fact(self.recorder.redactor(), exchange, way, &parts, &carried);
        self.recorder.record(Fact::Request(fact));
        let pending = Pending::new(&self.recorder, exchange);
        parts.extensions.insert(ExchangeNumber(exchange));
        if mark == Mark::SideDoor {
            let answer = pass_on(&front.platform, parts, carried).await;
            return sending::whole(&self.recorder, pending, Answerer::Platform, answer).await;
        }
        match front.edge.judge(&parts).await {
            Passage::Refused(answer) => sending::whole(&self.recorder, pending, Answerer::Edge, answer).await,
            Passage::WebApp(answer) => {
                sending::whole(&self.recorder, pending, Answerer::WebApp, answer).await
            }
            Passage::Open(limits) => {
                // The platform's own middleware adds these to its answers.
                parts.extensions.insert(limits);
                // Faults lie on the subject's way only.
                let shot = match mark {
                    Mark::None => self.faults.strike(parts.method.as_str(), parts.uri.path(), exchange),
                    Mark::SideDoor | Mark::Edge => None,
                };
                match shot {
                    None => {
                        let mut answer = pass_on(&front.platform, parts, carried).await;
                        call.go_on_after(&mut answer);
                        sending::whole(&self.recorder, pending, Answerer::Platform, answer).await
                    }
                    Some(shot) => self.struck(shot, (&front.platform, parts, carried), pending, &call).await,
                }
            }
        }
    }

    async fn struck(
        &self,
        shot: Shot,
        (platform, parts, carried): (&Router, Parts, Carried),
        mut pending: Pending,
        call: &Call,
    ) -> Response<Body> {
        pending.blame(&self.recorder.redactor().redact(&shot.label));
        let asked = pass_on(platform, parts, carried);
        let real =
            if shot.after_platform { Either::Left(future::ready(asked.await)) } else { Either::Right(asked) };
        let (recorder, by) = (&self.recorder, Answerer::Platform);
        match &shot.effect {
            FaultEffect::Status { status, headers, body } => {
                let answer = sending::made_up(*status, headers, body.as_deref());
                sending::whole(recorder, pending, Answerer::Fault, answer).await
            }
            FaultEffect::Reset => {
                pending.ended(Answerer::Fault, Outcome::Reset);
                call.end(Ending::Reset).await
            }
            FaultEffect::Delay { by: time } => {
                tokio::time::sleep(*time).await;
                sending::whole(recorder, pending, by, real.await).await
            }
            FaultEffect::Hang => {
                pending.expect(Outcome::TimedOut);
                self.faults.lifted(&shot).await;
                pending.expect(Outcome::Broken);
                sending::whole(recorder, pending, by, real.await).await
            }
            FaultEffect::Truncate => sending::truncated(recorder, pending, real.await, call.clone()).await,
            FaultEffect::Drip { chunk, every } => {
                sending::dripped(recorder, pending, real.await, (*chunk, *every)).await
            }
            FaultEffect::Edit { set, remove } => {
                let answer = sending::edited(real.await, set, remove).await;
                sending::whole(recorder, pending, by, answer).await
            }
        }
    }
}

/// Hands the request to the platform. It runs to its end even if the caller leaves meanwhile, like a Go handler.
async fn pass_on(platform: &Router, parts: Parts, carried: Carried) -> Response<Body> {
    let limits = parts.extensions.get::<Stamp>().cloned().unwrap_or_default();
    let request = Request::from_parts(parts, carried.into_body());
    let route = platform.clone().oneshot(request);
    let mut answer = match tokio::spawn(route).await {
        Ok(Ok(answer)) => answer,
        // Upstream's recovery middleware answers a panic with an empty 500.
        Ok(Err(_)) | Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    };
    limits.put_on(answer.headers_mut());
    answer
}

/// Who sent a request, by its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// The subject.
    None,
    /// The harness, through the operator's side door.
    SideDoor,
    /// The harness, through the edge like anybody.
    Edge,
}

/// What mark the request carries; it is taken off.
fn take_mark(parts: &mut Parts, mark: &str) -> Mark {
    let carried = match parts.headers.get(MARK).map(|value| value.as_bytes().strip_prefix(mark.as_bytes())) {
        Some(Some(b"")) => Mark::SideDoor,
        Some(Some(b"-edge")) => Mark::Edge,
        _ => return Mark::None,
    };
    parts.headers.remove(MARK);
    carried
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}
