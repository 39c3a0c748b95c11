//! What a fault is.

use std::time::Duration;

use serde_json::{Map, Value};

/// Something the world does to the subject's requests on a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What it is called in the journal and when it is lifted.
    pub label: String,
    /// Only requests with this method; any method otherwise.
    pub method: Option<String>,
    /// The path: `*` stands for one segment, a last `**` for all the rest, everything else for itself.
    pub path: String,
    /// How often it fires; until it is lifted otherwise.
    pub times: Option<u32>,
    /// How many matching requests pass before it fires for the first time, counted since it was set.
    pub from_call: u32,
    /// Whether the platform has processed the request before the fault strikes, so that only the answer is lost.
    pub after_platform: bool,
    /// What happens.
    pub effect: Effect,
}

impl Fault {
    /// A fault on a path that fires on every request, before the platform sees it, until it is lifted.
    pub fn new(label: impl Into<String>, path: impl Into<String>, effect: Effect) -> Self {
        Self {
            label: label.into(),
            method: None,
            path: path.into(),
            times: None,
            from_call: 0,
            after_platform: false,
            effect,
        }
    }
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Answers in the platform's place.
    Status {
        /// The status code.
        status: u16,
        /// Headers of the answer.
        headers: Vec<(String, String)>,
        /// Its body; empty otherwise.
        body: Option<String>,
    },
    /// Lets the real answer come later.
    Delay(Duration),
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
        /// How long between them.
        every: Duration,
    },
    /// Changes the top level of the real answer if it is a JSON object; other answers pass unchanged.
    Edit {
        /// Fields to set; an explicit `null` is sent as `null`.
        set: Map<String, Value>,
        /// Fields to leave out.
        remove: Vec<String>,
    },
}
