//! Starting the subject, and ending it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::reading::{Template, record, words};

record! {
    /// Launches the subject.
    pub struct Start: Default {
        /// When the step is done; `ready` unless said otherwise.
        pub until: Readiness = Readiness::Ready,
        /// How long it may take.
        pub within: Option<Duration>,
        /// Variables for this and later launches; null removes one.
        pub environment: BTreeMap<String, Option<Template>> = BTreeMap::new(),
    }

    /// Asks the subject to end (TERM) and waits for it.
    pub(super) struct Stop {
        /// How long it may take; the default deadline otherwise.
        pub(super) within: Option<Duration>,
    }

    /// Ends the subject and launches it again.
    pub struct Restart {
        /// How it is ended; `stop` unless said otherwise.
        pub how: How = How::Stop,
        /// What becomes of its configs directory; `kept` unless said otherwise.
        pub configs: Configs = Configs::Kept;
        /// The launch.
        pub start: Start,
    }

    /// A restart through the platform, which revokes all tokens and rotates the secret.
    pub struct Reprovision {
        /// What becomes of its configs directory; `emptied` unless said otherwise.
        pub configs: Configs = Configs::Emptied;
        /// The launch.
        pub start: Start,
    }

    /// The platform revokes all tokens and mints another.
    pub struct RotateToken {
        /// Whether the new token replaces the file (by rename, mode 0600) before the old one is revoked; true unless said otherwise.
        pub on_disk: bool = true,
    }
}

words! {
    /// When a launch is done.
    pub enum Readiness: Default = "readiness" {
        /// What the subject's kind calls ready: its manifest's word, or else its profile's.
        #[default]
        Ready = "ready",
        /// The process was spawned.
        Launched = "launched",
        /// A register was sent (with any answer).
        Registering = "registering",
        /// A register was answered 200.
        Registered = "registered",
        /// The agent card is served and a register was answered 200.
        Serving = "serving",
        /// The port accepts connections; the register may have been refused. A kind of runtime that has no port has sent its register.
        Listening = "listening",
    }

    /// How a process is ended before a restart.
    pub enum How = "way to end" {
        /// TERM, then wait.
        Stop = "stop",
        /// KILL.
        Crash = "crash",
    }

    /// What becomes of the configs directory on a restart.
    pub enum Configs = "state of the configs directory" {
        /// As it was left.
        Kept = "kept",
        /// Emptied (`config.yaml` is written again).
        Emptied = "emptied",
        /// Emptied, then the platform's new credentials are written into it with mode 0644, as a Docker provisioner does (contract 8.1).
        Written = "written",
    }
}

impl Start {
    pub(super) fn summary(&self) -> String {
        match self.until {
            Readiness::Ready => "start the subject".into(),
            until => format!("start the subject until {until}"),
        }
    }
}

impl Restart {
    pub(super) fn summary(&self) -> String {
        let how = match self.how {
            How::Stop => "restart",
            How::Crash => "crash and restart",
        };
        format!("{how}, configs {}", self.configs)
    }
}

impl Reprovision {
    pub(super) fn summary(&self) -> String {
        format!("reprovision, configs {}", self.configs)
    }
}
