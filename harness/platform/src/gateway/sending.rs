//! Ways of sending an answer, each of which records it exactly once.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::response::Parts;
use http::{Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use protocol::journal::{Answerer, Body as BodyFact, Header, Outcome};
use serde_json::{Map, Value};

use crate::listener::{Connection, ConnectionEnd};
use crate::message::{Carried, Passed, Pending, Tally, body_fact, header_facts, take_within};
use crate::recorder::Recorder;

/// An answer that no platform made.
pub(super) fn made_up(status: u16, headers: &[Header], body: Option<&str>) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.unwrap_or_default().to_owned()));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for Header { name, value } in headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value),
        ) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// An answer that has not ended by then is streamed, since its reader waits for the pieces. The double's answers are complete at once.
const HELD: Duration = Duration::from_secs(1);

/// Sends an answer as it is. A small one is recorded before its first byte leaves, so that everything it causes
/// stands behind it in the journal; a stream is recorded when its end has gone through.
pub(super) async fn whole(
    recorder: &Recorder,
    pending: Pending,
    by: Answerer,
    answer: Response<Body>,
) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    let patience = if is_event_stream(&parts) {
        Duration::ZERO
    } else {
        HELD
    };
    match take_within(body, patience).await {
        Ok(Carried::Whole(bytes)) => {
            declare(&mut parts, bytes.len());
            record(recorder, pending, by, Outcome::Complete, &parts, &bytes);
            Response::from_parts(parts, Body::from(bytes))
        }
        Ok(Carried::Streamed { stream, .. }) => {
            let headers = header_facts(recorder.redactor(), &parts.headers);
            let status = parts.status.as_u16();
            let redactor = recorder.redactor().clone();
            let report = move |passed: Passed| {
                let outcome = if passed.whole {
                    Outcome::Complete
                } else {
                    Outcome::Broken
                };
                let body = match &passed.kept {
                    Some(bytes) => body_fact(&redactor, bytes),
                    None => BodyFact::opaque(passed.size, passed.whole.then_some(passed.sha256)),
                };
                pending.answered(by, outcome, status, (headers, body));
            };
            Response::from_parts(parts, Body::new(Tally::new(stream, report)))
        }
        Err(_) => {
            let (mut parts, ()) = Response::new(()).into_parts();
            parts.status = StatusCode::BAD_GATEWAY;
            declare(&mut parts, 0);
            record(
                recorder,
                pending,
                by,
                Outcome::Complete,
                &parts,
                &Bytes::new(),
            );
            Response::from_parts(parts, Body::empty())
        }
    }
}

/// Declares the whole length, sends half of the body and closes.
pub(super) async fn truncated(
    recorder: &Recorder,
    pending: Pending,
    answer: Response<Body>,
    connection: Connection,
) -> Response<Body> {
    let (mut parts, bytes) = gathered(answer).await;
    let declared = bytes.len().max(2);
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(declared));
    let sent = bytes.slice(..bytes.len() / 2);
    record(
        recorder,
        pending,
        Answerer::Platform,
        Outcome::Truncated,
        &parts,
        &sent,
    );
    let first = stream::iter((!sent.is_empty()).then(|| Ok::<_, axum::Error>(Frame::data(sent))));
    let end = stream::once(async move {
        connection.end(ConnectionEnd::Close).await;
        Ok(Frame::data(Bytes::new()))
    });
    Response::from_parts(
        parts,
        Body::new(StreamBody::new(Box::pin(first.chain(end)))),
    )
}

/// Sends so many bytes at a time, with pauses between.
pub(super) async fn dripped(
    recorder: &Recorder,
    pending: Pending,
    answer: Response<Body>,
    (chunk, every): (usize, Duration),
) -> Response<Body> {
    let (mut parts, bytes) = gathered(answer).await;
    declare(&mut parts, bytes.len());
    if bytes.is_empty() {
        record(
            recorder,
            pending,
            Answerer::Platform,
            Outcome::Complete,
            &parts,
            &bytes,
        );
        return Response::from_parts(parts, Body::empty());
    }
    let size = chunk.max(1);
    let headers = header_facts(recorder.redactor(), &parts.headers);
    let body = body_fact(recorder.redactor(), &bytes);
    let finish = (pending, parts.status.as_u16(), (headers, body));
    let drops = stream::unfold(
        (bytes, Some(finish), true),
        move |(mut rest, mut finish, first)| async move {
            if rest.is_empty() {
                return None;
            }
            if !first {
                tokio::time::sleep(every).await;
            }
            let drop = rest.split_to(size.min(rest.len()));
            if rest.is_empty()
                && let Some((pending, status, message)) = finish.take()
            {
                pending.answered(Answerer::Platform, Outcome::Complete, status, message);
            }
            Some((
                Ok::<_, axum::Error>(Frame::data(drop)),
                (rest, finish, false),
            ))
        },
    );
    Response::from_parts(parts, Body::new(StreamBody::new(Box::pin(drops))))
}

/// The answer with top-level fields of its JSON object changed.
pub(super) async fn edited(
    answer: Response<Body>,
    set: &Map<String, Value>,
    remove: &[String],
) -> Response<Body> {
    let (mut parts, bytes) = gathered(answer).await;
    let Ok(Value::Object(mut object)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    for name in remove {
        object.shift_remove(name);
    }
    for (name, value) in set {
        object.insert(name.clone(), value.clone());
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Value::Object(object).to_string()))
}

/// Whether the answer is a stream of server-sent events, which has no end as a rule.
fn is_event_stream(parts: &Parts) -> bool {
    let media_type = parts
        .headers
        .get(CONTENT_TYPE)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    media_type
        .to_ascii_lowercase()
        .starts_with(b"text/event-stream")
}

async fn gathered(answer: Response<Body>) -> (Parts, Bytes) {
    let (parts, body) = answer.into_parts();
    let bytes = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    (parts, bytes)
}

/// States the length, as the server would do anyway, so that it is recorded.
fn declare(parts: &mut Parts, length: usize) {
    let bodiless = parts.status.is_informational()
        || matches!(
            parts.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
    if !bodiless
        && !parts.headers.contains_key(CONTENT_LENGTH)
        && !parts.headers.contains_key(TRANSFER_ENCODING)
    {
        parts
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

fn record(
    recorder: &Recorder,
    pending: Pending,
    by: Answerer,
    outcome: Outcome,
    parts: &Parts,
    bytes: &[u8],
) {
    let headers = header_facts(recorder.redactor(), &parts.headers);
    let body = body_fact(recorder.redactor(), bytes);
    pending.answered(by, outcome, parts.status.as_u16(), (headers, body));
}
