//! `/workspaces/:id/chat/uploads` and `/chat/download`, forwarded with the inbound secret (contract 7.2).

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Query;
use axum::response::Response;
use futures_util::{StreamExt as _, future, stream};
use http::header::{
    AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue,
};
use http::{Method, StatusCode};
use protocol::Revision;
use protocol::wire::{BEARER_PREFIX, FILE_READ, UPLOAD_INGEST};
use serde_json::json;
use url::Url;

use super::auth::WorkspaceAuth;
use super::refusal::{InvalidId, NoWorkspace};
use crate::double::outgoing::Errand;
use crate::double::reply::{Refusal, Refused, Reply, check_id, refuse};
use crate::double::{Double, token};
use crate::message::{Carried, take};

/// Bytes of an upload; what comes behind them is cut.
const UPLOAD_LIMIT: usize = 50 * 1024 * 1024;
/// What a workspace has to answer in.
const TIMEOUT: Duration = Duration::from_mins(2);
/// Directories whose files may be read.
const ROOTS: [&str; 4] = ["/configs", "/workspace", "/home", "/plugins"];

/// Forwards an upload to the workspace, with its inbound secret.
#[utoipa::path(
    post, path = "/workspaces/{id}/chat/uploads", tag = "chat",
    responses(
        (status = 200, description = "The answer of the workspace, with its own status"),
        (status = 502, description = "The workspace cannot be reached", body = Refused),
        (status = 503, description = "No URL or no inbound secret", body = Refused),
        WorkspaceAuth, InvalidId, NoWorkspace,
    )
)]
pub(super) async fn upload(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    check_id(&id)?;
    let (url, bearer) = double.channel(&id, "upload", UPLOAD_INGEST)?;
    let mut forwarded = vec![(AUTHORIZATION, bearer)];
    forwarded.extend(
        headers
            .get(CONTENT_TYPE)
            .map(|kind| (CONTENT_TYPE, kind.clone())),
    );
    let body = match take(body)
        .await
        .map_err(|_| Refusal::new(400, "failed to read request body"))?
    {
        Carried::Streamed { declared, stream } => {
            // A declared length stays declared even if the stream is cut below it: the workspace fails to parse it.
            let length = headers
                .get(CONTENT_LENGTH)
                .map(|length| (CONTENT_LENGTH, length.clone()));
            forwarded.extend(length);
            Carried::Streamed {
                declared,
                stream: cut(stream),
            }
        }
        whole @ Carried::Whole(_) => whole,
    };
    let errand = Errand {
        workspace: id,
        method: Method::POST,
        url,
        headers: forwarded.into_iter().collect(),
        body,
    };
    double.forward(errand, &[CONTENT_TYPE]).await
}

/// Fetches a file from the workspace, with its inbound secret.
#[utoipa::path(
    get, path = "/workspaces/{id}/chat/download", tag = "chat", params(("path" = Option<String>, Query)),
    responses(
        (status = 200, description = "The answer of the workspace, with its own status"),
        (status = 400, description = "The path is refused", body = Refused),
        (status = 502, description = "The workspace cannot be reached", body = Refused),
        (status = 503, description = "No URL or no inbound secret", body = Refused),
        WorkspaceAuth, NoWorkspace,
    )
)]
pub(super) async fn download(
    WorkspaceAuth { double, id }: WorkspaceAuth,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    check_id(&id)?;
    let path = query.get("path").map(String::as_str).unwrap_or_default();
    check_path(path)?;
    let (mut url, bearer) = double.channel(&id, "download", FILE_READ)?;
    url.query_pairs_mut().append_pair("path", path);
    let errand = Errand {
        workspace: id,
        method: Method::GET,
        url,
        headers: HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
        body: Carried::Whole(bytes::Bytes::new()),
    };
    double
        .forward(errand, &[CONTENT_TYPE, CONTENT_LENGTH, CONTENT_DISPOSITION])
        .await
}

impl Double {
    /// Where a workspace takes such requests and the secret that opens it, or why it cannot be reached.
    fn channel(&self, id: &str, what: &str, path: &str) -> Result<(Url, HeaderValue), Refusal> {
        if !self.speaks(Revision::R1) {
            return refuse(503, "workspace container not running");
        }
        let mut state = self.state();
        let row = state.workspaces.get(id).ok_or_else(Refusal::no_workspace)?;
        if row.url.is_empty() {
            return refuse(503, "workspace url not registered yet");
        }
        match row
            .inbound_secret
            .as_ref()
            .filter(|secret| !secret.reveal().is_empty())
        {
            Some(secret) => {
                let url = Url::parse(&format!("{}{path}", row.url.trim_end_matches('/'))).ok();
                let bearer =
                    HeaderValue::try_from(format!("{BEARER_PREFIX}{}", secret.reveal())).ok();
                url.zip(bearer)
                    .ok_or_else(|| Refusal::new(500, "failed to construct forward request"))
            }
            None if self.speaks(Revision::R2) => {
                self.store_secret(&mut state, id, token::random());
                Err(Refusal::with(
                    503,
                    json!({
                        "error": "workspace re-registering — please retry in 30 seconds",
                        "detail": "The platform_inbound_secret was minted; the workspace gets it when it registers.",
                        "retry_after_seconds": 30,
                    }),
                ))
            }
            None => Err(Refusal::with(
                503,
                json!({
                    "error": format!("workspace not yet enrolled in v2 {what} (RFC #2312)"),
                    "detail": "Reprovisioning the workspace will mint the platform_inbound_secret it's missing.",
                }),
            )),
        }
    }

    /// Sends an errand and passes its answer through with these headers.
    async fn forward(&self, errand: Errand, passed: &[HeaderName]) -> Reply {
        let (head, body) = self
            .inner
            .outgoing
            .run(errand, tokio::time::sleep(TIMEOUT))
            .await
            .map_err(|_| Refusal::new(502, "workspace unreachable"))?;
        let mut answer = Response::new(body.into_body());
        *answer.status_mut() =
            StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
        for name in passed {
            if let Some(value) = head.headers.get(name) {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        Ok(answer)
    }
}

/// The four checks before a workspace is asked, in this order (FILE-030).
fn check_path(path: &str) -> Result<(), Refusal> {
    let refuse = |text: &str| refuse(400, text);
    if path.is_empty() {
        return refuse("path query required");
    }
    if !path.starts_with('/') {
        return refuse("path must be absolute");
    }
    let below = |root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if !ROOTS.into_iter().any(below) {
        return refuse("path must be under /configs, /workspace, /home, or /plugins");
    }
    let clean = path.strip_prefix('/').unwrap_or_default();
    if path.contains("..")
        || clean
            .split('/')
            .any(|segment| segment.is_empty() || segment == ".")
    {
        return refuse("invalid path");
    }
    Ok(())
}

/// The stream up to [`UPLOAD_LIMIT`].
fn cut(stream: Body) -> Body {
    let mut left = UPLOAD_LIMIT;
    let pieces = stream.into_data_stream().map(move |piece| {
        piece.map(|piece| {
            let kept = piece.slice(..piece.len().min(left));
            left -= kept.len();
            kept
        })
    });
    let pieces =
        pieces.take_while(|piece| future::ready(!matches!(piece, Ok(bytes) if bytes.is_empty())));
    Body::from_stream(stream::StreamExt::fuse(pieces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_030_paths_are_checked_in_this_order() {
        let refusal = |path: &str| {
            check_path(path)
                .err()
                .map(|refusal| refusal.body["error"].clone())
        };
        assert_eq!(refusal(""), Some("path query required".into()));
        assert_eq!(refusal("etc/passwd"), Some("path must be absolute".into()));
        let roots = "path must be under /configs, /workspace, /home, or /plugins";
        assert_eq!(refusal("/etc/passwd"), Some(roots.into()));
        assert_eq!(refusal("/configsx/a"), Some(roots.into()));
        for path in [
            "/workspace/../etc/passwd",
            "/workspace//a",
            "/workspace/./a",
            "/home/a..b",
            "/home/",
        ] {
            assert_eq!(refusal(path), Some("invalid path".into()), "{path}");
        }
        assert_eq!(refusal("/workspace/a b.txt"), None);
    }
}
