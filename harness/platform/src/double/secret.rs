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
#[derive(Default)]
pub(super) struct Secrets {
    /// By workspace and key; global ones stand under [`None`].
    rows: BTreeMap<(Option<String>, String), SecretRow>,
}

/// A row of `workspace_secrets` or `global_secrets`.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
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
        let row = self.rows.entry((workspace.map(str::to_owned), key.to_owned()));
        row.and_modify(|row| {
            row.value.clone_from(&value);
            row.updated_at = now;
        })
        .or_insert(SecretRow { value, created_at: now, updated_at: now });
    }

    /// Forgets a value; false if there was none.
    pub(super) fn remove(&mut self, workspace: Option<&str>, key: &str) -> bool {
        self.rows.remove(&(workspace.map(str::to_owned), key.to_owned())).is_some()
    }

    /// Forgets all values of a workspace.
    pub(super) fn forget(&mut self, workspace: &str) {
        self.rows.retain(|(owner, _), _| owner.as_deref() != Some(workspace));
    }

    /// All rows with workspace and key.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&(Option<String>, String), &SecretRow)> {
        self.rows.iter()
    }

    /// Puts a row back that was read from a file.
    pub(super) fn restore(&mut self, key: (Option<String>, String), row: SecretRow) {
        self.rows.insert(key, row);
    }

    /// The rows of a workspace, or the global ones, by key.
    pub(super) fn of<'a>(
        &'a self,
        workspace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a str, &'a SecretRow)> {
        let rows = self.rows.iter().filter(move |((owner, _), _)| owner.as_deref() == workspace);
        rows.map(|((_, key), row)| (key.as_str(), row))
    }

    /// What a workspace reads: its own values over the global ones. One that cannot be decrypted fails the whole, with the
    /// keys that do (ADM-004).
    pub(super) fn bundle<'a>(
        &'a self,
        workspace: &'a str,
    ) -> Result<BTreeMap<&'a str, &'a Credential>, Vec<String>> {
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
        if failed.is_empty() { Ok(bundle) } else { Err(failed) }
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
            bundle.into_iter().map(|(key, value)| format!("{key}={}", value.reveal())).collect::<Vec<_>>()
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
