//! A client of a stand-alone platform's control routes, which need their token; a real tenant has none.

use http::Method;
use protocol::control::{
    CONTROL_FORMAT, Done, FinishedDelegation, InboundSecret, IssuedToken, NewWorkspace, Offer,
    PrunedActivity, ROOT, RevokedTokens, Workspace,
};
use protocol::journal::Event;
use protocol::{Credential, DeliveryMode, Revision};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::operator::OperatorError;
use super::tenant::Tenant;

impl Tenant {
    /// What its control routes offer, if it has any and their token is known.
    pub async fn control_offer(&self) -> Option<Offer> {
        self.control_token()?;
        let offer: Offer = self
            .control(Method::GET, "", None, "tell what it offers")
            .await
            .ok()?;
        (offer.format == CONTROL_FORMAT).then_some(offer)
    }

    /// The version of the contract that it says it speaks: r2 introduced `/buildinfo` (contract 4.1).
    pub async fn told_revision(&self) -> Option<Revision> {
        let told = self
            .operate(Method::GET, "/buildinfo", None, "tell its build")
            .await
            .ok()?;
        told.get("git_sha").map(|_| Revision::R2)
    }

    /// Creates a workspace as if it had always been there; its inbound secret is NULL if asked.
    pub async fn seed_workspace(
        &self,
        name: &str,
        parent: Option<&str>,
        polls: bool,
    ) -> Result<String, OperatorError> {
        let new = NewWorkspace {
            id: None,
            name: name.to_owned(),
            parent_id: parent.map(str::to_owned),
            delivery_mode: if polls {
                DeliveryMode::Poll
            } else {
                DeliveryMode::Push
            },
            secret_is_null: false,
        };
        let what = format!("create the workspace `{name}`");
        let created: Workspace = self
            .control(Method::POST, "/workspaces", Some(json!(new)), &what)
            .await?;
        Ok(created.id)
    }

    /// Removes a workspace; one that is gone already is no error.
    pub(super) async fn control_delete(&self, workspace: &str) -> Result<(), OperatorError> {
        let path = format!("/workspaces/{workspace}");
        match self
            .control::<Done>(Method::DELETE, &path, None, "delete the workspace")
            .await
        {
            Err(OperatorError::Refused { answer, .. }) if answer.starts_with("404") => Ok(()),
            other => other.map(drop),
        }
    }

    /// Issues a token beside those that are live.
    pub(super) async fn control_token_for(
        &self,
        workspace: &str,
    ) -> Result<Credential, OperatorError> {
        let path = format!("/workspaces/{workspace}/tokens");
        let issued: IssuedToken = self
            .control(Method::POST, &path, None, "issue a token")
            .await?;
        Ok(Credential::new(issued.auth_token))
    }

    /// Revokes every live token.
    pub(super) async fn control_revoke(&self, workspace: &str) -> Result<u32, OperatorError> {
        let path = format!("/workspaces/{workspace}/tokens");
        let revoked: RevokedTokens = self
            .control(Method::DELETE, &path, None, "revoke tokens")
            .await?;
        Ok(revoked.revoked)
    }

    /// The inbound secret as the platform has it.
    pub async fn inbound_secret(
        &self,
        workspace: &str,
    ) -> Result<Option<Credential>, OperatorError> {
        let path = format!("/workspaces/{workspace}/secret");
        let secret: InboundSecret = self
            .control(Method::GET, &path, None, "show the inbound secret")
            .await?;
        Ok(secret.platform_inbound_secret.map(Credential::new))
    }

    /// Gives a workspace another inbound secret.
    pub async fn rotate_secret(&self, workspace: &str) -> Result<Credential, OperatorError> {
        let (path, what) = (
            format!("/workspaces/{workspace}/secret"),
            "rotate the inbound secret",
        );
        let secret: InboundSecret = self.control(Method::POST, &path, None, what).await?;
        secret
            .platform_inbound_secret
            .map(Credential::new)
            .ok_or_else(|| OperatorError::Refused {
                what: what.into(),
                answer: "an answer without a secret".into(),
            })
    }

    /// Makes the inbound secret of a workspace NULL.
    pub async fn clear_secret(&self, workspace: &str) -> Result<(), OperatorError> {
        let path = format!("/workspaces/{workspace}/secret");
        let what = "make the inbound secret NULL";
        self.control::<InboundSecret>(Method::DELETE, &path, None, what)
            .await
            .map(drop)
    }

    /// Forgets the activity of a workspace, and counts the rows.
    pub async fn prune_activity(&self, workspace: &str) -> Result<u32, OperatorError> {
        let path = format!("/workspaces/{workspace}/activity");
        let pruned: PrunedActivity = self
            .control(Method::DELETE, &path, None, "forget the activity")
            .await?;
        Ok(pruned.pruned)
    }

    /// Lets a finished delegation appear in a workspace's list.
    pub async fn add_delegation(
        &self,
        workspace: &str,
        delegation: &FinishedDelegation,
    ) -> Result<(), OperatorError> {
        let path = format!("/workspaces/{workspace}/delegations");
        self.control::<Done>(
            Method::POST,
            &path,
            Some(json!(delegation)),
            "list a delegation",
        )
        .await
        .map(drop)
    }

    /// What has happened on the platform behind a position, or from its beginning on; waits so many seconds for more.
    pub async fn events(&self, after: Option<u64>, wait: u64) -> Result<Vec<Event>, OperatorError> {
        let after = after.map(|seq| format!("&after={seq}")).unwrap_or_default();
        let path = format!("{ROOT}/journal?wait={wait}{after}");
        let text = self
            .control_text(Method::GET, &path, None, "show its journal")
            .await?;
        Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    async fn control<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        what: &str,
    ) -> Result<A, OperatorError> {
        let text = self
            .control_text(method, &format!("{ROOT}{path}"), body.as_ref(), what)
            .await?;
        serde_json::from_str(&text).map_err(|error| OperatorError::Refused {
            what: what.to_owned(),
            answer: format!("an answer of another shape ({error})"),
        })
    }
}
