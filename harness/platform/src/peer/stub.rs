//! One other workspace: answers like a runtime, and records requests that reach it without the platform.
//!
//! It has a listener of its own instead of a mock server, since it must be able to reset a connection.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::body::Body;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use protocol::PeerBehaviour;
use protocol::journal::{Answerer, Fact, Outcome, Party, PeerFact};
use serde_json::{Value, json};

use crate::listener::{Connection, ConnectionEnd, Listener, Service};
use crate::message::{Carried, Pending, body_fact, header_facts, request_fact, take_or_note};
use crate::recorder::Recorder;
use crate::world::PeerSeed;

/// The local ports of the platform's own connections to peers: what comes from them is recorded by the platform.
#[derive(Clone, Default)]
pub(crate) struct PlatformPorts {
    open: Arc<Mutex<HashSet<SocketAddr>>>,
}

impl PlatformPorts {
    /// Knows a port from here on, until the guard is dropped.
    pub(crate) fn claim(&self, address: SocketAddr) -> PortClaim {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(address);
        PortClaim {
            ports: self.clone(),
            address,
        }
    }

    fn contains(&self, address: SocketAddr) -> bool {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&address)
    }
}

/// A port that belongs to the platform as long as this lives.
pub(crate) struct PortClaim {
    ports: PlatformPorts,
    address: SocketAddr,
}

impl Drop for PortClaim {
    fn drop(&mut self) {
        self.ports
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.address);
    }
}

/// A running stub.
pub(crate) struct PeerStub {
    fact: PeerFact,
    listener: Listener,
    behaviour: Arc<RwLock<PeerBehaviour>>,
}

struct Answering {
    name: String,
    behaviour: Arc<RwLock<PeerBehaviour>>,
    recorder: Recorder,
    ports: PlatformPorts,
    /// The path under which only the platform knows it.
    platform_path: Option<String>,
    mark: (&'static str, String),
}

impl PeerStub {
    /// Starts on a free port.
    pub(crate) fn start(
        seed: &PeerSeed,
        recorder: &Recorder,
        ports: &PlatformPorts,
        (mark, value): (&'static str, &str),
    ) -> io::Result<Self> {
        let behaviour = Arc::new(RwLock::new(seed.behaviour.clone()));
        let answering = Answering {
            name: seed.name.clone(),
            behaviour: Arc::clone(&behaviour),
            recorder: recorder.clone(),
            ports: ports.clone(),
            platform_path: seed.place.as_ref().map(|(_, path)| path.clone()),
            mark: (mark, value.to_owned()),
        };
        let port = seed.place.as_ref().map_or(0, |(port, _)| *port);
        let listener = Listener::open(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), |_| {
            Arc::new(answering)
        })?;
        let url = format!("http://{}", listener.address());
        let fact = PeerFact {
            name: seed.name.clone(),
            id: seed.id.clone(),
            url,
        };
        Ok(Self {
            fact,
            listener,
            behaviour,
        })
    }

    /// Who it is and where it listens.
    pub(crate) fn fact(&self) -> PeerFact {
        self.fact.clone()
    }

    /// Does something else from the next request on.
    pub(crate) fn behave(&self, behaviour: PeerBehaviour) {
        *self
            .behaviour
            .write()
            .unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// Stops listening.
    pub(crate) async fn close(&self) {
        self.listener.shut(ConnectionEnd::Close).await;
    }
}

impl Service for Answering {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Connection,
    ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(async move {
            let (mut parts, incoming) = request.into_parts();
            let receiver = self.receiver();
            let Some(carried) = take_or_note(&self.recorder, receiver, &parts, incoming).await
            else {
                return status(StatusCode::BAD_REQUEST);
            };
            let pending = self.record(&mut parts, &carried, &connection);
            let asked: Value = match &carried {
                Carried::Whole(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
                Carried::Streamed { .. } => Value::Null,
            };
            drop(carried);
            self.behave(&parts, &asked, pending, &connection).await
        })
    }

    fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn receiver(&self) -> (Party, Option<String>) {
        (Party::Peer, Some(self.name.clone()))
    }
}

impl Answering {
    /// Records a request that the platform did not send.
    fn record(
        &self,
        parts: &mut Parts,
        carried: &Carried,
        connection: &Connection,
    ) -> Option<Pending> {
        if self.ports.contains(connection.from) {
            return None;
        }
        let (mark, value) = &self.mark;
        let marked = parts
            .headers
            .get(*mark)
            .is_some_and(|found| found.as_bytes().starts_with(value.as_bytes()));
        if marked {
            parts.headers.remove(*mark);
        }
        let by_platform = self.platform_path.as_deref() == Some(parts.uri.path());
        if by_platform {
            // The path is a secret between platform and stub; in the journal it would differ from run to run.
            parts.uri = http::Uri::from_static("/");
        }
        let from = match (marked, by_platform) {
            (true, _) => Party::Harness,
            (false, true) => Party::Platform,
            (false, false) => Party::Subject,
        };
        let exchange = self.recorder.next_exchange();
        let way = (from, Party::Peer, Some(self.name.clone()));
        let fact = request_fact(self.recorder.redactor(), exchange, way, parts, carried);
        self.recorder.record(Fact::Request(fact));
        Some(Pending::new(&self.recorder, exchange))
    }

    async fn behave(
        &self,
        parts: &Parts,
        asked: &Value,
        pending: Option<Pending>,
        connection: &Connection,
    ) -> Response<Body> {
        let behaviour = self
            .behaviour
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let (outcome, ending) = match behaviour {
            PeerBehaviour::Resets => (Outcome::Reset, ConnectionEnd::Reset),
            PeerBehaviour::Busy => (Outcome::Broken, ConnectionEnd::Close),
            spoken => {
                let (code, body) = self.speak(&spoken, parts, asked);
                return self.finish(pending, code, &body);
            }
        };
        if let Some(pending) = pending {
            pending.ended(Answerer::Peer, outcome);
        }
        connection.end(ending).await
    }

    fn speak(
        &self,
        behaviour: &PeerBehaviour,
        parts: &Parts,
        asked: &Value,
    ) -> (StatusCode, Value) {
        if parts.method == Method::GET {
            return (
                StatusCode::OK,
                json!({"name": self.name, "version": "1", "skills": []}),
            );
        }
        let id = asked.get("id").cloned().unwrap_or_default();
        match behaviour {
            PeerBehaviour::Fails(code) => {
                let code = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (code, json!({"error": format!("{} fails", self.name)}))
            }
            PeerBehaviour::Errors { code, message } => {
                let error = json!({"code": code, "message": message});
                (
                    StatusCode::OK,
                    json!({"jsonrpc": "2.0", "id": id, "error": error}),
                )
            }
            PeerBehaviour::Replies(text) => {
                let message = json!({
                    "kind": "message",
                    "messageId": uuid::Uuid::new_v4().to_string(),
                    "role": "agent",
                    "parts": [{"kind": "text", "text": text}],
                });
                (
                    StatusCode::OK,
                    json!({"jsonrpc": "2.0", "id": id, "result": message}),
                )
            }
            PeerBehaviour::Resets | PeerBehaviour::Busy => (StatusCode::OK, Value::Null),
        }
    }

    fn finish(&self, pending: Option<Pending>, code: StatusCode, body: &Value) -> Response<Body> {
        let text = body.to_string();
        let mut answer = status(code);
        answer
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
        if let Some(pending) = pending {
            let redactor = self.recorder.redactor();
            let message = (
                header_facts(redactor, answer.headers()),
                body_fact(redactor, text.as_bytes()),
            );
            pending.answered(Answerer::Peer, Outcome::Complete, code.as_u16(), message);
        }
        *answer.body_mut() = Body::from(text);
        answer
    }
}

fn status(code: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = code;
    answer
}
