//! What a platform does only through its control routes, which a real tenant does not have.

use protocol::{Credential, Revision};

use super::operator::OperatorError;
use super::tenant::Tenant;
use crate::double::DelegationSeed;

fn not_offered(what: &str) -> OperatorError {
    OperatorError::Refused { what: what.into(), answer: "it has no control routes".into() }
}

impl Tenant {
    /// Whether it has control routes, and their token is known.
    pub async fn offers_control(&self) -> bool {
        false
    }

    /// The version of the contract that it says it speaks: r2 introduced `/buildinfo` (contract 4.1).
    pub async fn told_revision(&self) -> Option<Revision> {
        let told = self.operate(http::Method::GET, "/buildinfo", None, "tell its build").await.ok()?;
        told.get("git_sha").map(|_| Revision::R2)
    }

    /// Gives a workspace another inbound secret.
    pub async fn rotate_secret(&self, _workspace: &str) -> Result<Credential, OperatorError> {
        Err(not_offered("rotate the inbound secret"))
    }

    /// Makes the inbound secret of a workspace NULL.
    pub async fn clear_secret(&self, _workspace: &str) -> Result<(), OperatorError> {
        Err(not_offered("make the inbound secret NULL"))
    }

    /// Forgets the activity of a workspace, and counts the rows.
    pub async fn prune_activity(&self, _workspace: &str) -> Result<u32, OperatorError> {
        Err(not_offered("forget the activity"))
    }

    /// Lets a finished delegation appear in a workspace's list.
    pub async fn add_delegation(&self, _seed: &DelegationSeed) -> Result<(), OperatorError> {
        Err(not_offered("list a delegation"))
    }
}
