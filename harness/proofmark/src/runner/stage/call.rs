//! Requests that the stage itself sends: as the platform, as a user, or as an operator.

use std::time::Duration;

use futures_util::StreamExt as _;
use protocol::journal::{AnswerFact, Answerer, Body, Fact, Header, Outcome, Party, RequestFact};
use protocol::wire;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use scenario::plan::{Call, CallBody, Manner, Receiver, Template, TextBody, Upload, WithheldBody};
use tokio::time::{Instant, MissedTickBehavior};

use super::{Stage, StepError};

/// Between two tries of a patient call.
const TRY_PAUSE: Duration = Duration::from_millis(10);
/// Longer answers are read to their end but not kept.
const KEEP_AT_MOST: usize = 256 * 1024;
/// Sent in place of a file that is only large.
const ZEROS: &[u8] = &[0; 64 * 1024];

/// A request ready to be sent, and what the journal says of it.
pub(super) struct Prepared {
    request: reqwest::RequestBuilder,
    /// Absent when the gateway records the exchange itself.
    recorded: Option<RequestFact>,
    within: Duration,
}

impl Stage<'_> {
    /// Sends a call and waits for its answer, unless it is to go on in the background.
    pub(super) async fn call(&mut self, call: &Call) -> Result<(), StepError> {
        if call.method == wire::MCP_METHOD {
            return self.mcp_call(call).await;
        }
        if call.manner.patient {
            self.wait_for_answer(call).await?;
        }
        let prepared = self.prepare(call)?;
        self.send(prepared, call.manner.background).await
    }

    /// Sends a request of the Model Context Protocol and waits for its answer.
    async fn mcp_call(&mut self, call: &Call) -> Result<(), StepError> {
        let method = self
            .plaintext(&call.path)?
            .trim_start_matches('/')
            .to_owned();
        let parameters = match &call.body {
            CallBody::Json(value) => Some(self.fill(value)?),
            _ => None,
        };
        self.mcp_request(
            &method,
            parameters,
            call.manner.within,
            call.manner.background,
        )
        .await
    }

    /// Sends a request over the subject's standard input.
    pub(super) async fn mcp_request(
        &mut self,
        method: &str,
        parameters: Option<serde_json::Value>,
        within: Option<Duration>,
        background: bool,
    ) -> Result<(), StepError> {
        let within = within.unwrap_or(self.cadence.deadline());
        let channel = self
            .process
            .as_ref()
            .and_then(crate::driver::Process::mcp)
            .cloned();
        let Some(channel) = channel else {
            return Err(StepError::Subject(
                "does not speak MCP: its manifest has no `stdio: mcp`".into(),
            ));
        };
        if background {
            let method = method.to_owned();
            self.background.spawn(async move {
                // What became of it stands in the journal.
                let _ = channel.request(&method, parameters, within).await;
            });
            return Ok(());
        }
        tokio::select! {
            sent = channel.request(method, parameters, within) => sent.map_err(StepError::Subject),
            () = self.interruption() => Err(StepError::Interrupted),
        }
    }

    /// Sends a call again and again, unrecorded, until it is answered with a wanted status, its time is over, or the subject has ended.
    async fn wait_for_answer(&self, call: &Call) -> Result<(), StepError> {
        let deadline = Instant::now() + call.manner.within.unwrap_or(self.cadence.deadline());
        let mut tries = tokio::time::interval(TRY_PAUSE);
        tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < deadline {
            tries.tick().await;
            if self.is_interrupted() {
                return Err(StepError::Interrupted);
            }
            let prepared = self.prepare(call)?;
            let answer =
                receive(&self.recorder, prepared.request.timeout(self.cadence.slack)).await;
            let wanted = &call.answered.status;
            let settled = answer
                .status
                .is_some_and(|status| wanted.is_empty() || wanted.contains(&status));
            if settled
                || self
                    .process
                    .as_ref()
                    .is_none_or(|process| process.exit().is_some())
            {
                break;
            }
        }
        Ok(())
    }

    /// Sends a prepared request.
    pub(super) async fn send(
        &mut self,
        prepared: Prepared,
        background: bool,
    ) -> Result<(), StepError> {
        let recorder = self.recorder.clone();
        if background {
            self.background.spawn(deliver(recorder, prepared));
            return Ok(());
        }
        tokio::select! {
            () = deliver(recorder, prepared) => Ok(()),
            () = self.interruption() => Err(StepError::Interrupted),
        }
    }

    fn prepare(&self, call: &Call) -> Result<Prepared, StepError> {
        let target = self.plaintext(&call.path)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &call.manner.headers {
            insert(&mut headers, name, &self.plaintext(value)?)?;
        }
        if let Some(bearer) = &call.manner.bearer {
            insert(
                &mut headers,
                "authorization",
                &format!("{}{}", wire::BEARER_PREFIX, self.plaintext(bearer)?),
            )?;
        }
        if let Some(authorization) = &call.manner.authorization {
            insert(
                &mut headers,
                "authorization",
                &self.plaintext(authorization)?,
            )?;
        }
        let (body, recorded_body) = self.body_of(&call.body, &mut headers)?;
        let base = match call.to {
            Receiver::Subject => {
                format!(
                    "http://{}:{}",
                    call.manner.host.as_deref().unwrap_or("127.0.0.1"),
                    self.port.port()
                )
            }
            Receiver::Platform | Receiver::Edge => self.platform.gateway.origin(),
        };
        let method =
            reqwest::Method::from_bytes(call.method.as_bytes()).map_err(StepError::ours)?;
        let mut request = self.http.request(method, format!("{base}{target}"));
        match call.to {
            Receiver::Subject => {}
            Receiver::Platform => {
                let (name, value) = self.platform.gateway.harness_mark();
                request = request.header(name, value);
            }
            Receiver::Edge => {
                let (name, value) = self.platform.gateway.harness_mark_at_the_edge();
                request = request.header(name, value);
            }
        }
        let recorded = (call.to == Receiver::Subject).then(|| {
            let redactor = self.recorder.redactor();
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            RequestFact {
                exchange: self.recorder.next_exchange(),
                from: Party::Harness,
                to: Party::Subject,
                peer: None,
                method: call.method.clone(),
                path: redactor.redact(path),
                query: redactor.redact(query),
                headers: headers
                    .iter()
                    .map(|(name, value)| {
                        Header::new(name.as_str(), redactor.redact_bytes(value.as_bytes()))
                    })
                    .collect(),
                body: recorded_body,
            }
        });
        let request = request.headers(headers);
        let request = match body {
            Sent::Nothing => request,
            Sent::Bytes(bytes) => request.body(bytes),
            Sent::Form(form) => request.multipart(form),
            Sent::Never => {
                request.body(reqwest::Body::wrap_stream(futures_util::stream::pending::<
                    Result<Vec<u8>, std::io::Error>,
                >()))
            }
        };
        Ok(Prepared {
            request,
            recorded,
            within: call.manner.within.unwrap_or(self.cadence.deadline()),
        })
    }

    fn body_of(&self, body: &CallBody, headers: &mut HeaderMap) -> Result<(Sent, Body), StepError> {
        Ok(match body {
            CallBody::Empty => (Sent::Nothing, Body::empty()),
            CallBody::Json(value) => {
                let text = self.fill(value)?.to_string();
                default_type(headers, "application/json")?;
                (
                    Sent::Bytes(text.clone().into_bytes()),
                    Body::text(&self.redact(&text)),
                )
            }
            CallBody::Text(TextBody {
                content,
                media_type,
            }) => {
                let text = self.plaintext(content)?;
                default_type(headers, media_type)?;
                (
                    Sent::Bytes(text.clone().into_bytes()),
                    Body::text(&self.redact(&text)),
                )
            }
            CallBody::Withheld(WithheldBody { length, media_type }) => {
                default_type(headers, media_type)?;
                insert(headers, "content-length", &length.to_string())?;
                (Sent::Never, Body::opaque(*length, None))
            }
            CallBody::Uploads(uploads) => {
                let mut form = reqwest::multipart::Form::new();
                let mut size = 0;
                for upload in uploads {
                    let (part, length) = self.part(upload)?;
                    size += length;
                    form = form.part(upload.field.clone(), part);
                }
                (Sent::Form(form), Body::opaque(size, None))
            }
        })
    }

    fn part(&self, upload: &Upload) -> Result<(reqwest::multipart::Part, u64), StepError> {
        let mut bytes = self.plaintext(&upload.content)?.into_bytes();
        bytes.extend(upload.bytes.iter().flatten());
        let given = bytes.len() as u64;
        let length = upload.size.map_or(given, |size| size.max(given));
        let filling = futures_util::stream::unfold(length - given, |left| async move {
            let piece = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
            (piece > 0).then(|| (ZEROS.get(..piece).unwrap_or_default(), left - piece as u64))
        });
        let stream = futures_util::stream::iter([bytes])
            .chain(filling.map(<[u8]>::to_vec))
            .map(Ok::<_, std::io::Error>);
        let body = reqwest::Body::wrap_stream(stream);
        let mut part = reqwest::multipart::Part::stream_with_length(body, length);
        if let Some(name) = &upload.name {
            part = part.file_name(self.plaintext(name)?);
        }
        if let Some(media_type) = &upload.media_type {
            part = part.mime_str(media_type).map_err(StepError::ours)?;
        }
        Ok((part, length))
    }

    /// A JSON request to the subject or through the platform, for messages.
    pub(super) fn prepare_json(
        &self,
        to: Receiver,
        path: &str,
        value: serde_json::Value,
        within: Option<Duration>,
    ) -> Result<Prepared, StepError> {
        self.prepare(&Call {
            to,
            method: "POST".into(),
            path: Template::literal(path),
            body: CallBody::Json(value),
            manner: Manner {
                within,
                ..Manner::default()
            },
            answered: scenario::plan::Answered::default(),
        })
    }
}

enum Sent {
    Nothing,
    Bytes(Vec<u8>),
    Form(reqwest::multipart::Form),
    Never,
}

fn default_type(headers: &mut HeaderMap, media_type: &str) -> Result<(), StepError> {
    if headers.contains_key("content-type") {
        Ok(())
    } else {
        insert(headers, "content-type", media_type)
    }
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), StepError> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(StepError::ours)?;
    let value = HeaderValue::from_bytes(&unescape(value)).map_err(StepError::ours)?;
    headers.insert(name, value);
    Ok(())
}

/// Bytes of a text in which `\xNN` stands for one byte.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("\\x") {
        bytes.extend_from_slice(rest.get(..start).unwrap_or_default().as_bytes());
        let digits = rest
            .get(start + 2..start + 4)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = digits {
            bytes.push(byte);
            rest = rest.get(start + 4..).unwrap_or_default();
        } else {
            bytes.extend_from_slice(b"\\x");
            rest = rest.get(start + 2..).unwrap_or_default();
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

async fn deliver(recorder: platform::Recorder, prepared: Prepared) {
    let exchange = prepared.recorded.as_ref().map(|fact| fact.exchange);
    if let Some(fact) = prepared.recorded {
        recorder.record(Fact::Request(fact));
    }
    let answer = receive(&recorder, prepared.request.timeout(prepared.within)).await;
    if let Some(exchange) = exchange {
        recorder.record(Fact::Answer(AnswerFact { exchange, ..answer }));
    }
}

async fn receive(recorder: &platform::Recorder, request: reqwest::RequestBuilder) -> AnswerFact {
    let nothing = |outcome| AnswerFact {
        exchange: 0,
        by: Answerer::Nobody,
        status: None,
        headers: Vec::new(),
        body: Body::empty(),
        outcome,
        fault: None,
    };
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_timeout() => return nothing(Outcome::TimedOut),
        Err(error) if error.is_connect() => return nothing(Outcome::Refused),
        Err(_) => return nothing(Outcome::Broken),
    };
    let redactor = recorder.redactor();
    let status = Some(response.status().as_u16());
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| Header::new(name.as_str(), redactor.redact_bytes(value.as_bytes())))
        .collect();
    let mut kept = Vec::new();
    let mut size = 0_u64;
    let mut outcome = Outcome::Complete;
    let mut body = response.bytes_stream();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => {
                size += piece.len() as u64;
                if kept.len() < KEEP_AT_MOST {
                    kept.extend_from_slice(&piece);
                }
            }
            Err(error) => {
                outcome = if error.is_timeout() {
                    Outcome::TimedOut
                } else {
                    Outcome::Truncated
                };
                break;
            }
        }
    }
    let body = match std::str::from_utf8(&kept) {
        Ok(text) if size == kept.len() as u64 => Body::text(&redactor.redact(text)),
        _ => Body::opaque(size, None),
    };
    AnswerFact {
        exchange: 0,
        by: Answerer::Subject,
        status,
        headers,
        body,
        outcome,
        fault: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_bytes_are_single_bytes_and_the_rest_is_text() {
        assert_eq!(unescape("Bearer a\\xff\\x00b"), b"Bearer a\xff\x00b");
        assert_eq!(unescape("\\xzz \\x"), b"\\xzz \\x");
        assert_eq!(unescape("ü"), "ü".as_bytes());
    }
}
