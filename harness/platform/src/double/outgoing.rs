//! Requests that the platform sends to workspaces; each is recorded with its end.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderValue};
use http::request::Parts as Head;
use http::response::Parts as AnswerHead;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use protocol::journal::{Answerer, Body as BodyFact, Fact, Outcome, Party};
use url::{Position, Url};

use crate::message::dial::{self, DialError};
use crate::message::{
    Carried, Passed, Pending, Tally, body_fact, header_facts, request_fact, take,
};
use crate::peer::PlatformPorts;
use crate::recorder::Recorder;

/// Sends requests to the subject and to peers.
pub(super) struct Outgoing {
    recorder: Recorder,
    /// Names of peers by workspace id; every other workspace is the subject.
    peers: RwLock<BTreeMap<String, String>>,
    ports: PlatformPorts,
}

/// A request to a workspace.
pub(super) struct Errand {
    pub(super) workspace: String,
    pub(super) method: Method,
    pub(super) url: Url,
    /// All headers besides `Host` and `Content-Length`.
    pub(super) headers: HeaderMap,
    pub(super) body: Carried,
}

/// Why an errand brought no whole answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ErrandError {
    /// No answer at all.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The answer began and broke off.
    #[error("failed to read the answer's body: {0}")]
    Body(DialError),
}

impl Outgoing {
    pub(super) fn new(
        recorder: Recorder,
        peers: BTreeMap<String, String>,
        ports: PlatformPorts,
    ) -> Self {
        Self {
            recorder,
            peers: RwLock::new(peers),
            ports,
        }
    }

    /// Knows another peer.
    pub(super) fn add_peer(&self, id: &str, name: &str) {
        let mut peers = self.peers.write().unwrap_or_else(PoisonError::into_inner);
        peers.insert(id.to_owned(), name.to_owned());
    }

    /// Carries out an errand until its patience ends. A large answer comes back as a stream that is recorded at its end.
    pub(super) async fn run(
        &self,
        errand: Errand,
        patience: impl Future<Output = ()>,
    ) -> Result<(AnswerHead, Carried), ErrandError> {
        let peer = self
            .peers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&errand.workspace)
            .cloned();
        let (to, by) = match peer {
            Some(_) => (Party::Peer, Answerer::Peer),
            None => (Party::Subject, Answerer::Subject),
        };
        let url = errand.url.clone();
        let (head, body) = head(errand)?;
        let exchange = self.recorder.next_exchange();
        let way = (Party::Platform, to, peer);
        let fact = request_fact(self.recorder.redactor(), exchange, way, &head, &body);
        self.recorder.record(Fact::Request(fact));
        let pending = Pending::new(&self.recorder, exchange);
        let asked = async {
            let answer = self
                .ask(&url, Request::from_parts(head, body.into_body()))
                .await?;
            let (head, body) = answer.into_parts();
            match take(body).await {
                Ok(body) => Ok((head, Ok(body))),
                Err(error) => Ok((head, Err(dial::from_hyper(&error)))),
            }
        };
        let result = tokio::select! {
            result = asked => result,
            () = patience => Err(DialError::TimedOut),
        };
        match result {
            Ok((head, Ok(body))) => Ok(self.keep(pending, by, head, body)),
            Ok((head, Err(error))) => {
                let headers = header_facts(self.recorder.redactor(), &head.headers);
                let message = (headers, BodyFact::opaque(0, None));
                pending.answered(by, Outcome::Truncated, head.status.as_u16(), message);
                Err(ErrandError::Body(error))
            }
            Err(error) => {
                pending.ended(Answerer::Nobody, outcome(&error));
                Err(error.into())
            }
        }
    }

    async fn ask(
        &self,
        url: &Url,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, DialError> {
        let stream = dial::connect(dial::resolve(url).await?).await?;
        // Known before the first byte is sent, so that a peer's stub cannot take it for the subject's.
        let claim = stream
            .local_addr()
            .ok()
            .map(|address| self.ports.claim(address));
        let answer = dial::send(stream, request).await;
        drop(claim);
        answer
    }

    fn keep(
        &self,
        pending: Pending,
        by: Answerer,
        head: AnswerHead,
        body: Carried,
    ) -> (AnswerHead, Carried) {
        let redactor = self.recorder.redactor();
        let headers = header_facts(redactor, &head.headers);
        let status = head.status.as_u16();
        let body = match body {
            Carried::Whole(bytes) => {
                pending.answered(
                    by,
                    Outcome::Complete,
                    status,
                    (headers, body_fact(redactor, &bytes)),
                );
                Carried::Whole(bytes)
            }
            Carried::Streamed { declared, stream } => {
                let report = move |passed: Passed| {
                    let outcome = if passed.whole {
                        Outcome::Complete
                    } else {
                        Outcome::Truncated
                    };
                    let body = BodyFact::opaque(passed.size, passed.whole.then_some(passed.sha256));
                    pending.answered(by, outcome, status, (headers, body));
                };
                Carried::Streamed {
                    declared,
                    stream: Body::new(Tally::new(stream, report)),
                }
            }
        };
        (head, body)
    }
}

fn head(errand: Errand) -> Result<(Head, Carried), DialError> {
    let authority = &errand.url[Position::BeforeHost..Position::AfterPort];
    let target = &errand.url[Position::BeforePath..Position::AfterQuery];
    let (mut head, ()) = Request::builder()
        .method(errand.method)
        .uri(target)
        .header(HOST, authority)
        .body(())
        .map_err(|error| DialError::Unreachable(error.to_string()))?
        .into_parts();
    head.headers.extend(errand.headers);
    let length = match &errand.body {
        Carried::Whole(bytes) if bytes.is_empty() && head.method == Method::GET => None,
        Carried::Whole(bytes) => Some(bytes.len() as u64),
        Carried::Streamed { .. } => None,
    };
    if let Some(length) = length {
        head.headers
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok((head, errand.body))
}

fn outcome(error: &DialError) -> Outcome {
    match error {
        DialError::Refused | DialError::Unreachable(_) => Outcome::Refused,
        DialError::Reset => Outcome::Reset,
        DialError::TimedOut => Outcome::TimedOut,
        DialError::Closed | DialError::Malformed(_) => Outcome::Broken,
    }
}

impl Carried {
    /// All bytes up to a limit; what lies behind it is dropped silently, as the platform does (D-41).
    pub(super) async fn up_to(self, limit: usize) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes.slice(..bytes.len().min(limit)),
            Self::Streamed { mut stream, .. } => {
                let mut read = bytes::BytesMut::new();
                while read.len() < limit
                    && let Some(Ok(frame)) = http_body_util::BodyExt::frame(&mut stream).await
                {
                    if let Some(data) = frame.data_ref() {
                        read.extend_from_slice(data);
                    }
                }
                read.truncate(limit);
                read.freeze()
            }
        }
    }
}
