//! The shared state of the double and the few acts from which its routes are made.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use protocol::credential::CredentialKind;
use protocol::journal::{Fact, PeerFact, PlatformChange, PlatformFact};
use protocol::{Addresses, Credential, Deployment, Relation, Revision};
use serde_json::Value;

use super::outgoing::Outgoing;
use super::state::State;
use super::store::{Kept, StateFileError, StateGuard, Store};
use super::token;
use crate::peer::PlatformPorts;
use crate::recorder::Recorder;
use crate::world::{PeerSeed, World};

/// A platform in memory; clones are handles on the same one.
#[derive(Clone)]
pub struct Double {
    pub(super) inner: Arc<Inner>,
}

/// What every route needs.
pub(super) struct Inner {
    pub(super) revision: Revision,
    pub(super) deployment: Deployment,
    pub(super) addresses: Addresses,
    pub(super) admin_token: Option<Credential>,
    trusts_same_origin: AtomicBool,
    /// Whether it went on from a file.
    pub(super) restored: bool,
    pub(super) test_tokens: bool,
    pub(super) recorder: Recorder,
    pub(super) outgoing: Outgoing,
    kept: Mutex<Kept>,
}

impl Double {
    /// A platform as a world describes it; seeds leave no facts.
    pub(crate) fn new(
        world: &World,
        recorder: Recorder,
        peers: Vec<PeerFact>,
        ports: PlatformPorts,
    ) -> Self {
        let state = seeded(world, &recorder, &peers);
        Self::of(
            world,
            recorder,
            peers,
            ports,
            Kept {
                state,
                store: None,
                is_unsaved: false,
            },
        )
    }

    /// The same with its state in a file; what the file already knows outweighs the seeds.
    pub(crate) fn kept_in(
        file: &Path,
        world: &World,
        recorder: Recorder,
        peers: Vec<PeerFact>,
        ports: PlatformPorts,
    ) -> Result<Self, StateFileError> {
        let (mut store, mut state) = Store::open(file)?;
        let seeds = seeded(world, &recorder, &peers);
        state.go_on_from(seeds, &recorder);
        let written = store.save(&state);
        written.map_err(|source| StateFileError::Write {
            path: file.to_owned(),
            source,
        })?;
        Ok(Self::of(
            world,
            recorder,
            peers,
            ports,
            Kept {
                state,
                store: Some(store),
                is_unsaved: false,
            },
        ))
    }

    fn of(
        world: &World,
        recorder: Recorder,
        peers: Vec<PeerFact>,
        ports: PlatformPorts,
        kept: Kept,
    ) -> Self {
        let names: BTreeMap<_, _> = peers.into_iter().map(|peer| (peer.id, peer.name)).collect();
        Self {
            inner: Arc::new(Inner {
                revision: world.revision,
                deployment: world.deployment,
                addresses: world.addresses,
                admin_token: world.admin_token.clone(),
                trusts_same_origin: AtomicBool::new(world.trusts_same_origin()),
                restored: kept.store.is_some(),
                test_tokens: world.test_tokens,
                outgoing: Outgoing::new(recorder.clone(), names, ports),
                recorder,
                kept: Mutex::new(kept),
            }),
        }
    }

    /// The state, locked. Facts are recorded while it is held, so that their order is the order of the changes.
    pub(super) fn state(&self) -> StateGuard<'_> {
        let kept = self
            .inner
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        StateGuard::new(kept, &self.inner.recorder)
    }

    /// Whether same-origin requests count as the web app's from now on.
    pub(crate) fn trust_same_origin(&self, trusts: bool) {
        self.inner
            .trusts_same_origin
            .store(trusts, Ordering::Relaxed);
    }

    /// Whether they do.
    pub(super) fn trusts_same_origin(&self) -> bool {
        self.inner.trusts_same_origin.load(Ordering::Relaxed)
    }

    /// Whether the platform speaks this revision or a later one.
    pub(super) fn speaks(&self, revision: Revision) -> bool {
        self.inner.revision >= revision
    }

    /// Records a change.
    pub(super) fn note(&self, workspace: &str, change: PlatformChange) {
        let workspace = self.inner.recorder.redactor().redact(workspace);
        self.inner
            .recorder
            .record(Fact::Platform(PlatformFact { workspace, change }));
    }

    /// Broadcasts an event about a workspace.
    pub(super) fn broadcast(
        &self,
        state: &mut State,
        workspace: &str,
        event: &str,
        payload: Value,
    ) {
        state
            .last_event
            .insert(workspace.to_owned(), Instant::now());
        let payload = self.redacted(&payload);
        self.note(
            workspace,
            PlatformChange::Broadcast {
                event: event.to_owned(),
                payload,
            },
        );
    }

    /// Changes a status; nothing is recorded if it is the same already.
    pub(super) fn change_status(&self, state: &mut State, workspace: &str, to: &str) {
        let Some(row) = state.workspaces.get_mut(workspace) else {
            return;
        };
        if row.status != to {
            let from = std::mem::replace(&mut row.status, to.to_owned());
            self.note(
                workspace,
                PlatformChange::Status {
                    from: Some(from),
                    to: to.to_owned(),
                },
            );
        }
    }

    /// Issues a token. The redactor learns it before anything can carry it.
    pub(super) fn mint_token(&self, state: &mut State, workspace: &str) -> Credential {
        let token = token::random();
        let placeholder = self
            .inner
            .recorder
            .redactor()
            .learn(CredentialKind::AuthToken, &token);
        state.tokens.add(workspace, &token);
        self.note(workspace, PlatformChange::TokenIssued(placeholder));
        token
    }

    /// Stores an inbound secret; without a row there is nothing to store it in.
    pub(super) fn store_secret(&self, state: &mut State, workspace: &str, secret: Credential) {
        let placeholder = self
            .inner
            .recorder
            .redactor()
            .learn(CredentialKind::InboundSecret, &secret);
        if let Some(row) = state.workspaces.get_mut(workspace) {
            row.inbound_secret = Some(secret);
            self.note(workspace, PlatformChange::SecretSet(placeholder));
        }
    }

    /// The inbound secret as a register or heartbeat answer carries it: a NULL one is minted from r2 on
    /// (`readOrLazyHealInboundSecret`, D-49).
    pub(super) fn secret_or_heal(&self, state: &mut State, workspace: &str) -> Option<Credential> {
        let row = state.workspaces.get(workspace)?;
        if row.inbound_secret.is_none() && self.speaks(Revision::R2) && !row.removed() {
            self.store_secret(state, workspace, token::random());
        }
        state
            .workspaces
            .get(workspace)
            .and_then(|row| row.inbound_secret.clone())
    }

    /// A JSON value with every credential replaced.
    pub(super) fn redacted(&self, value: &Value) -> Value {
        let text = self.inner.recorder.redactor().redact(&value.to_string());
        // A placeholder is ordinary text, so JSON stays JSON.
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }
}

fn seeded(world: &World, recorder: &Recorder, peers: &[PeerFact]) -> State {
    let mut state = State::default();
    for seed in &world.workspaces {
        seed.settle(&mut state);
    }
    let subject = world
        .workspaces
        .first()
        .map(|seed| seed.id.as_str())
        .unwrap_or_default();
    // A parent comes first: siblings stand below it.
    for parents in [true, false] {
        let chosen = |peer: &PeerSeed| (peer.relation == Relation::Parent) == parents;
        for (peer, fact) in world
            .peers
            .iter()
            .zip(peers)
            .filter(|(peer, _)| chosen(peer))
        {
            let token = state.add_peer(peer, fact, subject);
            recorder.redactor().learn(CredentialKind::AuthToken, &token);
        }
    }
    state
}
