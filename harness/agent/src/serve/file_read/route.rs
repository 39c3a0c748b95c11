//! The route itself: the four path checks, then the file as a stream.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::locate::{Unserved, locate};
use super::path::{AdmittedPath, admit};
use crate::runtime::Agent;
use crate::serve::media_type;
use crate::serve::refusal::refusal;

const CHUNK: usize = 64 * 1024;

/// Characters that RFC 5987 lets stand in an extended value.
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Serves one file (FILE-001).
pub(crate) async fn read(State(agent): State<Arc<Agent>>, uri: Uri) -> Response {
    let path = match checked_path(&uri) {
        Ok(path) => path,
        Err(text) => return refusal(StatusCode::BAD_REQUEST, text),
    };
    match locate(&agent.settings, &path) {
        Ok(located) => {
            let media_type = media_type::guess(&located.name).unwrap_or("application/octet-stream");
            let headers = [
                (CONTENT_TYPE, media_type.to_owned()),
                (CONTENT_LENGTH, located.size.to_string()),
                (CONTENT_DISPOSITION, disposition(&located.name)),
            ];
            (headers, content(File::from_std(located.file), located.size)).into_response()
        }
        Err(Unserved::Missing | Unserved::Credential) => {
            refusal(StatusCode::NOT_FOUND, "file not found")
        }
        Err(Unserved::NotRegular) => refusal(StatusCode::BAD_REQUEST, "path is not a regular file"),
        Err(Unserved::Outside) => refusal(StatusCode::BAD_REQUEST, "invalid path"),
        Err(Unserved::Failed) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "stat failed"),
    }
}

/// Reads and checks the query; the error is the text of the refusal.
fn checked_path(uri: &Uri) -> Result<AdmittedPath, &'static str> {
    let query = uri.query().unwrap_or_default();
    let path = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "path");
    admit(path.as_ref().map(|(_, path)| path.as_ref()))
}

/// Streams as many bytes as were announced; a file that grows meanwhile does not spoil the answer.
fn content(file: File, size: u64) -> Body {
    Body::from_stream(stream::try_unfold(file.take(size), |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    }))
}

/// Names the file twice: readable for everybody, and exactly.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|character| match character {
            '"' | '\\' => '_',
            ' '..='~' => character,
            _ => '_',
        })
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        utf8_percent_encode(name, EXTENDED)
    )
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
