//! Delegated work: its rows, its way through the proxy and its end (contract 6.2-6.5).

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::activity::{ActivityRow, cut_bytes};
use super::double::Double;
use super::proxy::{Delivery, Message};
use super::reply::Refusal;
use super::state::State;

/// Before the one retry of a target that restarts.
const RETRY_AFTER: Duration = Duration::from_secs(8);

/// A piece of work that one workspace gives to another.
#[derive(Clone)]
pub(super) struct Delegation {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) task: String,
}

impl Delegation {
    /// A row about it.
    pub(super) fn row(&self, method: &str, status: &str, summary: String) -> ActivityRow {
        let mut row = ActivityRow::new(&self.source, "delegation");
        row.method = Some(method.to_owned());
        row.source_id = Some(self.source.clone());
        row.target_id = Some(self.target.clone());
        row.summary = Some(summary);
        status.clone_into(&mut row.status);
        row
    }

    /// The row that tracks it.
    pub(super) fn tracking_row(
        &self,
        status: &str,
        idempotency_key: Option<String>,
    ) -> ActivityRow {
        let mut row = self.row("delegate", status, format!("Delegating to {}", self.target));
        row.request_body = Some(json!({"task": self.task, "delegation_id": self.id}));
        row.idempotency_key = idempotency_key;
        row
    }

    fn message(&self) -> Value {
        json!({
            "method": "message/send",
            "params": {
                "message": {
                    "role": "user",
                    "messageId": self.id,
                    "parts": [{"type": "text", "text": self.task}],
                    "metadata": {"delegation_id": self.id},
                },
            },
        })
    }
}

impl Double {
    /// Announces a delegation.
    pub(super) fn delegation_sent(&self, state: &mut State, delegation: &Delegation) {
        let preview = delegation.task.chars().take(100).collect();
        self.tell(
            state,
            delegation,
            "DELEGATION_SENT",
            ("task_preview", preview),
        );
    }

    /// Sends the work to its target on its own time.
    pub(super) fn delegate_later(&self, delegation: Delegation) {
        let double = self.clone();
        tokio::spawn(async move { double.delegate(&delegation).await });
    }

    async fn delegate(&self, delegation: &Delegation) {
        self.track(&mut self.state(), delegation, "dispatched");
        let mut delivery = self.proxy(message(delegation)).await;
        if let Err(refusal) = &delivery
            && retried(refusal)
        {
            tokio::time::sleep(RETRY_AFTER).await;
            delivery = self.proxy(message(delegation)).await;
        }
        let mut state = self.state();
        match delivery {
            Ok(Delivery::Answered { body, .. }) => {
                self.delegation_completed(&mut state, delegation, &answer_text(&body));
            }
            Ok(Delivery::Queued(..)) => {
                let summary = "Delegation queued — target at capacity".to_owned();
                let mut row = delegation.row("delegate_result", "queued", summary);
                row.response_body = Some(json!({"delegation_id": delegation.id, "queued": true}));
                self.log(&mut state, row);
                self.track(&mut state, delegation, "queued");
            }
            Err(refusal) => {
                let error = refusal.body["error"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                // The extra row carries no delegation id (D-32).
                let mut row =
                    delegation.row("delegate_result", "failed", "Delegation failed".into());
                row.error_detail = Some(error.clone());
                self.log(&mut state, row);
                self.delegation_failed(&mut state, delegation, &error);
            }
        }
    }

    /// Marks a delegation as done and adds its result.
    pub(super) fn delegation_completed(
        &self,
        state: &mut State,
        delegation: &Delegation,
        text: &str,
    ) {
        // A preview that cuts a character is no text, and the row is lost (D-24).
        if let Some(preview) = cut_bytes(text, 80) {
            let summary = format!("Delegation completed ({preview})");
            let mut row = delegation.row("delegate_result", "completed", summary);
            row.response_body = Some(json!({"text": text, "delegation_id": delegation.id}));
            self.log(state, row);
        }
        Self::set_delegation_status(state, &delegation.source, &delegation.id, "completed", None);
        self.tell_completed(state, delegation, text);
    }

    /// Marks a delegation as failed.
    pub(super) fn delegation_failed(
        &self,
        state: &mut State,
        delegation: &Delegation,
        error: &str,
    ) {
        Self::set_delegation_status(
            state,
            &delegation.source,
            &delegation.id,
            "failed",
            Some(error),
        );
        self.tell(
            state,
            delegation,
            "DELEGATION_FAILED",
            ("error", error.to_owned()),
        );
    }

    /// Completes the result row of a delegation whose message waited in the queue (contract 6.1).
    pub(super) fn stitch(&self, state: &mut State, request: &[u8], answer: &[u8]) {
        let asked: Value = serde_json::from_slice(request).unwrap_or_default();
        let id = asked
            .pointer("/params/message/metadata/delegation_id")
            .and_then(Value::as_str);
        let Some(id) = id else { return };
        let text = answer_text(answer);
        let row = state.activity.iter_mut().find(|row| {
            row.method.as_deref() == Some("delegate_result")
                && row.delegation_id().as_deref() == Some(id)
        });
        let Some(row) = row else { return };
        row.status = "completed".into();
        row.response_body = Some(json!({"text": text, "delegation_id": id}));
        let delegation = Delegation {
            id: id.to_owned(),
            source: row.workspace_id.clone(),
            target: row.target_id.clone().unwrap_or_default(),
            task: String::new(),
        };
        self.tell_completed(state, &delegation, &text);
    }

    /// What is known of a delegation of a workspace; only its ends matter, and not even they if it is not tracked.
    pub(super) fn tracked(state: &State, workspace: &str, id: &str) -> Delegation {
        let row = state.activity.iter().find(|row| row.tracks(workspace, id));
        Delegation {
            id: id.to_owned(),
            source: workspace.to_owned(),
            target: row
                .and_then(|row| row.target_id.clone())
                .unwrap_or_default(),
            task: String::new(),
        }
    }

    fn set_delegation_status(
        state: &mut State,
        workspace: &str,
        id: &str,
        status: &str,
        error: Option<&str>,
    ) {
        for row in state
            .activity
            .iter_mut()
            .filter(|row| row.tracks(workspace, id))
        {
            status.clone_into(&mut row.status);
            row.error_detail = error.map(str::to_owned).or(row.error_detail.take());
        }
    }

    fn track(&self, state: &mut State, delegation: &Delegation, status: &str) {
        Self::set_delegation_status(state, &delegation.source, &delegation.id, status, None);
        self.tell(
            state,
            delegation,
            "DELEGATION_STATUS",
            ("status", status.to_owned()),
        );
    }

    fn tell_completed(&self, state: &mut State, delegation: &Delegation, text: &str) {
        let preview = text.chars().take(200).collect();
        self.tell(
            state,
            delegation,
            "DELEGATION_COMPLETE",
            ("response_preview", preview),
        );
    }

    /// Broadcasts what became of a delegation to who gave it.
    fn tell(
        &self,
        state: &mut State,
        delegation: &Delegation,
        event: &str,
        (name, value): (&str, String),
    ) {
        let mut payload = json!({"delegation_id": delegation.id, "target_id": delegation.target});
        payload[name] = value.into();
        self.broadcast(state, &delegation.source, event, payload);
    }
}

impl ActivityRow {
    /// The delegation that a row is about.
    pub(super) fn delegation_id(&self) -> Option<String> {
        let body = match self.method.as_deref() {
            Some("delegate") => self.request_body.as_ref(),
            _ => self.response_body.as_ref(),
        };
        body?.get("delegation_id")?.as_str().map(str::to_owned)
    }

    fn tracks(&self, workspace: &str, id: &str) -> bool {
        self.workspace_id == workspace
            && self.method.as_deref() == Some("delegate")
            && self.delegation_id().as_deref() == Some(id)
    }
}

fn message(delegation: &Delegation) -> Message {
    Message {
        target: delegation.target.clone(),
        caller: Some(delegation.source.clone()),
        body: Bytes::from(delegation.message().to_string()),
        bounded: true,
        logged: true,
    }
}

fn retried(refusal: &Refusal) -> bool {
    let restarting = refusal.body["restarting"].as_bool().unwrap_or(false);
    refusal.status == 502 || (refusal.status == 503 && restarting)
}

/// What the platform takes for the answer's text: the first text part of the result, or of its artifacts, or else the
/// whole body, JSON-RPC errors included (D-32).
fn answer_text(body: &[u8]) -> String {
    let whole = || String::from_utf8_lossy(body).into_owned();
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return whole();
    };
    let own = value
        .pointer("/result/parts")
        .and_then(Value::as_array)
        .into_iter();
    let artifacts = value
        .pointer("/result/artifacts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let parts = artifacts.filter_map(|artifact| artifact["parts"].as_array());
    own.chain(parts)
        .flatten()
        .filter(|part| part["kind"].as_str() == Some("text"))
        .find_map(|part| part["text"].as_str().map(str::to_owned))
        .unwrap_or_else(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_in_parts_or_artifacts_or_it_is_the_whole_body() {
        let parts = br#"{"result":{"parts":[{"kind":"file"},{"kind":"text","text":"a"}]}}"#;
        assert_eq!(answer_text(parts), "a");
        let artifacts = br#"{"result":{"artifacts":[{"parts":[{"kind":"text","text":"b"}]}]}}"#;
        assert_eq!(answer_text(artifacts), "b");
        let error = r#"{"error":{"code":-32603}}"#;
        assert_eq!(answer_text(error.as_bytes()), error);
    }
}
