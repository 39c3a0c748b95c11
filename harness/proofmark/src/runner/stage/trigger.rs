//! Making the subject act, by the means that its manifest names.

use std::ffi::OsString;

use protocol::Trigger;
use protocol::control::FinishedDelegation;
use protocol::journal::{Event, Fact, Party};
use scenario::manifest::{Means, Stdio, Tool};
use scenario::plan::{Answered, Deliver, Part, Start, Tell, Template, TriggerAct};
use serde_json::{Map, Value, json};

use super::{Stage, StepError};
use crate::driver::StageValues;

impl Stage<'_> {
    /// Makes the subject act; whether it did is for the journal to say.
    pub(crate) async fn trigger(&mut self, step: usize, act: &TriggerAct) -> Result<(), StepError> {
        let Some(means) = self.manifest.conduct.triggers.get(&act.trigger).cloned() else {
            return Err(StepError::Subject(format!(
                "has no means to be triggered: {}",
                act.trigger
            )));
        };
        let text = self.plaintext(&act.text)?;
        let peer = act
            .peer
            .as_deref()
            .map(|name| self.peer_id(name))
            .transpose()?
            .unwrap_or_default();
        match means {
            Means::Directive(directive) => {
                let text = self.rendered(&directive, &peer, &text);
                self.tell(step, &message(&text, None)).await
            }
            Means::Reply => {
                // A user's words come through the platform as a peer's do.
                let tell = Tell {
                    deliver: Deliver::Platform,
                    ..message(&text, act.peer.as_deref())
                };
                self.tell(step, &tell).await
            }
            Means::Tool(tool) => {
                let arguments = self.arguments(&tool, &peer, &text);
                let parameters = json!({ "name": tool.name, "arguments": arguments });
                self.mcp_request("tools/call", Some(parameters), None, false)
                    .await
            }
            Means::Program(words) => {
                let words = words
                    .iter()
                    .map(|word| self.rendered(word, &peer, &text).into())
                    .collect();
                self.run_program(words)
            }
            Means::ConfigKey(key) => {
                self.stop(None).await?;
                self.write_configuration_with(Some((&key, &text)))?;
                self.start(&Start::default()).await
            }
            Means::DelegationRow => {
                let delegation = FinishedDelegation {
                    delegation_id: uuid::Uuid::new_v4().to_string(),
                    source_id: self.workspace().to_owned(),
                    target_id: uuid::Uuid::new_v4().to_string(),
                    status: "completed".into(),
                    summary: text.clone(),
                    response_preview: Some(text),
                    error: None,
                };
                Ok(self
                    .platform()
                    .add_delegation(self.workspace(), delegation)
                    .await?)
            }
        }
    }

    fn rendered(&self, text: &scenario::manifest::Rendering, peer: &str, said: &str) -> String {
        let values = StageValues {
            peer: peer.to_owned(),
            text: said.to_owned(),
            ..self.launcher.values.clone()
        };
        self.launcher.subject.rendered(text, &values)
    }

    /// The arguments of a tool with every placeholder replaced.
    fn arguments(&self, tool: &Tool, peer: &str, said: &str) -> Map<String, Value> {
        tool.arguments
            .iter()
            .map(|(name, value)| (name.clone(), self.argument(tool, value, peer, said)))
            .collect()
    }

    fn argument(&self, tool: &Tool, value: &Value, peer: &str, said: &str) -> Value {
        match value {
            Value::String(text) => match tool.texts.get(text) {
                Some(rendering) => self.rendered(rendering, peer, said).into(),
                None => value.clone(),
            },
            Value::Array(items) => items
                .iter()
                .map(|item| self.argument(tool, item, peer, said))
                .collect(),
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(key, field)| (key.clone(), self.argument(tool, field, peer, said)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }

    /// Starts a program in the subject's place; its end is an event like any other.
    fn run_program(&mut self, words: Vec<OsString>) -> Result<(), StepError> {
        self.boot += 1;
        let process = self.launcher.launch_program(
            &words,
            Stdio::Log,
            self.boot,
            &self.observer,
            &self.recorder,
        )?;
        self.process = Some(process);
        Ok(())
    }
}

/// A message whose answer is not waited for.
fn message(text: &str, from: Option<&str>) -> Tell {
    Tell {
        text: Template::literal(text),
        part: Part::Kind,
        deliver: Deliver::Direct,
        from: from.map(str::to_owned),
        within: None,
        background: true,
        reply: None,
        answered: Answered::default(),
    }
}

/// Whether the subject was seen to act.
pub(crate) fn is_seen(trigger: Trigger, journal: &[Event], workspace: &str) -> bool {
    let own = format!("/workspaces/{workspace}/a2a");
    let notify = format!("/workspaces/{workspace}/notify");
    journal.iter().any(|event| match &event.fact {
        Fact::Request(request) if request.from == Party::Subject && request.method == "POST" => {
            match trigger {
                Trigger::PeerMessage => {
                    (request.path.ends_with("/a2a") && request.path != own)
                        || request.to == Party::Peer
                }
                Trigger::NotifyUser => request.path == notify,
                Trigger::SelfMessage => request.path == own,
            }
        }
        _ => false,
    })
}
