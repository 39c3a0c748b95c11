//! `POST /workspaces/:id/notify` (contract 4.15, ACT-007).

use bytes::Bytes;
use protocol::body::{Attachment, Notify};
use serde_json::{Value, json};

use super::auth::WorkspaceAuth;
use super::refusal::{InvalidBody, NoWorkspace};
use crate::double::activity::{ActivityRow, cut_bytes};
use crate::double::reply::{Refusal, Reply, bind, refuse, reply};

/// Bytes of the message that the summary shows.
const PREVIEW: usize = 80;

/// Sends a message of the agent to the users who have the canvas open.
#[utoipa::path(
    post, path = "/workspaces/{id}/notify", tag = "activity", request_body = Notify,
    responses((status = 200, description = "Sent"), WorkspaceAuth, InvalidBody, NoWorkspace)
)]
pub(super) async fn notify(WorkspaceAuth { double, id }: WorkspaceAuth, body: Bytes) -> Reply {
    let mut state = double.state();
    let body: Notify = bind(&body)
        .filter(|body: &Notify| !body.message.is_empty())
        .ok_or_else(|| Refusal::new(400, "message is required"))?;
    if let Some(at) = body
        .attachments
        .iter()
        .position(|file| file.uri.is_empty() || file.name.is_empty())
    {
        return refuse(400, &format!("attachment[{at}]: uri and name are required"));
    }
    let row = state
        .workspaces
        .get(&id)
        .filter(|row| !row.removed())
        .ok_or_else(Refusal::no_workspace)?;
    let mut payload = json!({"message": body.message, "workspace_id": id, "name": row.name});
    let mut response = json!({"result": body.message});
    if !body.attachments.is_empty() {
        payload["attachments"] = json!(body.attachments);
        response["parts"] = body.attachments.iter().map(part).collect();
    }
    double.broadcast(&mut state, &id, "AGENT_MESSAGE", payload);
    // Sliced by bytes: a message whose 80th byte lies inside a character leaves no row (D-24).
    if let Some(preview) = cut_bytes(&body.message, PREVIEW) {
        let more = if preview.len() < body.message.len() {
            "…"
        } else {
            ""
        };
        let mut row = ActivityRow::new(&id, "a2a_receive");
        row.method = Some("notify".into());
        row.summary = Some(format!("Agent message: {preview}{more}"));
        row.response_body = Some(response);
        double.log(&mut state, row);
    }
    reply(200, &json!({"status": "sent"}))
}

fn part(file: &Attachment) -> Value {
    let mut shown = json!({"uri": file.uri, "name": file.name});
    if let Some(kind) = file.mime_type.as_ref().filter(|kind| !kind.is_empty()) {
        shown["mimeType"] = kind.as_str().into();
    }
    if let Some(size) = file.size.filter(|size| *size > 0) {
        shown["size"] = size.into();
    }
    json!({"kind": "file", "file": shown})
}
