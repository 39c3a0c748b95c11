//! What happens to a request at the listener: recording, edge, faults, platform.

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
use crate::control::ControlRoutes;
use crate::edge::{Passage, Stamp};
use crate::edge_switch::EdgeSwitch;
use crate::fault::{FaultBoard, FiredFault};
use crate::listener::{Connection, ConnectionEnd, Service};
use crate::message::{Carried, ExchangeNumber, Pending, request_fact, take_or_note};
use crate::platform::Platform;
use crate::recorder::Recorder;

/// The private header that tells the harness's own requests from the subject's.
pub(super) const MARK: &str = "x-proofmark-harness";

/// Everything behind the gateway's listener.
pub(super) struct Answering {
    pub(super) recorder: Recorder,
    pub(super) platform: Platform,
    pub(super) edge_switch: EdgeSwitch,
    pub(super) faults: FaultBoard,
    /// Routes beside the platform's, which are not traffic: neither recorded nor behind the edge.
    pub(super) control_routes: Option<ControlRoutes>,
    /// The unguessable value of [`MARK`].
    pub(super) mark: String,
}

impl Service for Answering {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Connection,
    ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(async move { self.exchange(request, connection).await })
    }

    fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn receiver(&self) -> (Party, Option<String>) {
        (Party::Platform, None)
    }
}

impl Answering {
    async fn exchange(&self, request: Request<Incoming>, connection: Connection) -> Response<Body> {
        let request = match &self.control_routes {
            Some(control_routes) if ControlRoutes::include(request.uri().path()) => {
                return control_routes.answer(request).await;
            }
            _ => request,
        };
        let (mut parts, incoming) = request.into_parts();
        let mark = take_mark(&mut parts, &self.mark);
        let receiver = self.receiver();
        let Some(carried) = take_or_note(&self.recorder, receiver, &parts, incoming).await else {
            return empty(StatusCode::BAD_REQUEST);
        };
        self.platform
            .recognise(self.recorder.redactor(), &parts, &carried);
        let edged = self.edge_switch.current();
        let exchange = self.recorder.next_exchange();
        let from = if mark == Mark::None {
            Party::Subject
        } else {
            Party::Harness
        };
        let way = (from, Party::Platform, None);
        let fact = request_fact(self.recorder.redactor(), exchange, way, &parts, &carried);
        self.recorder.record(Fact::Request(fact));
        let pending = Pending::new(&self.recorder, exchange);
        parts.extensions.insert(ExchangeNumber(exchange));
        if mark == Mark::SideDoor {
            let answer =
                pass_on(&self.recorder, &edged.platform, parts, carried, &connection).await;
            return sending::whole(&self.recorder, pending, Answerer::Platform, answer).await;
        }
        match edged.edge.judge(&parts).await {
            Passage::Refused(answer) => {
                sending::whole(&self.recorder, pending, Answerer::Edge, answer).await
            }
            Passage::WebApp(answer) => {
                sending::whole(&self.recorder, pending, Answerer::WebApp, answer).await
            }
            Passage::Open(limits) => {
                // The platform's own middleware adds these to its answers.
                parts.extensions.insert(limits);
                // Faults lie on the subject's way only.
                let fired_fault = match mark {
                    Mark::None => {
                        self.faults
                            .strike(parts.method.as_str(), parts.uri.path(), exchange)
                    }
                    Mark::SideDoor | Mark::Edge => None,
                };
                match fired_fault {
                    None => {
                        let mut answer =
                            pass_on(&self.recorder, &edged.platform, parts, carried, &connection)
                                .await;
                        connection.go_on_after(&mut answer);
                        sending::whole(&self.recorder, pending, Answerer::Platform, answer).await
                    }
                    Some(fired_fault) => {
                        self.struck(
                            fired_fault,
                            (&edged.platform, parts, carried),
                            pending,
                            &connection,
                        )
                        .await
                    }
                }
            }
        }
    }

    async fn struck(
        &self,
        fired_fault: FiredFault,
        (platform, parts, carried): (&Router, Parts, Carried),
        mut pending: Pending,
        connection: &Connection,
    ) -> Response<Body> {
        pending.blame(&self.recorder.redactor().redact(&fired_fault.label));
        let asked = pass_on(&self.recorder, platform, parts, carried, connection);
        let real = if fired_fault.after_platform {
            Either::Left(future::ready(asked.await))
        } else {
            Either::Right(asked)
        };
        let (recorder, by) = (&self.recorder, Answerer::Platform);
        match &fired_fault.effect {
            FaultEffect::Status {
                status,
                headers,
                body,
            } => {
                let answer = sending::made_up(*status, headers, body.as_deref());
                sending::whole(recorder, pending, Answerer::Fault, answer).await
            }
            FaultEffect::Reset => {
                pending.ended(Answerer::Fault, Outcome::Reset);
                connection.end(ConnectionEnd::Reset).await
            }
            FaultEffect::Delay { by: time } => {
                tokio::time::sleep(*time).await;
                sending::whole(recorder, pending, by, real.await).await
            }
            FaultEffect::Hang => {
                pending.expect(Outcome::TimedOut);
                self.faults.lifted(&fired_fault).await;
                pending.expect(Outcome::Broken);
                sending::whole(recorder, pending, by, real.await).await
            }
            FaultEffect::Truncate => {
                sending::truncated(recorder, pending, real.await, connection.clone()).await
            }
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
async fn pass_on(
    recorder: &Recorder,
    platform: &Router,
    parts: Parts,
    carried: Carried,
    connection: &Connection,
) -> Response<Body> {
    let limits = parts.extensions.get::<Stamp>().cloned().unwrap_or_default();
    let request = Request::from_parts(parts, carried.into_body());
    match tokio::spawn(platform.clone().oneshot(request)).await {
        Ok(Ok(mut answer)) => {
            limits.put_on(answer.headers_mut());
            answer
        }
        Ok(Err(never)) => match never {},
        Err(error) => {
            // A mistake of ours: the empty 500 that upstream answers a panic of its own with would be taken for the platform's.
            recorder.record(Fact::Trouble(format!(
                "the platform double broke down: {error}"
            )));
            connection.end(ConnectionEnd::Close).await
        }
    }
}

/// Who sent a request, by its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// The subject.
    None,
    /// The harness, through the operator's side listener.
    SideDoor,
    /// The harness, through the edge like any other client.
    Edge,
}

/// What mark the request carries; it is taken off.
fn take_mark(parts: &mut Parts, mark: &str) -> Mark {
    let carried = match parts
        .headers
        .get(MARK)
        .map(|value| value.as_bytes().strip_prefix(mark.as_bytes()))
    {
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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use axum::routing::get;
    use protocol::Redactor;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::listener::Listener;
    use crate::message::take;

    struct Panicking(Recorder);

    impl Service for Panicking {
        fn answer(
            self: Arc<Self>,
            request: Request<Incoming>,
            connection: Connection,
        ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
            Box::pin(async move {
                let (parts, incoming) = request.into_parts();
                let carried = take(incoming).await.unwrap();
                let platform = Router::new().route(
                    "/",
                    get(async || -> &'static str { panic!("of the double") }),
                );
                pass_on(&self.0, &platform, parts, carried, &connection).await
            })
        }

        fn recorder(&self) -> &Recorder {
            &self.0
        }

        fn receiver(&self) -> (Party, Option<String>) {
            (Party::Platform, None)
        }
    }

    #[tokio::test]
    async fn a_panic_of_the_double_is_trouble_of_ours_and_no_answer() {
        let recorder = Recorder::start(Redactor::new());
        let service = Arc::new(Panicking(recorder.clone()));
        let listener =
            Listener::open(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |_| service).unwrap();
        let mut stream = tokio::net::TcpStream::connect(listener.address())
            .await
            .unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
            .await
            .unwrap();
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        let facts: Vec<Fact> = recorder
            .events()
            .into_iter()
            .map(|event| event.fact)
            .collect();
        assert!(
            matches!(&facts[..], [Fact::Trouble(what)] if what.contains("of the double")),
            "{facts:?}"
        );
    }
}
