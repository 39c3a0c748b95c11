//! A2A messages that the stage sends to the subject (contract 9.6).

use scenario::plan::{Deliver, Part, Receiver, Tell};
use serde_json::json;

use super::{Refusal, Stage};

impl Stage<'_> {
    /// Sends a `message/send` to the subject, directly as the platform's proxy does, or through the platform as a user does.
    pub(super) async fn tell(&mut self, step: usize, tell: &Tell) -> Result<(), Refusal> {
        let text = self.plaintext(&tell.text)?;
        let tag = match tell.part {
            Part::Kind => "kind",
            Part::Type => "type",
        };
        let envelope = json!({
            "jsonrpc": "2.0",
            "id": format!("step-{step}"),
            "method": "message/send",
            "params": { "message": {
                "role": "user",
                "messageId": format!("proofmark-{}-{step}", self.boot),
                "parts": [{ tag: "text", "text": text }],
            }},
        });
        let (to, path) = match tell.deliver {
            Deliver::Direct => (Receiver::Subject, "/".to_owned()),
            Deliver::Platform => (Receiver::Platform, format!("/workspaces/{}/a2a", self.workspace)),
        };
        let prepared = self.prepare_json(to, &path, envelope, tell.within)?;
        self.send(prepared, tell.background).await
    }
}
