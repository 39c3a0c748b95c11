//! Faults on the wire between a runtime and the platform.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::journal::Header;

/// Something that happens to a runtime's requests on a path.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewFault {
    /// What it is called in the journal and when it is lifted.
    pub label: String,
    /// Only requests with this method; any method otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path: `*` stands for one segment, a last `**` for all the rest.
    pub path: String,
    /// How often it fires; until it is lifted otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How many matching requests pass before it fires for the first time.
    #[serde(default)]
    pub from_call: u32,
    /// Whether the platform processes the request first, so that only the answer is lost.
    #[serde(default)]
    pub after_platform: bool,
    /// What happens.
    pub effect: FaultEffect,
}

/// What a fault does, such as `"reset"` or `{"status": {"status": 503}}`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultEffect {
    /// Answers in the platform's place.
    Status {
        /// The status code.
        status: u16,
        /// Headers of the answer.
        #[serde(default)]
        headers: Vec<Header>,
        /// Its body; empty otherwise.
        #[serde(default)]
        body: Option<String>,
    },
    /// Lets the real answer come later.
    Delay {
        /// By so many milliseconds.
        milliseconds: u64,
    },
    /// Gives no answer; the real one comes when the fault is lifted.
    Hang,
    /// Resets the connection before any byte of an answer.
    Reset,
    /// Declares the real answer's length, sends half of it and closes.
    Truncate,
    /// Sends the real answer slowly.
    Drip {
        /// Bytes at a time.
        chunk: usize,
        /// Milliseconds between them.
        milliseconds: u64,
    },
    /// Changes the top level of the real answer if it is a JSON object.
    Edit {
        /// Fields to set; an explicit `null` is sent as `null`.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schema(value_type = Object))]
        set: Map<String, Value>,
        /// Fields to leave out.
        #[serde(default)]
        remove: Vec<String>,
    },
}

/// The faults of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Faults {
    /// Labels of faults that struck nothing so far, in the order in which they were set.
    pub unfired: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_needs_a_label_a_path_and_an_effect() {
        let fault = json!({"label": "down", "path": "/registry/**", "effect": "reset"});
        let fault: NewFault = serde_json::from_value(fault).unwrap();
        assert_eq!((fault.effect, fault.times, fault.from_call), (FaultEffect::Reset, None, 0));
        let effect: FaultEffect = serde_json::from_value(json!({"status": {"status": 503}})).unwrap();
        assert_eq!(effect, FaultEffect::Status { status: 503, headers: Vec::new(), body: None });
        for wrong in
            [json!({"label": "a", "path": "/"}), json!({"label": "a", "path": "/", "effect": "melt"})]
        {
            assert!(serde_json::from_value::<NewFault>(wrong).is_err());
        }
    }
}
