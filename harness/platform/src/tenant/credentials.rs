//! Credentials that a tenant gives out on the way through the gateway.

use protocol::Credential;
use protocol::credential::CredentialKind;
use protocol::journal::{Fact, PlatformChange, PlatformFact};
use protocol::wire;
use serde_json::Value;

use crate::recorder::Recorder;

/// Whether the answers of a path deliver credentials: those of a register or heartbeat, or of the creation of a token or workspace.
pub(super) fn are_delivered(path: &str) -> bool {
    matches!(path, wire::REGISTER | wire::HEARTBEAT | "/workspaces")
        || path.ends_with("/tokens")
        || path.ends_with("/test-token")
}

/// Makes the credentials of an answer known, and says in the journal which the workspace got: the double would have
/// said so itself.
pub(super) fn learn(recorder: &Recorder, answer: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return;
    };
    let workspace = recorder.read(|journal| match journal.first().map(|event| &event.fact) {
        Some(Fact::Stage(stage)) => Some(stage.workspace.clone()),
        _ => None,
    });
    let holders = [Some(&answer), answer.get("connection")];
    for holder in holders.into_iter().flatten() {
        note(
            recorder,
            workspace.as_deref(),
            holder,
            "auth_token",
            CredentialKind::AuthToken,
        );
        note(
            recorder,
            workspace.as_deref(),
            holder,
            "platform_inbound_secret",
            CredentialKind::InboundSecret,
        );
    }
}

fn note(
    recorder: &Recorder,
    workspace: Option<&str>,
    holder: &Value,
    field: &str,
    kind: CredentialKind,
) {
    let Some(value) = holder
        .get(field)
        .and_then(Value::as_str)
        .filter(|value| !value.is_empty())
    else {
        return;
    };
    let placeholder = recorder.redactor().learn(kind, &Credential::new(value));
    let Some(workspace) = workspace else { return };
    let change = match kind {
        CredentialKind::AuthToken => PlatformChange::TokenIssued(placeholder),
        _ => PlatformChange::SecretSet(placeholder),
    };
    let is_news = recorder.read(|journal| {
        let same = |event: &protocol::journal::Event| {
            matches!(&event.fact, Fact::Platform(fact) if fact.workspace == workspace && fact.change == change)
        };
        !journal.iter().rev().any(same)
    });
    if is_news {
        recorder.record(Fact::Platform(PlatformFact {
            workspace: workspace.to_owned(),
            change,
        }));
    }
}
