//! JSON-RPC errors, with the codes of contract 9.6.

use serde_json::{Value, json};

/// Says why a request has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RpcError {
    pub(super) code: i32,
    pub(super) message: String,
}

impl RpcError {
    pub(super) fn unparseable() -> Self {
        Self::new(-32700, "the body is not JSON")
    }

    pub(super) fn invalid_request(message: &str) -> Self {
        Self::new(-32600, message)
    }

    pub(super) fn unknown_method() -> Self {
        Self::new(-32601, "the method is not known")
    }

    pub(super) fn invalid_parameters(message: &str) -> Self {
        Self::new(-32602, message)
    }

    pub(super) fn unsupported_version() -> Self {
        Self::new(-32009, "the header A2A-Version must be 1.0 for this method")
    }

    /// The application failed, which is no failure of the protocol (A2A-020).
    pub(super) fn application(message: &str) -> Self {
        Self::new(-32000, message)
    }

    pub(super) fn value(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }

    fn new(code: i32, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
        }
    }
}
