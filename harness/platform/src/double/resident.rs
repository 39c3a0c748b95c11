//! Workspaces that are put onto a platform without its routes: seeds, and what a control route adds later.

use protocol::credential::CredentialKind;
use protocol::journal::{PeerFact, PlatformChange};
use protocol::{Credential, Relation};

use super::double::Double;
use super::state::{State, Workspace};
use super::{secret, token};
use crate::recorder::Recorder;
use crate::world::{PeerSeed, WorkspaceSeed};

impl WorkspaceSeed {
    /// Becomes a row that waits for its runtime.
    pub(super) fn settle(&self, state: &mut State) {
        let mut row = Workspace::new(&self.id, &self.name, "provisioning");
        row.parent_id.clone_from(&self.parent_id);
        row.inbound_secret.clone_from(&self.inbound_secret);
        if self.polls {
            row.delivery_mode = "poll".into();
        }
        state.workspaces.insert(self.id.clone(), row);
        for token in &self.tokens {
            state.tokens.add(&self.id, token);
        }
    }
}

impl State {
    /// Puts a peer beside a workspace: a row that is online at its stub, with a token of its own, so that no other party can speak in its name.
    pub(super) fn add_peer(&mut self, seed: &PeerSeed, fact: &PeerFact, of: &str) -> Credential {
        let parent = self
            .workspaces
            .get(of)
            .and_then(|row| row.parent_id.clone());
        let mut row = Workspace::new(&seed.id, &seed.name, "online");
        row.parent_id = match seed.relation {
            Relation::Sibling | Relation::Parent => parent,
            Relation::Child => Some(of.to_owned()),
            Relation::Stranger => {
                // A stranger needs a parent in another line; a removed one is in no peer list.
                let root = uuid::Uuid::new_v4().to_string();
                self.workspaces.insert(
                    root.clone(),
                    Workspace::new(&root, "stranger's root", "removed"),
                );
                Some(root)
            }
        };
        row.role = Some("assistant".into());
        row.agent_card = Some(serde_json::json!({"name": seed.name, "url": fact.url}));
        row.url.clone_from(&fact.url);
        row.internal_url = Some(fact.url.clone());
        if seed.polls {
            row.delivery_mode = "poll".into();
        }
        self.workspaces.insert(seed.id.clone(), row);
        if seed.relation == Relation::Parent
            && let Some(row) = self.workspaces.get_mut(of)
        {
            row.parent_id = Some(seed.id.clone());
        }
        let token = token::random();
        self.tokens.add(&seed.id, &token);
        token
    }

    /// Takes over the seeds of workspaces that it does not know; all its credentials are learnt, as far as they stand in plaintext.
    pub(super) fn go_on_from(&mut self, seeds: Self, recorder: &Recorder) {
        let redactor = recorder.redactor();
        let new: Vec<_> = seeds
            .workspaces
            .keys()
            .filter(|id| !self.workspaces.contains_key(*id))
            .cloned()
            .collect();
        for row in seeds
            .tokens
            .rows()
            .filter(|row| new.contains(&row.workspace))
        {
            self.tokens.restore(row.clone());
        }
        let fresh = seeds
            .workspaces
            .into_iter()
            .filter(|(id, _)| new.contains(id));
        self.workspaces.extend(fresh);
        for secret in self
            .workspaces
            .values()
            .filter_map(|row| row.inbound_secret.as_ref())
        {
            redactor.learn(CredentialKind::InboundSecret, secret);
        }
        for value in self.secrets.plaintexts() {
            secret::learn(redactor, value);
        }
    }
}

impl Double {
    /// Puts a workspace onto the platform; false if its id is taken.
    pub fn add_workspace(&self, seed: &WorkspaceSeed) -> bool {
        let mut state = self.state();
        if state.workspaces.contains_key(&seed.id) {
            return false;
        }
        for token in &seed.tokens {
            self.inner
                .recorder
                .redactor()
                .learn(CredentialKind::AuthToken, token);
        }
        if let Some(secret) = &seed.inbound_secret {
            self.inner
                .recorder
                .redactor()
                .learn(CredentialKind::InboundSecret, secret);
        }
        seed.settle(&mut state);
        self.note(
            &seed.id,
            PlatformChange::Status {
                from: None,
                to: "provisioning".into(),
            },
        );
        true
    }

    /// Puts a peer with its running stub beside a workspace.
    pub(crate) fn add_peer(&self, seed: &PeerSeed, fact: &PeerFact, of: &str) {
        let token = self.state().add_peer(seed, fact, of);
        self.inner
            .recorder
            .redactor()
            .learn(CredentialKind::AuthToken, &token);
        self.inner.outgoing.add_peer(&seed.id, &seed.name);
        self.note(
            &seed.id,
            PlatformChange::Status {
                from: None,
                to: "online".into(),
            },
        );
    }

    /// A workspace as seen by the tool that drives the platform.
    pub(crate) fn seen(&self, workspace: &str) -> Option<protocol::control::Workspace> {
        let state = self.state();
        let row = state.workspaces.get(workspace)?;
        Some(protocol::control::Workspace {
            id: row.id.clone(),
            name: row.name.clone(),
            status: row.status.clone(),
            url: row.url.clone(),
            parent_id: row.parent_id.clone(),
            live_tokens: state.tokens.live(workspace).count(),
            has_secret: row.inbound_secret.is_some(),
        })
    }

    /// The contract's version that it speaks.
    pub fn revision(&self) -> protocol::Revision {
        self.inner.revision
    }

    /// Who provisions.
    pub fn deployment(&self) -> protocol::Deployment {
        self.inner.deployment
    }
}
