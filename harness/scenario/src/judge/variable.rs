//! The values of variables, read from the journal.

use std::collections::BTreeMap;

use protocol::journal::{Fact, PlatformChange, StageFact};

use super::record::Record;
use crate::plan::{Piece, Plan, Template};

/// A variable without a value at this point of the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`${{{variable}}}` is not known: {reason}")]
pub struct Unresolved {
    /// Its name.
    pub variable: String,
    /// Why it has none.
    pub reason: String,
}

/// What earlier steps kept, by name; the reason where they kept nothing.
pub(crate) type Captures = BTreeMap<String, Result<String, String>>;

/// The variable that only the machine can replace.
const STAGE: &str = "${stage}";

/// What a step is judged against.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The scenario.
    pub(crate) plan: &'a Plan,
    /// The journal up to the end of the step.
    pub(crate) record: Record<'a>,
    /// What earlier steps kept.
    pub(crate) captures: &'a Captures,
}

impl Context<'_> {
    /// The text of a template as of the end of the record.
    pub(crate) fn resolve(&self, template: &Template) -> Result<String, Unresolved> {
        let mut text = String::new();
        for piece in &template.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Variable(name) => match self.value(name) {
                    Ok(value) => text.push_str(&value),
                    Err(reason) => {
                        return Err(Unresolved {
                            variable: name.clone(),
                            reason,
                        });
                    }
                },
            }
        }
        Ok(text)
    }

    fn value(&self, name: &str) -> Result<String, String> {
        match name {
            "auth_token" => self.credential(token, 0, "no token was issued to the workspace"),
            "auth_token.previous" => self.credential(
                token,
                1,
                "only one token was issued to the workspace, or none",
            ),
            "inbound_secret" => self.credential(secret, 0, "no inbound secret was set"),
            "inbound_secret.previous" => {
                self.credential(secret, 1, "only one inbound secret was set, or none")
            }
            "stage" => Ok(STAGE.into()),
            _ => {
                let stage = self
                    .record
                    .stage
                    .ok_or("the journal does not begin with its stage")?;
                match of_stage(stage, name) {
                    Some(value) => value,
                    None => self.captured(name),
                }
            }
        }
    }

    /// What an earlier step kept; `x.path` is the path of a kept URI such as `workspace:/workspace/a`.
    fn captured(&self, name: &str) -> Result<String, String> {
        if let Some(kept) = self.captures.get(name) {
            return kept.clone();
        }
        match name
            .strip_suffix(".path")
            .and_then(|whole| self.captures.get(whole))
        {
            Some(Ok(uri)) => {
                let path = uri.split_once(':').map(|(_, path)| path.to_owned());
                path.ok_or_else(|| format!("`{uri}` is no URI"))
            }
            Some(Err(why)) => Err(why.clone()),
            None => Err("no earlier step kept it".into()),
        }
    }

    /// The newest credential of a kind, or one before it.
    fn credential(
        &self,
        kind: fn(&PlatformChange) -> Option<&str>,
        back: usize,
        missing: &str,
    ) -> Result<String, String> {
        let workspace = self.record.workspace();
        let mut seen: Vec<&str> = Vec::new();
        for event in self.record.events {
            if let Fact::Platform(fact) = &event.fact
                && workspace.is_none_or(|workspace| workspace == fact.workspace)
                && let Some(placeholder) = kind(&fact.change)
                && seen.last() != Some(&placeholder)
            {
                seen.push(placeholder);
            }
        }
        seen.iter()
            .rev()
            .nth(back)
            .map(|placeholder| (*placeholder).to_owned())
            .ok_or_else(|| missing.to_owned())
    }
}

fn token(change: &PlatformChange) -> Option<&str> {
    match change {
        PlatformChange::TokenIssued(placeholder) => Some(placeholder),
        _ => None,
    }
}

fn secret(change: &PlatformChange) -> Option<&str> {
    match change {
        PlatformChange::SecretSet(placeholder) => Some(placeholder),
        _ => None,
    }
}

/// A variable of the world; `None` if the name is none of them.
fn of_stage(stage: &StageFact, name: &str) -> Option<Result<String, String>> {
    let value = match name {
        "workspace" => stage.workspace.clone(),
        "organisation" => stage.organisation.clone(),
        "platform.origin" => stage.platform_origin.clone(),
        "platform.url" => {
            return Some(
                stage
                    .platform_url
                    .clone()
                    .ok_or_else(|| "the subject got no PLATFORM_URL".into()),
            );
        }
        "platform.port" => {
            let port = stage
                .platform_origin
                .rsplit_once(':')
                .map(|(_, port)| port.to_owned());
            return Some(port.ok_or_else(|| "the platform's origin names no port".into()));
        }
        "subject.port" => stage.subject_port.to_string(),
        "subject.url" => format!("http://localhost:{}", stage.subject_port),
        _ => {
            let (peer, field) = name.strip_prefix("peer.")?.rsplit_once('.')?;
            let Some(peer) = stage.peers.iter().find(|known| known.name == peer) else {
                return Some(Err("the stage has no such peer".into()));
            };
            match field {
                "id" => peer.id.clone(),
                "url" => peer.url.clone(),
                _ => return Some(Err("a peer has an `id` and a `url`".into())),
            }
        }
    };
    Some(Ok(value))
}
