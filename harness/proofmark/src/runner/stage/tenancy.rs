//! What the platform does to the workspace on its own initiative: rotation, revocation, removal, delegations.

use protocol::control::FinishedDelegation;
use protocol::{Credential, wire};
use scenario::plan::{Feed, RotateToken, Template};

use super::{Stage, StepError};

/// The mode a Docker provisioner writes credential files with (contract 8.1).
const PROVISIONED_MODE: u32 = 0o644;

impl Stage<'_> {
    /// The platform revokes all tokens and mints another; on disk it replaces the file first, as an operator would.
    pub(super) async fn rotate_token(&self, rotation: &RotateToken) -> Result<(), StepError> {
        let token = self.platform().replace_tokens(self.workspace()).await?;
        if rotation.on_disk {
            self.replace_file(wire::TOKEN_FILE, &token)
        } else {
            Ok(())
        }
    }

    /// Writes a fresh token and the current secret where a Docker provisioner puts them.
    pub(super) async fn write_credentials(&self) -> Result<(), StepError> {
        let token = self.platform().issue_token(self.workspace()).await?;
        let secret = self.platform().inbound_secret(self.workspace());
        let configs = self.directories.configs();
        self.observer
            .by_harness(configs, || {
                let path = configs.join(wire::TOKEN_FILE);
                self.directories.put_file(
                    &path,
                    token.reveal().as_bytes(),
                    PROVISIONED_MODE,
                    None,
                )?;
                match &secret {
                    Some(secret) => {
                        let path = configs.join(wire::SECRET_FILE);
                        self.directories.put_file(
                            &path,
                            secret.reveal().as_bytes(),
                            PROVISIONED_MODE,
                            None,
                        )
                    }
                    None => Ok(()),
                }
            })
            .map_err(StepError::of_io("cannot write the credentials"))
    }

    pub(super) fn replace_file(
        &self,
        name: &str,
        credential: &Credential,
    ) -> Result<(), StepError> {
        let files = &self.plan.credential_files;
        let own = if name == wire::TOKEN_FILE {
            &files.token
        } else {
            &files.secret
        };
        let path = match own {
            Some(path) => self.directories.root().join(path),
            None => self.directories.configs().join(name),
        };
        self.observer
            .by_harness(&path, || {
                self.directories
                    .put_file(&path, credential.reveal().as_bytes(), 0o600, None)
            })
            .map_err(StepError::of_io(format!("cannot replace `{name}`")))
    }

    /// A finished delegation appears in the subject's list.
    pub(super) async fn feed(&self, feed: &Feed) -> Result<(), StepError> {
        let optional = |template: &Option<Template>| {
            template
                .as_ref()
                .map(|template| self.plaintext(template))
                .transpose()
        };
        let delegation = FinishedDelegation {
            delegation_id: self.plaintext(&feed.delegation)?,
            source_id: self.plaintext(&feed.source)?,
            target_id: self.plaintext(&feed.target)?,
            status: feed.status.to_string(),
            summary: self.plaintext(&feed.summary)?,
            response_preview: optional(&feed.response_preview)?,
            error: optional(&feed.error)?,
        };
        Ok(self
            .platform()
            .add_delegation(self.workspace(), delegation)
            .await?)
    }
}
