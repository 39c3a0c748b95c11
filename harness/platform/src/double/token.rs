//! Workspace tokens: issued once, kept as hashes (contract section 3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::Credential;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::serde::rfc3339;

/// All tokens ever issued.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Tokens {
    rows: Vec<TokenRow>,
}

/// A row of `workspace_auth_tokens`.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) workspace: String,
    hash: [u8; 32],
    /// The first eight characters.
    pub(super) prefix: String,
    #[serde(with = "rfc3339")]
    pub(super) created_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    pub(super) last_used_at: Option<OffsetDateTime>,
    revoked: bool,
}

impl Tokens {
    /// Keeps a token of a workspace.
    pub(super) fn add(&mut self, workspace: &str, token: &Credential) {
        self.rows.push(TokenRow {
            id: uuid::Uuid::new_v4().to_string(),
            workspace: workspace.to_owned(),
            hash: hash(token.reveal()),
            prefix: token.reveal().chars().take(8).collect(),
            created_at: OffsetDateTime::now_utc(),
            last_used_at: None,
            revoked: false,
        });
    }

    /// The live tokens of a workspace, oldest first; its status does not matter (`HasAnyLiveToken`).
    pub(super) fn live<'a>(&'a self, workspace: &'a str) -> impl Iterator<Item = &'a TokenRow> {
        self.rows
            .iter()
            .filter(move |row| !row.revoked && row.workspace == workspace)
    }

    /// All that were ever issued, oldest first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &TokenRow> {
        self.rows.iter()
    }

    /// Puts a token back of another state.
    pub(super) fn restore(&mut self, row: TokenRow) {
        self.rows.push(row);
    }

    /// Whether a text is a live token.
    pub(super) fn knows(&self, plaintext: &str) -> bool {
        let wanted = hash(plaintext);
        self.rows
            .iter()
            .any(|row| !row.revoked && row.hash == wanted)
    }

    /// Whether any workspace has a live token.
    pub(super) fn any_live(&self) -> bool {
        self.rows.iter().any(|row| !row.revoked)
    }

    /// Forgets all tokens of a workspace.
    pub(super) fn forget(&mut self, workspace: &str) {
        self.rows.retain(|row| row.workspace != workspace);
    }

    /// The workspace of a live token, whose use is noted.
    pub(super) fn owner(&mut self, plaintext: &str) -> Option<String> {
        let wanted = hash(plaintext);
        let row = self
            .rows
            .iter_mut()
            .find(|row| !row.revoked && row.hash == wanted)?;
        row.last_used_at = Some(OffsetDateTime::now_utc());
        Some(row.workspace.clone())
    }

    /// Revokes all live tokens of a workspace and counts them.
    pub(super) fn revoke_all(&mut self, workspace: &str) -> u32 {
        let mut count = 0;
        for row in self
            .rows
            .iter_mut()
            .filter(|row| !row.revoked && row.workspace == workspace)
        {
            row.revoked = true;
            count += 1;
        }
        count
    }

    /// Revokes one live token of a workspace; false if there is none with this id.
    pub(super) fn revoke(&mut self, workspace: &str, id: &str) -> bool {
        let row = self
            .rows
            .iter_mut()
            .find(|row| !row.revoked && row.workspace == workspace && row.id == id);
        row.map(|row| row.revoked = true).is_some()
    }
}

/// 43 characters of base64url over 32 bytes (TOK-030). The bytes are two version 4 UUIDs, which the operating system's
/// generator fills: 244 unpredictable bits, enough for a double, without a dependency of its own.
pub fn random() -> Credential {
    let mut bytes = [0_u8; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    second.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    Credential::new(URL_SAFE_NO_PAD.encode(bytes))
}

fn hash(plaintext: &str) -> [u8; 32] {
    Sha256::digest(plaintext.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_43_characters_of_base64url_and_never_the_same() {
        let (one, two) = (random(), random());
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        assert!(one.reveal().len() == 43 && one.reveal().bytes().all(fits));
        assert_ne!(one, two);
    }

    #[test]
    fn a_revoked_token_has_no_owner_and_others_live_on() {
        let mut tokens = Tokens::default();
        let (old, new) = (random(), random());
        tokens.add("w", &old);
        tokens.add("w", &new);
        let id = tokens.live("w").next().unwrap().id.clone();
        assert!(!tokens.revoke("other", &id));
        assert!(tokens.revoke("w", &id) && !tokens.revoke("w", &id));
        assert_eq!(tokens.owner(old.reveal()), None);
        assert_eq!(tokens.owner(new.reveal()), Some("w".into()));
        assert_eq!((tokens.revoke_all("w"), tokens.revoke_all("w")), (1, 0));
    }
}
