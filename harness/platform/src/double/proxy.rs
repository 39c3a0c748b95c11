//! The A2A proxy from its access check on (contract 5.1 steps 6-10, 5.2-5.4).

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use protocol::Revision;
use protocol::journal::PlatformChange;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use url::Url;

use super::access::can_communicate;
use super::activity::ActivityRow;
use super::double::Double;
use super::outgoing::{Errand, ErrandError};
use super::queue::Waiting;
use super::reply::{Refusal, refuse};
use super::spelling::is_uuid;
use crate::message::Carried;

/// Silence that ends a dispatch, unless the target declared another one.
const IDLE: Duration = Duration::from_mins(5);
/// What no dispatch of a known caller outlives.
const CEILING: Duration = Duration::from_mins(30);
/// How long r2 waits for an answer to begin.
const HEADER_TIMEOUT: Duration = Duration::from_mins(1);
/// Longer answers are cut (D-41).
const ANSWER_LIMIT: usize = 10 * 1024 * 1024;

/// A message on its way to a workspace.
pub(super) struct Message {
    pub(super) target: String,
    pub(super) caller: Option<String>,
    /// As received; normalised here.
    pub(super) body: Bytes,
    /// Whether the ceiling applies: not with an `X-Timeout` (D-15).
    pub(super) bounded: bool,
    /// Whether the dispatch leaves a row.
    pub(super) logged: bool,
}

/// What became of a message that was not refused.
pub(super) enum Delivery {
    /// The agent answered with a 2xx.
    Answered {
        /// Its status.
        status: u16,
        /// Its body.
        body: Bytes,
    },
    /// It waits for a busy target, or for a target that polls; the body says so.
    Queued(u16, Value),
}

struct Target {
    url: Url,
    name: String,
    idle: Duration,
    native_session: bool,
}

struct Normalised {
    body: Bytes,
    value: Value,
    method: String,
    message_id: Option<String>,
}

impl Double {
    /// Delivers a message.
    pub(super) async fn proxy(&self, message: Message) -> Result<Delivery, Refusal> {
        self.may_send(&message)?;
        let (normalised, target) = if self.speaks(Revision::R2) {
            let normalised = self.normalise(&message.body)?;
            if let Some(queued) = self.left_for_polling(&message, &normalised) {
                return Ok(queued);
            }
            (normalised, self.resolve_target(&message.target)?)
        } else {
            let target = self.resolve_target(&message.target)?;
            (self.normalise(&message.body)?, target)
        };
        let started = Instant::now();
        let errand = Errand {
            workspace: message.target.clone(),
            method: Method::POST,
            url: target.url.clone(),
            headers: HeaderMap::from_iter([(
                CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            )]),
            body: Carried::Whole(normalised.body.clone()),
        };
        let patience = self.patience(&message, target.idle);
        let result = self.inner.outgoing.run(errand, patience).await;
        let result = match result {
            Ok((head, body)) => Ok((head.status, body.up_to(ANSWER_LIMIT).await)),
            Err(error) => Err(error),
        };
        self.account(&message, &normalised, &target, started, &result);
        match result {
            Ok((status, body)) if status.is_success() => Ok(Delivery::Answered {
                status: status.as_u16(),
                body,
            }),
            Ok((status, body)) => Err(agent_refusal(status, &body)),
            Err(ErrandError::Body(_)) => Err(Refusal::with(
                502,
                json!({"error": "failed to read agent response", "delivery_confirmed": true}),
            )),
            Err(ErrandError::Dial(error)) if error.looks_busy() => {
                self.busy(&message, &normalised, &target)
            }
            Err(ErrandError::Dial(_)) => refuse(502, "failed to reach workspace agent"),
        }
    }

    /// Steps 6 and 7.
    fn may_send(&self, message: &Message) -> Result<(), Refusal> {
        let state = self.state();
        if let Some(caller) = message
            .caller
            .as_deref()
            .filter(|caller| *caller != message.target)
            && !can_communicate(&state, caller, &message.target)
        {
            let text = "access denied: workspaces cannot communicate per hierarchy rules";
            return refuse(403, text);
        }
        let row = state.workspaces.get(&message.target);
        if row.is_some_and(|row| {
            row.budget_limit
                .is_some_and(|limit| row.monthly_spend >= limit)
        }) {
            return refuse(402, "workspace budget limit exceeded");
        }
        Ok(())
    }

    /// Step 8. The status does not matter as long as there is a URL (D-47). Loopback is always dialled: in this respect
    /// the double is a platform in development mode.
    fn resolve_target(&self, id: &str) -> Result<Target, Refusal> {
        let state = self.state();
        let row = state.workspaces.get(id).ok_or_else(Refusal::no_workspace)?;
        if row.url.is_empty() && row.status == "hibernated" {
            let body = json!({
                "error": "workspace is waking from hibernation — retry in ~15 seconds",
                "waking": true,
                "retry_after": 15,
            });
            return Err(Refusal {
                retry_after: Some(15),
                ..Refusal::with(503, body)
            });
        }
        if row.url.is_empty() {
            return Err(Refusal::with(
                503,
                json!({"error": "workspace has no URL", "status": row.status}),
            ));
        }
        let url = Url::parse(&row.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| Refusal::new(502, "workspace URL is not publicly routable"))?;
        let declared = row
            .overrides
            .idle_timeout_seconds
            .and_then(|seconds| u64::try_from(seconds).ok());
        let idle = declared
            .filter(|seconds| *seconds > 0)
            .map_or(IDLE, Duration::from_secs);
        Ok(Target {
            url,
            name: row.name.clone(),
            idle,
            native_session: row.native("session"),
        })
    }

    /// Step 9.
    fn normalise(&self, body: &[u8]) -> Result<Normalised, Refusal> {
        let invalid = || Refusal::new(400, "invalid JSON");
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
            return Err(invalid());
        };
        if !fields.contains_key("jsonrpc") {
            let mut envelope = Map::new();
            envelope.insert("jsonrpc".into(), "2.0".into());
            envelope.insert("id".into(), uuid::Uuid::new_v4().to_string().into());
            for name in ["method", "params"] {
                envelope.insert(name.into(), fields.remove(name).unwrap_or_default());
            }
            fields = envelope;
        }
        let mut value = Value::Object(fields);
        if let Some(Value::Object(message)) = value.pointer_mut("/params/message") {
            if message.get("messageId").is_none() {
                message.insert("messageId".into(), uuid::Uuid::new_v4().to_string().into());
            }
            if self.speaks(Revision::R2) && !message.contains_key("parts") {
                match message.remove("content") {
                    Some(Value::String(text)) => {
                        message.insert("parts".into(), json!([{"kind": "text", "text": text}]));
                    }
                    Some(parts @ Value::Array(_)) => {
                        message.insert("parts".into(), parts);
                    }
                    _ => return refuse(400, "message must contain either 'parts' or 'content'"),
                }
            }
        }
        value.sort_all_objects();
        let method = value["method"].as_str().unwrap_or_default().to_owned();
        let message_id = value
            .pointer("/params/message/messageId")
            .and_then(Value::as_str)
            .map(str::to_owned);
        Ok(Normalised {
            body: Bytes::from(value.to_string()),
            value,
            method,
            message_id,
        })
    }

    /// From r2 on a workspace that polls is not dialled: the row is its mail.
    fn left_for_polling(&self, message: &Message, normalised: &Normalised) -> Option<Delivery> {
        let mut state = self.state();
        let row = state
            .workspaces
            .get(&message.target)
            .filter(|row| row.delivery_mode == "poll")?;
        let summary = format!("{} → {} (queued for poll)", normalised.method, row.name);
        if message.logged {
            let mut row = received(message, normalised);
            row.summary = Some(summary);
            self.log_and_tell(&mut state, row);
        }
        let body =
            json!({"status": "queued", "delivery_mode": "poll", "method": normalised.method});
        Some(Delivery::Queued(200, body))
    }

    /// Ends when the target was silent for too long; every event about it starts the time anew (A2A-078).
    async fn patience(&self, message: &Message, idle: Duration) {
        let started = Instant::now();
        let ceiling = (message.bounded && message.caller.is_some()).then_some(CEILING);
        let first_byte = self.speaks(Revision::R2).then_some(HEADER_TIMEOUT);
        let end = ceiling
            .into_iter()
            .chain(first_byte)
            .min()
            .map(|bound| started + bound);
        let mut since = started;
        loop {
            let silent = since + idle;
            let until = end.map_or(silent, |end| end.min(silent));
            tokio::time::sleep_until(until.into()).await;
            let last = self.state().last_event.get(&message.target).copied();
            match last.filter(|last| *last > since) {
                Some(last) if end.is_none_or(|end| Instant::now() < end) => since = last,
                _ => return,
            }
        }
    }

    /// What a dispatch leaves behind (contract 5.4).
    fn account(
        &self,
        message: &Message,
        normalised: &Normalised,
        target: &Target,
        started: Instant,
        result: &Result<(StatusCode, Bytes), ErrandError>,
    ) {
        let mut state = self.state();
        let duration = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut row = received(message, normalised);
        row.duration_ms = Some(duration);
        row.summary = Some(format!("{} → {}", normalised.method, target.name));
        let failure = match result {
            Ok((status, body)) => {
                row.response_body = serde_json::from_slice(body).ok();
                (status.as_u16() >= 400).then(|| status.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(answer) = &row.response_body {
            row.tool_trace = answer.pointer("/result/metadata/tool_trace").cloned();
        }
        if let Some(failure) = &failure {
            row.status = "error".into();
            row.error_detail = Some(failure.clone());
            row.summary = Some(format!("A2A request to {} failed: {failure}", target.name));
        }
        let answer = row.response_body.clone();
        if message.logged {
            self.log_and_tell(&mut state, row);
        }
        match &message.caller {
            _ if failure.is_some() => {}
            None => {
                let payload = json!({"response_body": answer, "method": normalised.method, "duration_ms": duration});
                self.broadcast(&mut state, &message.target, "A2A_RESPONSE", payload);
            }
            Some(caller) => {
                if let Some(row) = state.workspaces.get_mut(caller) {
                    row.last_outbound_at = Some(OffsetDateTime::now_utc());
                }
            }
        }
    }

    fn busy(
        &self,
        message: &Message,
        normalised: &Normalised,
        target: &Target,
    ) -> Result<Delivery, Refusal> {
        let later = |body| Refusal {
            retry_after: Some(30),
            ..Refusal::with(503, body)
        };
        if target.native_session {
            return Err(later(json!({
                "error": "workspace agent busy — adapter handles retry (native_session)",
                "busy": true,
                "retry_after": 30,
                "native_session": true,
            })));
        }
        let waiting = Waiting {
            workspace: &message.target,
            caller: message.caller.as_deref(),
            body: &normalised.body,
            key: normalised.message_id.as_deref(),
        };
        match self.enqueue(&waiting) {
            Some((id, depth)) => Ok(Delivery::Queued(
                202,
                json!({
                    "queued": true,
                    "queue_id": id,
                    "queue_depth": depth,
                    "message": "workspace agent busy — request queued, will dispatch when capacity available",
                }),
            )),
            None => Err(later(json!({
                "error": "workspace agent busy — retry after a short backoff",
                "busy": true,
                "retry_after": 30,
            }))),
        }
    }

    /// Queues a message: its queue id and how many wait for the workspace. `None` if the database refuses the caller,
    /// whose column takes UUIDs only (D-23).
    fn enqueue(&self, waiting: &Waiting<'_>) -> Option<(String, usize)> {
        if waiting.caller.is_some_and(|caller| !is_uuid(caller)) {
            return None;
        }
        let mut state = self.state();
        let (id, is_new) = state.queue.put(waiting);
        if is_new {
            self.note(waiting.workspace, PlatformChange::Queued(id.clone()));
        }
        Some((id, state.queue.depth(waiting.workspace)))
    }
}

fn received(message: &Message, normalised: &Normalised) -> ActivityRow {
    let mut row = ActivityRow::new(&message.target, "a2a_receive");
    row.source_id.clone_from(&message.caller);
    row.target_id = Some(message.target.clone());
    row.method = Some(normalised.method.clone());
    row.request_body = Some(normalised.value.clone());
    row
}

/// An agent's status from 300 on passes through; of its body only a string `error` does (A2A-073).
fn agent_refusal(status: StatusCode, body: &[u8]) -> Refusal {
    let stated = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|body| body["error"].as_str().map(str::to_owned));
    let text = stated.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().to_owned());
    Refusal::new(status.as_u16(), &text)
}
