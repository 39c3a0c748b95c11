//! A2A messages that the stage sends to the subject (contract 9.6).

use std::collections::BTreeMap;

use protocol::wire;
use scenario::plan::{Call, CallBody, Deliver, Manner, Part, Receiver, Tell, Template};
use serde_json::{Value, json};

use super::{Stage, StepError};

impl Stage<'_> {
    /// Sends a `message/send` to the subject, directly as the platform's proxy does, or through the platform as a user does.
    pub(super) async fn tell(&mut self, step: usize, tell: &Tell) -> Result<(), StepError> {
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
                "messageId": self.message_id(step),
                "parts": [{ tag: "text", "text": text }],
            }},
        });
        if let Some(peer) = &tell.from {
            return self.speak_as(peer, envelope, tell).await;
        }
        let (to, path) = match tell.deliver {
            Deliver::Direct => (
                Receiver::Subject,
                self.manifest.conduct.inbound_path.clone(),
            ),
            Deliver::Platform => (
                Receiver::Platform,
                format!("/workspaces/{}/a2a", self.workspace()),
            ),
        };
        let prepared = self.prepare_json(to, &path, envelope, tell.within)?;
        self.send(prepared, tell.background).await
    }

    /// An id that no other message of this stage has, whichever scenario plays on it.
    fn message_id(&self, step: usize) -> String {
        match self.earlier_scenarios {
            0 => format!("proofmark-{}-{step}", self.boot),
            earlier => format!("proofmark-{}-{step}-{earlier}", self.boot),
        }
    }

    /// Sends a peer's message through the platform, with the peer's own credential.
    async fn speak_as(
        &mut self,
        peer: &str,
        envelope: Value,
        tell: &Tell,
    ) -> Result<(), StepError> {
        let id = self.peer_id(peer)?;
        let token = self.platform().issue_token(&id).await?;
        let call = Call {
            to: Receiver::Platform,
            method: "POST".into(),
            path: Template::literal(format!("/workspaces/{}/a2a", self.workspace())),
            body: CallBody::Json(envelope),
            manner: Manner {
                headers: BTreeMap::from([(
                    wire::WORKSPACE_ID_HEADER.to_owned(),
                    Template::literal(&id),
                )]),
                bearer: Some(Template::literal(token.reveal())),
                within: tell.within,
                background: tell.background,
                ..Manner::default()
            },
            answered: tell.answered.clone(),
        };
        self.call(&call).await
    }

    /// The workspace id of a peer.
    pub(super) fn peer_id(&self, name: &str) -> Result<String, StepError> {
        let peers = self.platform.gateway.peers();
        let peer = peers.into_iter().find(|peer| peer.name == name);
        peer.map(|peer| peer.id)
            .ok_or_else(|| StepError::ours(format!("there is no peer `{name}`")))
    }
}
