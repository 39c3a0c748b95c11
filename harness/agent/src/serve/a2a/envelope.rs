//! The JSON-RPC envelope around a message.

use serde_json::{Map, Value};

use super::error::RpcError;

/// Says in which version of A2A a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// `message/send`, parts tagged, lower-case roles.
    V03,
    /// `SendMessage`, untagged parts, upper-case roles (A2A-010).
    V1,
}

/// Holds the id of a request, and its message or why there is none.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) id: Value,
    pub(super) content: Result<(Version, Map<String, Value>), RpcError>,
}

/// Reads a request body; the id is kept whenever it can be.
pub(super) fn open(body: &[u8], version_header: Option<&[u8]>) -> Envelope {
    let refused = |error| Envelope {
        id: Value::Null,
        content: Err(error),
    };
    let request = match serde_json::from_slice(body) {
        Ok(Value::Object(request)) => request,
        Ok(_) => return refused(RpcError::invalid_request("the request is not an object")),
        Err(_) => return refused(RpcError::unparseable()),
    };
    let id = match request.get("id") {
        Some(id @ (Value::String(_) | Value::Number(_))) => id.clone(),
        Some(Value::Null) | None => Value::Null,
        Some(_) => {
            return refused(RpcError::invalid_request(
                "the id is neither text nor a number",
            ));
        }
    };
    Envelope {
        id,
        content: message(request, version_header),
    }
}

fn message(
    mut request: Map<String, Value>,
    version_header: Option<&[u8]>,
) -> Result<(Version, Map<String, Value>), RpcError> {
    if request.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(RpcError::invalid_request("jsonrpc is not 2.0"));
    }
    let version = match request.get("method").and_then(Value::as_str) {
        Some("message/send") => Version::V03,
        Some("SendMessage") if version_header == Some(b"1.0") => Version::V1,
        Some("SendMessage") => return Err(RpcError::unsupported_version()),
        Some(_) => return Err(RpcError::unknown_method()),
        None => return Err(RpcError::invalid_request("the method is not text")),
    };
    let Some(Value::Object(mut parameters)) = request.remove("params") else {
        return Err(RpcError::invalid_parameters("params is not an object"));
    };
    match parameters.remove("message") {
        Some(Value::Object(message)) => Ok((version, message)),
        _ => Err(RpcError::invalid_parameters(
            "params.message is not an object",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(body: &str) -> (Value, Option<i32>) {
        let envelope = open(body.as_bytes(), None);
        (envelope.id, envelope.content.err().map(|error| error.code))
    }

    #[test]
    fn each_mistake_has_its_code_and_keeps_the_id() {
        for (body, id, expected) in [
            ("", json!(null), -32700),
            ("{", json!(null), -32700),
            ("[]", json!(null), -32600),
            ("7", json!(null), -32600),
            (r#"{"id":"a","method":"message/send"}"#, json!("a"), -32600),
            (
                r#"{"jsonrpc":"2.0","id":7,"method":null}"#,
                json!(7),
                -32600,
            ),
            (
                r#"{"jsonrpc":"2.0","id":{},"method":"message/send"}"#,
                json!(null),
                -32600,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"method":"tasks/dance"}"#,
                json!(7),
                -32601,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"method":"message/send"}"#,
                json!(7),
                -32602,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"method":"message/send","params":{"message":[]}}"#,
                json!(7),
                -32602,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"method":"SendMessage","params":{}}"#,
                json!(7),
                -32009,
            ),
        ] {
            assert_eq!(code(body), (id, Some(expected)), "{body}");
        }
    }

    #[test]
    fn both_versions_are_opened_whatever_else_is_in_them() {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "message/send", "extra": 1,
            "params": {"message": {"messageId": "m"}, "metadata": {}}});
        let (version, message) = open(body.to_string().as_bytes(), None).content.unwrap();
        assert_eq!(
            (version, &message["messageId"]),
            (Version::V03, &json!("m"))
        );
        let body = body.to_string().replace("message/send", "SendMessage");
        assert_eq!(
            open(body.as_bytes(), Some(b"1.0")).content.unwrap().0,
            Version::V1
        );
    }
}
