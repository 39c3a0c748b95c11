//! What an operator stores for workspaces to read: values by key, global ones below those of a workspace (contract 4.16).

use std::collections::BTreeMap;

use protocol::credential::CredentialKind;
use protocol::{Credential, Redactor};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::spelling::optional_credential;

/// A shorter value is no credential: redacting it would blacken ordinary words.
const SHORTEST: usize = 8;

/// All secrets.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Secrets {
    global: BTreeMap<String, SecretRow>,
    /// By workspace and key.
    own: BTreeMap<String, BTreeMap<String, SecretRow>>,
}

/// A row of `workspace_secrets` or `global_secrets`.
#[derive(Deserialize, Serialize)]
pub(super) struct SecretRow {
    /// `None` is a value that can no longer be decrypted.
    #[serde(with = "optional_credential")]
    pub(super) value: Option<Credential>,
    #[serde(with = "rfc3339")]
    pub(super) created_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    pub(super) updated_at: OffsetDateTime,
}

impl Secrets {
    /// Stores a value; `None` as workspace means for all.
    pub(super) fn set(&mut self, workspace: Option<&str>, key: &str, value: Option<Credential>) {
        let now = OffsetDateTime::now_utc();
        let rows = match workspace {
            None => &mut self.global,
            Some(workspace) => self.own.entry(workspace.to_owned()).or_default(),
        };
        let created_at = rows.get(key).map_or(now, |row| row.created_at);
        rows.insert(
            key.to_owned(),
            SecretRow {
                value,
                created_at,
                updated_at: now,
            },
        );
    }

    /// Forgets a value; false if there was none.
    pub(super) fn remove(&mut self, workspace: Option<&str>, key: &str) -> bool {
        let rows = match workspace {
            None => Some(&mut self.global),
            Some(workspace) => self.own.get_mut(workspace),
        };
        rows.is_some_and(|rows| rows.remove(key).is_some())
    }

    /// Forgets all values of a workspace.
    pub(super) fn forget(&mut self, workspace: &str) {
        self.own.remove(workspace);
    }

    /// All values that can be decrypted.
    pub(super) fn plaintexts(&self) -> impl Iterator<Item = &Credential> {
        let rows = self.own.values().flatten().chain(&self.global);
        rows.filter_map(|(_, row)| row.value.as_ref())
    }

    /// The rows of a workspace, or the global ones, by key.
    pub(super) fn of(&self, workspace: Option<&str>) -> impl Iterator<Item = (&str, &SecretRow)> {
        let rows = workspace.map_or(Some(&self.global), |workspace| self.own.get(workspace));
        rows.into_iter()
            .flatten()
            .map(|(key, row)| (key.as_str(), row))
    }

    /// What a workspace reads: its own values over the global ones. One that cannot be decrypted fails the whole, with the
    /// keys that do (ADM-004).
    pub(super) fn bundle(
        &self,
        workspace: &str,
    ) -> Result<BTreeMap<&str, &Credential>, Vec<String>> {
        let mut bundle = BTreeMap::new();
        let mut failed = Vec::new();
        for (owner, scope) in [(None, "global"), (Some(workspace), "workspace")] {
            for (key, row) in self.of(owner) {
                match &row.value {
                    Some(value) => {
                        bundle.insert(key, value);
                    }
                    None => failed.push(format!("{scope}:{key}")),
                }
            }
        }
        if failed.is_empty() {
            Ok(bundle)
        } else {
            Err(failed)
        }
    }
}

/// Makes a stored value known to the redactor, unless it is too short to be told from ordinary text.
pub(super) fn learn(redactor: &Redactor, value: &Credential) {
    if value.reveal().len() >= SHORTEST {
        redactor.learn(CredentialKind::StoredSecret, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Credential {
        Credential::new(text)
    }

    #[test]
    fn own_values_lie_over_global_ones() {
        let mut secrets = Secrets::default();
        secrets.set(None, "KEY", Some(value("global")));
        secrets.set(None, "OTHER", Some(value("global")));
        secrets.set(Some("w"), "KEY", Some(value("own")));
        let read = |workspace| {
            let bundle = secrets.bundle(workspace).unwrap();
            bundle
                .into_iter()
                .map(|(key, value)| format!("{key}={}", value.reveal()))
                .collect::<Vec<_>>()
        };
        assert_eq!(read("w"), ["KEY=own", "OTHER=global"]);
        assert_eq!(read("another"), ["KEY=global", "OTHER=global"]);
    }

    #[test]
    fn adm_004_one_undecryptable_value_fails_the_bundle() {
        let mut secrets = Secrets::default();
        secrets.set(Some("w"), "GOOD", Some(value("good")));
        secrets.set(Some("w"), "BAD", None);
        assert_eq!(secrets.bundle("w"), Err(vec!["workspace:BAD".to_owned()]));
        assert!(secrets.remove(Some("w"), "BAD") && !secrets.remove(Some("w"), "BAD"));
        assert!(secrets.bundle("w").is_ok());
    }
}
