//! The platform behind a gateway, and what its operator does to it: every act is recorded, for a double and a tenant alike.

use axum::Router;
use http::request::Parts;
use protocol::control::FinishedDelegation;
use protocol::credential::CredentialKind;
use protocol::journal::{Fact, PlatformChange, PlatformFact};
use protocol::{Credential, Redactor};

use crate::double::{Double, recognise_stored};
use crate::edge::WebApp;
use crate::message::Carried;
use crate::recorder::Recorder;
use crate::tenant::{OperatorError, Tenant};

/// The platform that answers a gateway's requests; clones are handles on the same one.
#[derive(Clone)]
pub enum Platform {
    /// One in memory, which records itself what is done to it.
    Double(Double),
    /// A live one.
    Tenant(OperatedTenant),
}

/// A live platform whose operator acts through a gateway.
#[derive(Clone)]
pub struct OperatedTenant {
    tenant: Tenant,
    recorder: Recorder,
    /// The gateway's own origin.
    gateway: String,
}

impl OperatedTenant {
    pub(crate) fn new(tenant: Tenant, recorder: Recorder, gateway: String) -> Self {
        Self {
            tenant,
            recorder,
            gateway,
        }
    }

    fn note(&self, workspace: &str, change: PlatformChange) {
        self.recorder.record(Fact::Platform(PlatformFact {
            workspace: workspace.to_owned(),
            change,
        }));
    }

    fn note_token(&self, workspace: &str, token: &Credential) {
        let placeholder = self
            .recorder
            .redactor()
            .learn(CredentialKind::AuthToken, token);
        self.note(workspace, PlatformChange::TokenIssued(placeholder));
    }

    fn note_secret(&self, workspace: &str, secret: &Credential) {
        let placeholder = self
            .recorder
            .redactor()
            .learn(CredentialKind::InboundSecret, secret);
        self.note(workspace, PlatformChange::SecretSet(placeholder));
    }

    /// The inbound secret as the workspace was last told it.
    fn told_secret(&self, workspace: &str) -> Option<Credential> {
        let placeholder = self.recorder.read(|journal| {
            journal.iter().rev().find_map(|event| match &event.fact {
                Fact::Platform(fact) if fact.workspace == workspace => match &fact.change {
                    PlatformChange::SecretSet(placeholder) => Some(placeholder.clone()),
                    _ => None,
                },
                _ => None,
            })
        })?;
        Some(Credential::new(
            self.recorder.redactor().restore(&placeholder),
        ))
    }
}

impl Platform {
    /// What a workspace has before its runtime ever starts: an inbound secret, or else NULL in its place, and a token if one is wanted.
    pub async fn set_up_credentials(
        &self,
        workspace: &str,
        secret: bool,
        token: bool,
    ) -> Result<Option<Credential>, OperatorError> {
        match (self, secret) {
            (Self::Double(_), true) => self.rotate_secret(workspace).await?,
            (Self::Tenant(_), false) => self.clear_secret(workspace).await?,
            (Self::Tenant(live), true) if live.tenant.control_token().is_some() => {
                match live.tenant.inbound_secret(workspace).await? {
                    Some(secret) => live.note_secret(workspace, &secret),
                    None => self.rotate_secret(workspace).await?,
                }
            }
            // The double's is NULL; where a live platform does not show it, the first register is told it.
            (Self::Double(_), false) | (Self::Tenant(_), true) => {}
        }
        if token {
            self.issue_token(workspace).await.map(Some)
        } else {
            Ok(None)
        }
    }

    /// Issues a token to a workspace, beside those that are live.
    pub async fn issue_token(&self, workspace: &str) -> Result<Credential, OperatorError> {
        match self {
            Self::Double(double) => Ok(double.issue_token(workspace)),
            Self::Tenant(live) => {
                let token = live.tenant.issue_token(workspace).await?;
                live.note_token(workspace, &token);
                Ok(token)
            }
        }
    }

    /// Puts another token in the place of all that are live.
    pub async fn replace_tokens(&self, workspace: &str) -> Result<Credential, OperatorError> {
        match self {
            Self::Double(double) => {
                double.revoke_tokens(workspace);
                Ok(double.issue_token(workspace))
            }
            Self::Tenant(live) => {
                let token = live.tenant.replace_tokens(workspace).await?;
                live.note_token(workspace, &token);
                Ok(token)
            }
        }
    }

    /// Revokes all live tokens of a workspace.
    pub async fn revoke_tokens(&self, workspace: &str) -> Result<(), OperatorError> {
        match self {
            Self::Double(double) => {
                double.revoke_tokens(workspace);
            }
            Self::Tenant(live) => {
                let count = live.tenant.revoke_tokens(workspace).await?;
                live.note(workspace, PlatformChange::TokensRevoked(count));
            }
        }
        Ok(())
    }

    /// Gives a workspace another inbound secret.
    pub async fn rotate_secret(&self, workspace: &str) -> Result<(), OperatorError> {
        match self {
            Self::Double(double) => {
                double.rotate_secret(workspace);
            }
            Self::Tenant(live) => {
                let secret = live.tenant.rotate_secret(workspace).await?;
                live.note_secret(workspace, &secret);
            }
        }
        Ok(())
    }

    /// Makes the inbound secret NULL.
    pub async fn clear_secret(&self, workspace: &str) -> Result<(), OperatorError> {
        match self {
            Self::Double(double) => double.clear_secret(workspace),
            Self::Tenant(live) => {
                live.tenant.clear_secret(workspace).await?;
                live.note(workspace, PlatformChange::SecretCleared);
            }
        }
        Ok(())
    }

    /// The inbound secret as the platform has it; as the workspace was last told it, where the platform is a live one.
    pub fn inbound_secret(&self, workspace: &str) -> Option<Credential> {
        match self {
            Self::Double(double) => double.inbound_secret(workspace),
            Self::Tenant(live) => live.told_secret(workspace),
        }
    }

    /// Deletes a workspace.
    pub async fn remove_workspace(&self, workspace: &str) -> Result<(), OperatorError> {
        match self {
            Self::Double(double) => double.remove_workspace(workspace),
            Self::Tenant(live) => {
                live.tenant.delete_workspace(workspace).await?;
                live.note(
                    workspace,
                    PlatformChange::Status {
                        from: None,
                        to: "removed".into(),
                    },
                );
            }
        }
        Ok(())
    }

    /// Forgets a workspace's activity.
    pub async fn prune_activity(&self, workspace: &str) -> Result<(), OperatorError> {
        match self {
            Self::Double(double) => {
                double.prune_activity(workspace);
            }
            Self::Tenant(live) => {
                let count = live.tenant.prune_activity(workspace).await?;
                live.note(workspace, PlatformChange::ActivityPruned(count));
            }
        }
        Ok(())
    }

    /// Lets a finished delegation appear in a workspace's list.
    pub async fn add_delegation(
        &self,
        workspace: &str,
        delegation: FinishedDelegation,
    ) -> Result<(), OperatorError> {
        match self {
            Self::Double(double) => double.add_delegation(workspace, delegation),
            Self::Tenant(live) => live.tenant.add_delegation(workspace, &delegation).await?,
        }
        Ok(())
    }

    /// Teaches the redactor what a request brings that its handler knows only later.
    pub(crate) fn recognise(&self, redactor: &Redactor, parts: &Parts, carried: &Carried) {
        match self {
            Self::Double(double) => double.recognise_restored(&parts.headers),
            Self::Tenant(_) => {}
        }
        recognise_stored(redactor, parts.uri.path(), carried);
    }

    /// What answers behind an edge that hands unknown paths to a web app, and whether a same-origin request counts as that app's.
    pub(crate) fn behind(&self, web_app: Option<WebApp>, trusts_same_origin: bool) -> Router {
        match self {
            Self::Double(double) => {
                double.trust_same_origin(trusts_same_origin);
                double.router(web_app)
            }
            Self::Tenant(live) => live
                .tenant
                .router(live.recorder.clone(), live.gateway.clone()),
        }
    }
}
