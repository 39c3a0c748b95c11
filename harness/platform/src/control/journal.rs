//! `GET /proofmark/journal`.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use protocol::control::{LONGEST_WAIT, Refused};
use protocol::journal::Event;
use serde::Deserialize;
use tokio::sync::watch;

use super::answer::ControlError;
use super::control::Control;
use crate::recorder::Recorder;

/// Events in a piece of the stream: the journal is locked while they are copied.
const PIECE: usize = 256;

/// Where to begin and how long to wait.
#[derive(Deserialize)]
pub(super) struct Tail {
    after: Option<u64>,
    #[serde(default)]
    wait: u64,
}

/// Streams the journal, an event a line.
///
/// It begins behind the position `after` and ends when nothing has happened for `wait` seconds.
#[utoipa::path(
    get, path = "/proofmark/journal", params(("after" = Option<u64>, Query), ("wait" = Option<u64>, Query)),
    responses(
        (status = 200, description = "Events of the journal", content_type = "application/x-ndjson"),
        (status = 400, description = "A parameter is refused", body = Refused),
    )
)]
pub(super) async fn tail(
    State(control): State<Control>,
    query: Result<Query<Tail>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ControlError> {
    let Query(tail) = query.map_err(|error| ControlError::new(400, &error.body_text()))?;
    if tail.wait > LONGEST_WAIT {
        return Err(ControlError::new(
            400,
            &format!(
                "a reader waits at most {LONGEST_WAIT} seconds, not {}",
                tail.wait
            ),
        ));
    }
    let next = tail.after.map_or(0, |after| after.saturating_add(1));
    Ok(streamed(Reader {
        watch: control.recorder.watch(),
        recorder: control.recorder,
        next,
        wait: Duration::from_secs(tail.wait),
    }))
}

struct Reader {
    recorder: Recorder,
    watch: watch::Receiver<u64>,
    next: u64,
    wait: Duration,
}

fn streamed(reader: Reader) -> Response {
    let pieces = stream::unfold(reader, |mut reader| async move {
        let piece = reader.piece().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), reader))
    });
    (
        [(CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(pieces),
    )
        .into_response()
}

impl Reader {
    /// The next lines; `None` when nothing has come for too long.
    async fn piece(&mut self) -> Option<String> {
        loop {
            // Marked as seen before looking, so that what is recorded meanwhile wakes.
            self.watch.borrow_and_update();
            let events = self.recorder.piece(self.next, PIECE);
            if let Some(last) = events.last() {
                self.next = last.seq + 1;
                return Some(events.iter().map(line).collect());
            }
            let changed = tokio::time::timeout(self.wait, self.watch.changed()).await;
            changed.ok()?.ok()?;
        }
    }
}

fn line(event: &Event) -> String {
    // An event is plain data and always has a spelling.
    let mut line = serde_json::to_string(event).unwrap_or_default();
    line.push('\n');
    line
}
