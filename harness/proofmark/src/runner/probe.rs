//! What is known of a subject before anything is judged.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::journal::Event;
use protocol::{Redactor, Trigger};
use scenario::judge::Blame;
use scenario::plan::Cadence;

/// What a subject was seen to do on a plain stage.
#[derive(Debug, Clone)]
pub struct ProbeOutcome {
    /// Whether its agent card was served; absent for a subject that has none to serve.
    pub serves: Option<bool>,
    /// Whether it sent a heartbeat; absent for a subject that has none to send.
    pub heartbeats: Option<bool>,
    /// From launch to readiness (to the register, if it never serves).
    pub boot: Duration,
    /// The pace that deadlines are derived from.
    pub cadence: Cadence,
    /// Whether the pace was measured (rather than told).
    pub measured: bool,
    /// How long later starts may take.
    pub boot_within: Duration,
    /// Which part of one processor core it took while it was probed, if that can be told here.
    pub share_of_processor: Option<f64>,
    /// What it could not be made to do, and what was seen instead.
    pub untriggered: BTreeMap<Trigger, String>,
}

/// Why nothing can be judged.
#[derive(Debug, Clone)]
pub struct ProbeFailure {
    /// A sentence with what was seen and what to do.
    pub reason: String,
    /// Whose fault.
    pub blame: Blame,
    /// What was recorded.
    pub journal: Vec<Event>,
    /// Knows the stage's credentials, for the last look at every output.
    pub redactor: Redactor,
}

impl ProbeOutcome {
    /// An outcome for a subject whose pace is known.
    pub fn assumed(cadence: Cadence, boot_within: Duration) -> Self {
        Self {
            serves: Some(true),
            heartbeats: Some(true),
            boot: Duration::ZERO,
            cadence,
            measured: false,
            boot_within,
            share_of_processor: None,
            untriggered: BTreeMap::new(),
        }
    }
}
