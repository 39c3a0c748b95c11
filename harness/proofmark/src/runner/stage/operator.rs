//! What the platform's operator does to the workspace: the double does it at once, a live platform when it is asked and offers it.

use platform::{DelegationSeed, OperatorError};
use protocol::credential::CredentialKind;
use protocol::journal::{Fact, PlatformChange, PlatformFact};
use protocol::{Credential, wire};

use super::{Refusal, Stage};

/// What the platform could not be brought to do; never the subject's fault.
fn refused(error: &OperatorError) -> Refusal {
    error.clone().into()
}

impl Stage<'_> {
    /// Issues a token to a workspace, beside those that are live.
    pub(super) async fn issue_token_to(&self, workspace: &str) -> Result<Credential, Refusal> {
        if let Some(double) = self.gateway.double() {
            return Ok(double.issue_token(workspace));
        }
        let tenant = self.tenant()?;
        let token = tenant.issue_token(workspace).await.map_err(|error| refused(&error))?;
        let placeholder = self.recorder.redactor().learn(CredentialKind::AuthToken, &token);
        self.note_change(workspace, PlatformChange::TokenIssued(placeholder));
        Ok(token)
    }

    /// Takes a token that the workspace had before the run, and gives it to the subject in both ways: in its environment and on disk.
    pub(super) fn take_token(&mut self, token: &Credential) -> Result<(), Refusal> {
        let placeholder = self.recorder.redactor().learn(CredentialKind::AuthToken, token);
        self.note_change(&self.workspace, PlatformChange::TokenIssued(placeholder));
        self.hand_over(token);
        self.replace_file(wire::TOKEN_FILE, token)
    }

    /// Puts a token where the subject's manifest wants it in its environment.
    pub(super) fn hand_over(&mut self, token: &Credential) {
        self.token = Some(token.reveal().to_owned());
        let manifest = &self.launcher.subject.manifest;
        let (command, variables) =
            (manifest.command(&self.values()), manifest.token_variables(&self.values()));
        self.launcher.command = command;
        self.launcher.environment.extend(variables);
    }

    /// Puts another token in the place of all that are live.
    pub(super) async fn replace_tokens(&self) -> Result<Credential, Refusal> {
        if let Some(double) = self.gateway.double() {
            double.revoke_tokens(&self.workspace);
            return Ok(double.issue_token(&self.workspace));
        }
        let token = self.tenant()?.replace_tokens(&self.workspace).await.map_err(|error| refused(&error))?;
        let placeholder = self.recorder.redactor().learn(CredentialKind::AuthToken, &token);
        self.note_change(&self.workspace, PlatformChange::TokenIssued(placeholder));
        Ok(token)
    }

    /// Learns the inbound secret that a new workspace has on a platform that shows it; one that has none gets one.
    pub(super) async fn learn_secret(&self) -> Result<(), Refusal> {
        let Some(live) = self.live.as_ref().filter(|live| live.settings().provisioned) else { return Ok(()) };
        let secret =
            live.settings().tenant.inbound_secret(&self.workspace).await.map_err(|error| refused(&error))?;
        let Some(secret) = secret else { return self.rotate_secret().await };
        let placeholder = self.recorder.redactor().learn(CredentialKind::InboundSecret, &secret);
        self.note_change(&self.workspace, PlatformChange::SecretSet(placeholder));
        Ok(())
    }

    /// Revokes all live tokens of the subject's workspace.
    pub(super) async fn revoke_tokens(&self) -> Result<(), Refusal> {
        if let Some(double) = self.gateway.double() {
            double.revoke_tokens(&self.workspace);
            return Ok(());
        }
        let count = self.tenant()?.revoke_tokens(&self.workspace).await.map_err(|error| refused(&error))?;
        self.note_change(&self.workspace, PlatformChange::TokensRevoked(count));
        Ok(())
    }

    /// Gives the workspace another inbound secret.
    pub(super) async fn rotate_secret(&self) -> Result<(), Refusal> {
        if let Some(double) = self.gateway.double() {
            double.rotate_secret(&self.workspace);
            return Ok(());
        }
        let secret = self.tenant()?.rotate_secret(&self.workspace).await.map_err(|error| refused(&error))?;
        let placeholder = self.recorder.redactor().learn(CredentialKind::InboundSecret, &secret);
        self.note_change(&self.workspace, PlatformChange::SecretSet(placeholder));
        Ok(())
    }

    /// Makes the inbound secret NULL.
    pub(super) async fn clear_secret(&self) -> Result<(), Refusal> {
        if let Some(double) = self.gateway.double() {
            double.clear_secret(&self.workspace);
            return Ok(());
        }
        self.tenant()?.clear_secret(&self.workspace).await.map_err(|error| refused(&error))?;
        self.note_change(&self.workspace, PlatformChange::SecretCleared);
        Ok(())
    }

    /// Deletes the workspace.
    pub(super) async fn remove_workspace(&self) -> Result<(), Refusal> {
        if let Some(double) = self.gateway.double() {
            double.remove_workspace(&self.workspace);
            return Ok(());
        }
        self.tenant()?.delete_workspace(&self.workspace).await.map_err(|error| refused(&error))?;
        let change = PlatformChange::Status { from: None, to: "removed".into() };
        self.note_change(&self.workspace, change);
        Ok(())
    }

    /// Forgets the workspace's activity.
    pub(super) async fn prune_activity(&self) -> Result<(), Refusal> {
        if let Some(double) = self.gateway.double() {
            double.prune_activity(&self.workspace);
            return Ok(());
        }
        let count = self.tenant()?.prune_activity(&self.workspace).await.map_err(|error| refused(&error))?;
        self.note_change(&self.workspace, PlatformChange::ActivityPruned(count));
        Ok(())
    }

    /// Lets a finished delegation appear in the subject's list.
    pub(super) async fn add_delegation(&self, seed: DelegationSeed) -> Result<(), Refusal> {
        if let Some(double) = self.gateway.double() {
            double.add_delegation(seed);
            return Ok(());
        }
        self.tenant()?.add_delegation(&seed).await.map_err(|error| refused(&error))
    }

    /// The workspace's inbound secret as the platform has it; as the subject was last told it, where the platform is a live one.
    pub(super) fn inbound_secret(&self) -> Option<Credential> {
        if let Some(double) = self.gateway.double() {
            return double.inbound_secret(&self.workspace);
        }
        let placeholder = self.look(|journal| {
            journal.iter().rev().find_map(|event| match &event.fact {
                Fact::Platform(fact) if fact.workspace == self.workspace => match &fact.change {
                    PlatformChange::SecretSet(placeholder) => Some(placeholder.clone()),
                    _ => None,
                },
                _ => None,
            })
        })?;
        Some(Credential::new(self.recorder.redactor().restore(&placeholder)))
    }

    fn tenant(&self) -> Result<&platform::Tenant, Refusal> {
        let live = self.live.as_ref().map(|live| &live.settings().tenant);
        live.ok_or_else(|| Refusal::ours("there is no platform behind the gateway"))
    }

    fn note_change(&self, workspace: &str, change: PlatformChange) {
        self.record(Fact::Platform(PlatformFact { workspace: workspace.to_owned(), change }));
    }
}
