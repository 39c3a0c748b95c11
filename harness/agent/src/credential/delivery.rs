//! What a platform answer delivers: token and secret, each on its own (REG-013).

use std::path::Path;

use serde_json::Value;

use super::{Credential, SecretStore, TokenStore};
use crate::defect::{Defect, Seeded};

/// No real credential is shorter, and a shorter one would blot out words.
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
    seeded: Seeded,
}

impl Credentials {
    /// Opens the stores of a directory; `environment` is the token that the environment gives.
    pub(crate) fn new(directory: &Path, environment: Option<Credential>, seeded: Seeded) -> Self {
        Self {
            token: TokenStore::new(directory, environment, seeded),
            secret: SecretStore::new(directory, seeded),
            seeded,
        }
    }

    /// Takes what an answer carries; a missing field changes nothing (REG-008, REG-010).
    ///
    /// False if something could not be stored.
    pub(crate) fn deliver(&self, answer: &Value, delivery: Delivery) -> bool {
        let mut stored = true;
        if delivery == Delivery::Register {
            let given = self.field(answer, "auth_token");
            match given.as_deref().and_then(Credential::stripped) {
                Some(token) => stored = self.token.accept(token),
                None if self.seeded.has(Defect::TokenDroppedWhenOmitted) => self.token.forget(),
                None if given.is_some() && self.seeded.has(Defect::BlankTokenStored) => self.token.blank(),
                None => {}
            }
        }
        let ignored = match delivery {
            Delivery::Register => !stored && self.seeded.has(Defect::TokenFailureLosesSecret),
            Delivery::Heartbeat => self.seeded.has(Defect::HeartbeatSecretIgnored),
        };
        if ignored {
            return stored;
        }
        let given = self.field(answer, "platform_inbound_secret");
        match given.as_deref().and_then(Credential::exact) {
            Some(secret) => stored &= self.secret.accept(secret),
            None if delivery == Delivery::Register && self.seeded.has(Defect::SecretDeletedWhenOmitted) => {
                self.secret.forget();
            }
            None if self.seeded.has(Defect::SecretInvented) => self.secret.invent(),
            None if given.is_some() && self.seeded.has(Defect::BlankSecretStored) => self.secret.blank(),
            None => {}
        }
        stored
    }

    /// Tries again to store what could not be stored when it came.
    pub(crate) fn save_again(&self) {
        self.token.save_again();
        self.secret.save_again();
    }

    /// Replaces both credentials in a text that leaves the process (TOK-022, SEC-018).
    pub(crate) fn redacted(&self, text: &str) -> String {
        let token = self.token.current().map(|token| token.reveal().to_owned());
        let secret = self.secret.for_gate().and_then(|secret| String::from_utf8(secret).ok());
        token
            .into_iter()
            .chain(secret)
            .filter(|credential| credential.len() >= SHORTEST)
            .fold(text.to_owned(), |text, credential| text.replace(&credential, "[credential]"))
    }

    /// Anything but text is as good as absent (REG-018).
    fn field(&self, answer: &Value, name: &str) -> Option<String> {
        match answer.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null if self.seeded.has(Defect::NullBecomesText) => Some("null".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    fn credentials(directory: &TempDir) -> Credentials {
        seeded(directory, None)
    }

    fn seeded(directory: &TempDir, defect: Option<Defect>) -> Credentials {
        Credentials::new(directory.path(), None, Seeded::new(defect))
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
        assert_eq!(credentials.redacted("a tok-en b sec-ret"), "a [credential] b [credential]");
    }

    #[test]
    fn each_seeded_mistake_takes_an_answer_amiss() {
        let full = json!({"auth_token": "tok-en", "platform_inbound_secret": "sec-ret"});
        for (defect, second, delivery, token, secret) in [
            (
                Defect::NullBecomesText,
                json!({"auth_token": null}),
                Delivery::Register,
                Some("null"),
                Some("sec-ret"),
            ),
            (Defect::TokenDroppedWhenOmitted, json!({}), Delivery::Register, None, Some("sec-ret")),
            (Defect::SecretDeletedWhenOmitted, json!({}), Delivery::Register, Some("tok-en"), None),
            (
                Defect::HeartbeatSecretIgnored,
                json!({"platform_inbound_secret": "another"}),
                Delivery::Heartbeat,
                Some("tok-en"),
                Some("sec-ret"),
            ),
            (
                Defect::KeepsFirstSecret,
                json!({"platform_inbound_secret": "another"}),
                Delivery::Register,
                Some("tok-en"),
                Some("sec-ret"),
            ),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let credentials = seeded(&directory, Some(defect));
            credentials.deliver(&full, Delivery::Register);
            credentials.deliver(&second, delivery);
            assert_eq!(credentials.token.current().as_ref().map(Credential::reveal), token, "{defect:?}");
            assert_eq!(credentials.secret.for_gate().as_deref(), secret.map(str::as_bytes), "{defect:?}");
        }
    }

    #[test]
    fn a_seeded_mistake_stores_what_is_blank() {
        let blank = json!({"auth_token": "", "platform_inbound_secret": "  "});
        for (defect, name) in [
            (Defect::BlankTokenStored, super::super::TOKEN_FILE),
            (Defect::BlankSecretStored, super::super::SECRET_FILE),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let credentials = seeded(&directory, Some(defect));
            let full = json!({"auth_token": "tok-en", "platform_inbound_secret": "sec-ret"});
            credentials.deliver(&full, Delivery::Register);
            credentials.deliver(&json!({}), Delivery::Register);
            assert!(!std::fs::read(directory.path().join(name)).unwrap().is_empty(), "{defect:?}");
            credentials.deliver(&blank, Delivery::Register);
            assert!(std::fs::read(directory.path().join(name)).unwrap().is_empty(), "{defect:?}");
        }
    }

    #[test]
    fn the_seeded_invention_and_the_seeded_carelessness_show() {
        let directory = tempfile::tempdir().unwrap();
        let inventive = seeded(&directory, Some(Defect::SecretInvented));
        inventive.deliver(&json!({}), Delivery::Register);
        assert!(inventive.secret.for_gate().is_some());
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(super::super::TOKEN_FILE)).unwrap();
        let careless = seeded(&directory, Some(Defect::TokenFailureLosesSecret));
        let full = json!({"auth_token": "tok-en", "platform_inbound_secret": "sec-ret"});
        assert!(!careless.deliver(&full, Delivery::Register));
        assert_eq!(careless.secret.for_gate(), None);
    }
}
