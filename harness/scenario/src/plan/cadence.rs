//! The pace of a subject.

use std::time::Duration;

/// The pace of a subject; every deadline derives from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// The subject's heartbeat interval.
    pub heartbeat: Duration,
    /// Added to every deadline for the machine's own delays.
    pub slack: Duration,
}

impl Cadence {
    /// How long to wait for something that must happen: three heartbeats and the slack.
    pub fn deadline(&self) -> Duration {
        self.heartbeat * 3 + self.slack
    }
}
