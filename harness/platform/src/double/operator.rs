//! What an operator does to a platform behind the runtime's back; every act is recorded.

use std::fmt;

use protocol::Credential;
use protocol::control::FinishedDelegation;
use protocol::journal::PlatformChange;
use serde_json::json;

use super::activity::ActivityRow;
use super::double::Double;
use super::token;

impl Double {
    /// Issues a token beside those that are live.
    pub fn issue_token(&self, workspace: &str) -> Credential {
        self.mint_token(&mut self.state(), workspace)
    }

    /// Revokes all live tokens of a workspace and counts them.
    pub fn revoke_tokens(&self, workspace: &str) -> u32 {
        self.revoke_live(&mut self.state(), workspace)
    }

    /// Gives a workspace a new inbound secret; it is stored if the workspace has a row.
    pub fn rotate_secret(&self, workspace: &str) -> Credential {
        let secret = token::random();
        self.set_secret(workspace, secret.clone());
        secret
    }

    /// Makes the inbound secret NULL, as in a workspace older than the secret.
    pub fn clear_secret(&self, workspace: &str) {
        if let Some(row) = self.state().workspaces.get_mut(workspace) {
            row.inbound_secret = None;
        }
        self.note(workspace, PlatformChange::SecretCleared);
    }

    /// Stores a given inbound secret.
    pub fn set_secret(&self, workspace: &str, secret: Credential) {
        self.store_secret(&mut self.state(), workspace, secret);
    }

    /// Deletes a workspace with all its descendants: status first, then tokens (contract 4.11).
    pub fn remove_workspace(&self, workspace: &str) {
        self.remove(&mut self.state(), workspace);
    }

    /// What a restart does to the row before anything is provisioned: `provisioning`, no URL (contract 8.1). Tokens and
    /// secret are the deployment's business and stay as they are.
    pub fn begin_restart(&self, workspace: &str) {
        self.begin_provisioning(&mut self.state(), workspace);
    }

    /// Makes a stored secret one that cannot be decrypted, as after a change of the platform's key (ADM-004).
    pub fn spoil_secret(&self, workspace: &str, key: &str) {
        self.state().secrets.set(Some(workspace), key, None);
    }

    /// Puts a workspace into a status, from any other.
    pub fn set_status(&self, workspace: &str, status: &str) {
        self.change_status(&mut self.state(), workspace, status);
    }

    /// Limits what a workspace may spend; `None` lifts the limit (contract 5.1 step 7).
    pub fn set_budget(&self, workspace: &str, limit: Option<i64>) {
        if let Some(row) = self.state().workspaces.get_mut(workspace) {
            row.budget_limit = limit;
        }
    }

    /// Adds a finished delegation to a workspace's list.
    pub fn add_delegation(&self, workspace: &str, row: FinishedDelegation) {
        let mut activity = ActivityRow::new(workspace, "delegation");
        activity.method = Some("delegate_result".into());
        activity.source_id = Some(row.source_id);
        activity.target_id = Some(row.target_id);
        activity.summary = Some(row.summary);
        activity.status = row.status;
        activity.response_body = Some(
            json!({"text": row.response_preview.unwrap_or_default(), "delegation_id": row.delegation_id}),
        );
        activity.error_detail = row.error;
        self.log(&mut self.state(), activity);
    }

    /// Deletes every row of a workspace's activity, as retention does (contract 4.13); counts them.
    pub fn prune_activity(&self, workspace: &str) -> u32 {
        let mut state = self.state();
        let before = state.activity.len();
        state.activity.retain(|row| row.workspace_id != workspace);
        let pruned = u32::try_from(before - state.activity.len()).unwrap_or(u32::MAX);
        self.note(workspace, PlatformChange::ActivityPruned(pruned));
        pruned
    }

    /// How many tokens of a workspace are live.
    pub fn tokens_live(&self, workspace: &str) -> usize {
        self.state().tokens.live(workspace).count()
    }

    /// The inbound secret of a workspace, if it has one.
    pub fn inbound_secret(&self, workspace: &str) -> Option<Credential> {
        self.state()
            .workspaces
            .get(workspace)
            .and_then(|row| row.inbound_secret.clone())
    }

    /// The status of a workspace, if it has a row.
    pub fn status(&self, workspace: &str) -> Option<String> {
        self.state()
            .workspaces
            .get(workspace)
            .map(|row| row.status.clone())
    }
}

impl fmt::Debug for Double {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Double")
            .field("revision", &self.inner.revision)
            .finish_non_exhaustive()
    }
}
