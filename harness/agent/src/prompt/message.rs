//! The message that carries a prompt.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::platform_client::{Call, Purpose};
use crate::runtime::Agent;

/// Makes an id of a kind of message: the kind and eight hexadecimal digits (contract 9.4).
pub(crate) fn short_id(kind: &str) -> String {
    let id = Uuid::new_v4().simple().to_string();
    format!("{kind}-{}", &id[..8])
}

/// Makes the post of a prompt to the agent's own proxy route (INI-004).
pub(super) fn prompt(
    agent: &Agent,
    purpose: Purpose,
    id: &str,
    text: &str,
    limit: Duration,
) -> Call {
    let body = json!({
        "method": "message/send",
        "params": {"message": {
            "role": "user",
            "messageId": id,
            "parts": [{"kind": "text", "text": text}],
        }},
    });
    Call::post(purpose, agent.own_path("/a2a"), body).within(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_the_kind_and_differ() {
        let (one, two) = (short_id("idle"), short_id("idle"));
        assert_ne!(one, two);
        let digits = one.strip_prefix("idle-").unwrap();
        assert!(digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
