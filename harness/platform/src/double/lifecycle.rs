//! Provisioning, restart, pause, resume and hibernation: what they do to rows, tokens and secrets (contract 8.1-8.3).
//!
//! The double has no containers and no volumes. Where a provisioner would put a fresh token into a volume it stops after the
//! revocation, as a hosted platform does, so that the next register gets one.

use protocol::Deployment;
use protocol::Revision;
use protocol::journal::PlatformChange;
use serde_json::json;

use super::access::ancestors;
use super::double::Double;
use super::state::State;
use super::token;

impl Double {
    /// `provisioning` without a URL, as before every start of a container; nothing if there is no row.
    pub(super) fn begin_provisioning(&self, state: &mut State, workspace: &str) {
        let Some(row) = state.workspaces.get_mut(workspace) else {
            return;
        };
        row.url.clear();
        row.internal_url = None;
        let payload = json!({"name": row.name, "tier": row.tier, "runtime": row.runtime});
        self.change_status(state, workspace, "provisioning");
        self.broadcast(state, workspace, "WORKSPACE_PROVISIONING", payload);
    }

    /// What a provisioner does to the credentials: Docker always revokes and, from r1 on, rotates the secret; a hosted platform
    /// does both from r2 on and nothing before.
    pub(super) fn provision(&self, state: &mut State, workspace: &str) {
        let hosted = self.inner.deployment == Deployment::Saas;
        if hosted && !self.speaks(Revision::R2) {
            return;
        }
        self.revoke_live(state, workspace);
        if self.speaks(Revision::R1) {
            self.store_secret(state, workspace, token::random());
        }
    }

    /// A restart from beginning to end, as far as a platform without containers goes.
    pub(super) fn restart(&self, state: &mut State, workspace: &str) {
        self.begin_provisioning(state, workspace);
        self.provision(state, workspace);
    }

    /// `RestartByID`, after a stored secret changed: only what a Docker provisioner runs is restarted.
    pub(super) fn restart_by_id(&self, state: &mut State, workspace: &str) {
        let restarts = state.workspaces.get(workspace).is_some_and(|row| {
            row.runtime != "external"
                && !matches!(row.status.as_str(), "paused" | "hibernated" | "removed")
        });
        if restarts
            && self.inner.deployment == Deployment::Docker
            && paused_ancestor(state, workspace).is_none()
        {
            self.restart(state, workspace);
        }
    }

    /// Takes a workspace off the network and puts it into a status, with an event.
    pub(super) fn put_to_rest(
        &self,
        state: &mut State,
        workspace: &str,
        status: &str,
        event: &str,
    ) {
        let Some(row) = state.workspaces.get_mut(workspace) else {
            return;
        };
        row.url.clear();
        row.internal_url = None;
        let payload = json!({"name": row.name});
        self.change_status(state, workspace, status);
        self.broadcast(state, workspace, event, payload);
    }

    /// Deletes a workspace with all its descendants, status first, then tokens (contract 4.11); says whom, itself first.
    pub(super) fn remove(&self, state: &mut State, workspace: &str) -> Vec<String> {
        let family = family(state, workspace);
        for id in &family {
            self.change_status(state, id, "removed");
            self.revoke_live(state, id);
            self.broadcast(state, id, "WORKSPACE_REMOVED", json!({}));
        }
        family
    }

    /// Revokes all live tokens of a workspace and counts them.
    pub(super) fn revoke_live(&self, state: &mut State, workspace: &str) -> u32 {
        let count = state.tokens.revoke_all(workspace);
        self.note(workspace, PlatformChange::TokensRevoked(count));
        count
    }
}

/// The nearest workspace above one that is paused: what is below it may not start.
pub(super) fn paused_ancestor<'a>(state: &'a State, workspace: &str) -> Option<&'a str> {
    let paused = |id: &str| {
        state
            .workspaces
            .get(id)
            .filter(|row| row.status == "paused")
    };
    ancestors(state, workspace)
        .find_map(paused)
        .map(|row| row.name.as_str())
}

/// A workspace and everything below it that is not removed yet.
pub(super) fn family(state: &State, of: &str) -> Vec<String> {
    let mut found = vec![of.to_owned()];
    let mut next = 0;
    while let Some(above) = found.get(next).cloned() {
        let below = state
            .workspaces
            .values()
            .filter(|row| row.parent_id.as_ref() == Some(&above));
        let new: Vec<_> = below
            .map(|row| row.id.clone())
            .filter(|id| !found.contains(id))
            .collect();
        found.extend(new);
        next += 1;
    }
    found.retain(|id| state.workspaces.get(id).is_some_and(|row| !row.removed()));
    found
}
