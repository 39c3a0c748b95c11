//! What a platform answer delivers: token and secret, each on its own (REG-013).

use std::path::Path;

use serde_json::Value;

use super::{Credential, SecretStore, TokenStore};

/// No real credential is shorter, and replacing a shorter one would garble ordinary words.
const SHORTEST: usize = 6;

/// Says which answer carries the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Register,
    /// Carries a secret only (HB-014).
    Heartbeat,
}

/// Holds both stores of a workspace.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) token: TokenStore,
    pub(crate) secret: SecretStore,
}

impl Credentials {
    /// Opens the stores of a directory; `environment` is the token that the environment gives.
    pub(crate) fn new(directory: &Path, environment: Option<Credential>) -> Self {
        Self {
            token: TokenStore::new(directory, environment),
            secret: SecretStore::new(directory),
        }
    }

    /// Takes what an answer carries; a missing field changes nothing (REG-008, REG-010).
    pub(crate) fn deliver(&self, answer: &Value, delivery: Delivery) {
        if delivery == Delivery::Register
            && let Some(token) = text(answer, "auth_token").and_then(Credential::stripped)
        {
            self.token.accept(token);
        }
        if let Some(secret) = text(answer, "platform_inbound_secret").and_then(Credential::exact) {
            self.secret.accept(secret);
        }
    }

    /// Tries again to store what could not be stored when it came.
    pub(crate) fn save_again(&self) {
        self.token.save_again();
        self.secret.save_again();
    }

    /// Replaces both credentials in a text that leaves the process (TOK-022, SEC-018).
    pub(crate) fn redacted(&self, text: &str) -> String {
        let token = self.token.current().map(|token| token.reveal().to_owned());
        let secret = self
            .secret
            .for_gate()
            .and_then(|secret| String::from_utf8(secret).ok());
        token
            .into_iter()
            .chain(secret)
            .filter(|credential| credential.len() >= SHORTEST)
            .fold(text.to_owned(), |text, credential| {
                text.replace(&credential, "[credential]")
            })
    }
}

/// Anything but text counts as absent (REG-018).
fn text<'a>(answer: &'a Value, name: &str) -> Option<&'a str> {
    answer.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    fn credentials(directory: &TempDir) -> Credentials {
        Credentials::new(directory.path(), None)
    }

    #[test]
    fn null_blank_and_missing_fields_change_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = credentials(&directory);
        let full = json!({"auth_token": "token", "platform_inbound_secret": "secret"});
        credentials.deliver(&full, Delivery::Register);
        for answer in [
            json!({}),
            json!({"auth_token": null, "platform_inbound_secret": null}),
            json!({"auth_token": "", "platform_inbound_secret": "  "}),
            json!({"auth_token": 7, "platform_inbound_secret": {}}),
        ] {
            credentials.deliver(&answer, Delivery::Register);
            assert_eq!(credentials.token.current().unwrap().reveal(), "token");
            assert_eq!(credentials.secret.for_gate().unwrap(), b"secret");
        }
    }

    #[test]
    fn a_token_that_cannot_be_stored_does_not_lose_the_secret() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(super::super::TOKEN_FILE)).unwrap();
        let credentials = credentials(&directory);
        let full = json!({"auth_token": "token", "platform_inbound_secret": "secret"});
        credentials.deliver(&full, Delivery::Register);
        assert_eq!(credentials.secret.for_gate().unwrap(), b"secret");
        assert_eq!(credentials.token.current().unwrap().reveal(), "token");
    }

    #[test]
    fn a_heartbeat_delivers_a_secret_but_no_token() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = credentials(&directory);
        let answer = json!({"auth_token": "token", "platform_inbound_secret": "secret"});
        credentials.deliver(&answer, Delivery::Heartbeat);
        assert_eq!(credentials.token.current(), None);
        assert_eq!(credentials.secret.for_gate().unwrap(), b"secret");
    }

    #[test]
    fn credentials_are_blotted_out_of_texts() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = credentials(&directory);
        let full = json!({"auth_token": "tok-en", "platform_inbound_secret": "sec-ret"});
        credentials.deliver(&full, Delivery::Register);
        assert_eq!(
            credentials.redacted("a tok-en b sec-ret"),
            "a [credential] b [credential]"
        );
    }
}
