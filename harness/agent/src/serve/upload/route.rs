//! The route itself: limits in the order of contract 7.3, and no file ever whole in memory.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::batch::{Batch, UploadError};
use super::multipart::{Multipart, MultipartError, boundary};
use super::part_head::PartHead;
use crate::runtime::Agent;
use crate::serve::discard::discard;
use crate::serve::refusal::refusal;

const TOTAL_LIMIT: u64 = 50 * 1024 * 1024;
const FILE_LIMIT: u64 = 25 * 1024 * 1024;
const MOST_FILES: usize = 64;
const MOST_FIELDS: usize = 32;

/// Bounds a body of unannounced length: files may add up to the limit, the form around them to this.
const FORM_ROOM: u64 = 1024 * 1024;

impl From<MultipartError> for UploadError {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::Malformed => {
                Self::new(StatusCode::BAD_REQUEST, "failed to parse multipart form")
            }
            MultipartError::TooLong => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request body exceeds total limit (50 MB)",
            ),
        }
    }
}

/// Stores the files of a form and says where.
pub(crate) async fn ingest(State(agent): State<Arc<Agent>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let boundary = match admit(&head.headers) {
        Ok(boundary) => boundary,
        Err(UploadError(status, text)) => {
            discard(body);
            return refusal(status, &text);
        }
    };
    let mut stream = body.into_data_stream();
    let batch = store(&agent.settings.filesystem_root, &mut stream, &boundary).await;
    match batch {
        Ok(batch) => Json(json!({"files": batch.keep()})).into_response(),
        Err(UploadError(status, text)) => {
            discard(Body::from_stream(stream));
            refusal(status, &text)
        }
    }
}

/// Judges the headers: an announced length is refused before anything is read (CHAT-008).
fn admit(headers: &HeaderMap) -> Result<String, UploadError> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
    };
    let length: Option<u64> = text(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > TOTAL_LIMIT) {
        return Err(MultipartError::TooLong.into());
    }
    text(CONTENT_TYPE)
        .and_then(boundary)
        .ok_or_else(|| MultipartError::Malformed.into())
}

async fn store<S, E>(
    filesystem_root: &Path,
    stream: &mut S,
    boundary: &str,
) -> Result<Batch, UploadError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let mut received = 0;
    let counted = stream.map(|chunk| {
        let chunk = chunk.map_err(|_| MultipartError::Malformed)?;
        received += chunk.len() as u64;
        if received > TOTAL_LIMIT + FORM_ROOM {
            Err(MultipartError::TooLong)
        } else {
            Ok(chunk)
        }
    });
    let mut form = Multipart::new(counted, boundary);
    let mut batch = Batch::new(filesystem_root);
    let (mut files, mut fields, mut stored, mut total) = (0, 0, 0, 0);
    while let Some(head) = form.next_part().await? {
        if head.file_name.is_some() {
            files += 1;
        } else {
            fields += 1;
        }
        if files > MOST_FILES || fields > MOST_FIELDS {
            return Err(MultipartError::Malformed.into());
        }
        if head.name == "files" && head.file_name.is_some() {
            store_file(&mut form, &mut batch, head, &mut total).await?;
            stored += 1;
        }
    }
    if stored == 0 {
        let text = "expected at least one 'files' field";
        return Err(UploadError::new(StatusCode::BAD_REQUEST, text));
    }
    Ok(batch)
}

async fn store_file<S>(
    form: &mut Multipart<S>,
    batch: &mut Batch,
    head: PartHead,
    total: &mut u64,
) -> Result<(), UploadError>
where
    S: Stream<Item = Result<Bytes, MultipartError>> + Unpin,
{
    let given = head.file_name.unwrap_or_default();
    let (mut file, name) = batch.create(&given)?;
    let mut size = 0;
    while let Some(chunk) = form.chunk().await? {
        size += chunk.len() as u64;
        *total += chunk.len() as u64;
        if size > FILE_LIMIT {
            let text = format!("{given} exceeds per-file limit (25 MB)");
            return Err(UploadError(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        if *total > TOTAL_LIMIT {
            let text = "total request body exceeds limit (50 MB)";
            return Err(UploadError::new(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        // Bytes as they came (CHAT-003).
        file.write_all(&chunk).await.map_err(|_| unwritten())?;
    }
    file.flush().await.map_err(|_| unwritten())?;
    batch.complete(&name, head.media_type, size);
    Ok(())
}

fn unwritten() -> UploadError {
    UploadError::new(StatusCode::INTERNAL_SERVER_ERROR, "failed to write file")
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
