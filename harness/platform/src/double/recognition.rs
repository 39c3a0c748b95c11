//! Credentials that a request brings before its handler knows them: the redactor learns them before the request is recorded.

use http::HeaderMap;
use protocol::credential::CredentialKind;
use protocol::{Credential, Redactor};
use serde_json::Value;

use super::double::Double;
use super::reply::bearer;
use super::secret;
use crate::message::Carried;

impl Double {
    /// Teaches the redactor a request's token on a platform that went on from a file, where tokens stand as hashes.
    pub(crate) fn recognise_restored(&self, headers: &HeaderMap) {
        if self.inner.restored
            && let Some(token) = bearer(headers)
            && self.state().tokens.knows(token)
        {
            self.inner
                .recorder
                .redactor()
                .learn(CredentialKind::AuthToken, &Credential::new(token));
        }
    }
}

/// Teaches the redactor the values that a request wants to be stored.
pub(crate) fn recognise_stored(redactor: &Redactor, path: &str, carried: &Carried) {
    let stores = matches!(path, "/workspaces" | "/admin/secrets")
        || (path.starts_with("/workspaces/") && path.ends_with("/secrets"));
    let Carried::Whole(body) = carried else {
        return;
    };
    if !stores || body.is_empty() {
        return;
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let several = fields
        .get("secrets")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|all| all.values());
    for value in several.chain(fields.get("value")).filter_map(Value::as_str) {
        secret::learn(redactor, &Credential::new(value));
    }
}
