//! A message: who speaks, under which id, and what the parts say.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::envelope::Version;
use super::error::RpcError;

/// Holds what the agent needs to know of an inbound message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Inbound {
    pub(super) id: String,
    /// Text of all text parts, one below the other.
    pub(super) text: String,
    /// Name and address of each file part (A2A-009).
    pub(super) files: Vec<String>,
    /// Tells a redelivery from another message that reuses its id (A2A-016).
    pub(super) key: String,
}

/// Reads a message of either version.
pub(super) fn read(version: Version, message: &Map<String, Value>) -> Result<Inbound, RpcError> {
    let text = |name: &str| {
        message
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let id = text("messageId")
        .ok_or_else(|| RpcError::invalid_request("message.messageId is missing"))?;
    match (version, text("role")) {
        (Version::V03, Some("user" | "agent")) | (Version::V1, Some("ROLE_USER")) => {}
        (Version::V03, _) => {
            return Err(RpcError::invalid_request(
                "message.role is neither user nor agent",
            ));
        }
        (Version::V1, _) => {
            return Err(RpcError::invalid_parameters(
                "message.role is not ROLE_USER",
            ));
        }
    }
    let Some(Value::Array(parts)) = message.get("parts") else {
        return Err(RpcError::invalid_request("message.parts is not a list"));
    };
    if parts.is_empty() {
        return Err(RpcError::invalid_parameters("message.parts is empty"));
    }
    let mut inbound = Inbound {
        id: id.to_owned(),
        text: String::new(),
        files: Vec::new(),
        key: format!("{id}\n{}", Value::Array(parts.clone())),
    };
    for part in parts {
        match read_part(part) {
            Some(Part::Text(text)) => {
                if !inbound.text.is_empty() {
                    inbound.text.push('\n');
                }
                inbound.text.push_str(text);
            }
            Some(Part::File(description)) => inbound.files.push(description),
            Some(Part::Data) => {}
            None => {
                return Err(RpcError::invalid_parameters(
                    "message.parts has a part of no known kind",
                ));
            }
        }
    }
    Ok(inbound)
}

/// Makes the result that carries a reply (A2A-004).
pub(super) fn reply(version: Version, text: &str) -> Value {
    let id = Uuid::new_v4().to_string();
    match version {
        Version::V03 => json!({
            "kind": "message",
            "role": "agent",
            "messageId": id,
            "parts": [{"kind": "text", "text": text}],
        }),
        Version::V1 => {
            json!({"message": {"role": "ROLE_AGENT", "messageId": id, "parts": [{"text": text}]}})
        }
    }
}

enum Part<'a> {
    Text(&'a str),
    File(String),
    Data,
}

/// Tagged with `kind` or `type` (A2A-005), or not at all and told by its fields.
fn read_part(part: &Value) -> Option<Part<'_>> {
    let tag = part.get("kind").or_else(|| part.get("type"));
    let text = |name: &str| part.get(name).and_then(Value::as_str);
    match tag.map(Value::as_str) {
        Some(Some("text")) => text("text").map(Part::Text),
        Some(Some("file")) => part
            .get("file")
            .filter(|file| file.is_object())
            .map(|file| {
                let field = |name: &str| file.get(name).and_then(Value::as_str);
                Part::File(describe(field("name"), field("uri")))
            }),
        Some(Some("data")) => Some(Part::Data),
        Some(_) => None,
        None if text("text").is_some() => text("text").map(Part::Text),
        None if text("url").is_some() => Some(Part::File(describe(text("filename"), text("url")))),
        None => part.get("data").map(|_| Part::Data),
    }
}

fn describe(name: Option<&str>, address: Option<&str>) -> String {
    format!("{} {}", name.unwrap_or("file"), address.unwrap_or("inline"))
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_v03(message: &Value) -> Result<Inbound, i32> {
        read(Version::V03, message.as_object().unwrap()).map_err(|error| error.code)
    }

    #[test]
    fn parts_are_read_however_they_are_tagged() {
        let message = json!({"role": "user", "messageId": "m", "metadata": {"x": 1}, "parts": [
            {"kind": "text", "text": "a"}, {"type": "text", "text": "b"}, {"text": "c"},
            {"kind": "file", "file": {"uri": "workspace:/workspace/x.txt", "name": "x.txt"}},
            {"kind": "data", "data": {}},
        ]});
        let inbound = read_v03(&message).unwrap();
        assert_eq!(
            (inbound.id.as_str(), inbound.text.as_str()),
            ("m", "a\nb\nc")
        );
        assert_eq!(inbound.files, ["x.txt workspace:/workspace/x.txt"]);
    }

    #[test]
    fn an_invalid_message_is_an_error_of_the_protocol() {
        for (message, code) in [
            (
                json!({"role": "user", "parts": [{"kind": "text", "text": "a"}]}),
                -32600,
            ),
            (
                json!({"role": "ROLE_USER", "messageId": "m", "parts": [{"kind": "text", "text": "a"}]}),
                -32600,
            ),
            (
                json!({"role": "user", "messageId": "m", "content": "a"}),
                -32600,
            ),
            (
                json!({"role": "user", "messageId": "m", "parts": []}),
                -32602,
            ),
            (
                json!({"role": "user", "messageId": "m", "parts": [{"kind": "dance"}]}),
                -32602,
            ),
            (
                json!({"role": "user", "messageId": "m", "parts": ["a"]}),
                -32602,
            ),
        ] {
            assert_eq!(read_v03(&message), Err(code), "{message}");
        }
    }

    #[test]
    fn the_second_version_has_its_own_roles_and_parts() {
        let message = json!({"role": "ROLE_USER", "messageId": "m", "parts": [
            {"text": "a"}, {"url": "workspace:/workspace/x", "filename": "x", "mediaType": "text/plain"}]});
        let inbound = read(Version::V1, message.as_object().unwrap()).unwrap();
        assert_eq!((inbound.text.as_str(), inbound.files.len()), ("a", 1));
        assert_eq!(reply(Version::V1, "x")["message"]["role"], "ROLE_AGENT");
        assert_eq!(reply(Version::V03, "x")["role"], "agent");
        let lower = json!({"role": "user", "messageId": "m", "parts": [{"text": "a"}]});
        assert_eq!(
            read(Version::V1, lower.as_object().unwrap())
                .unwrap_err()
                .code,
            -32602
        );
    }
}
