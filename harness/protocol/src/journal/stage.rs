//! Facts of the stage itself: the world, its steps and its faults.

use std::fmt;

use itertools::Itertools as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::disk::DiskObserverKind;
use super::failure::HarnessFailure;
use crate::{Deployment, Edge, Profile, Revision};

/// The world of a scenario: what the variables of its templates stand for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageFact {
    /// [`JOURNAL_FORMAT`](super::JOURNAL_FORMAT).
    pub format: u32,
    /// The plan's full name, such as `restart/saas-empties-configs`.
    pub scenario: String,
    /// What kind of runtime the subject is.
    #[serde(default)]
    pub profile: Profile,
    /// The double's revision.
    pub revision: Revision,
    /// The double's deployment.
    pub deployment: Deployment,
    /// The subject's workspace id.
    pub workspace: String,
    /// The organisation of the tenant.
    pub organisation: String,
    /// `http://host:port` of the gateway: the platform's canonical origin.
    pub platform_origin: String,
    /// The value of `PLATFORM_URL` as the subject got it; absent when it was not set.
    pub platform_url: Option<String>,
    /// The port the subject was told to listen on.
    pub subject_port: u16,
    /// Stubs of other workspaces.
    pub peers: Vec<PeerFact>,
    /// The subject's heartbeat interval in microseconds.
    pub heartbeat_us: u64,
    /// What the harness adds to every deadline, in microseconds.
    pub slack_us: u64,
    /// How the disk is observed.
    pub disk_observer: DiskObserverKind,
    /// Where the subject keeps its credentials below the stage, if not where the contract says.
    #[serde(default, skip_serializing_if = "CredentialFiles::is_usual")]
    pub credential_files: CredentialFiles,
    /// How this subject may end, if not as the contract says.
    #[serde(default, skip_serializing_if = "GracefulEnd::is_usual")]
    pub graceful_end: GracefulEnd,
}

/// How a subject may end when it is asked to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GracefulEnd {
    /// The number of the signal that asks it to stop, and by which it may be killed.
    pub signal: i32,
    /// Codes with which it may exit.
    pub codes: Vec<i32>,
}

impl GracefulEnd {
    /// Stopped by this signal, it exits with 0 or the shell's code for the signal, or is killed by it.
    pub fn by(signal: i32) -> Self {
        Self {
            signal,
            codes: vec![0, 128 + signal],
        }
    }

    /// Whether it is what the contract says of TERM.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a process that ended like this ended well.
    pub fn is(&self, code: Option<i32>, signal: Option<i32>) -> bool {
        match code {
            Some(code) => self.codes.contains(&code),
            None => signal == Some(self.signal),
        }
    }
}

impl Default for GracefulEnd {
    fn default() -> Self {
        Self::by(15)
    }
}

impl fmt::Display for GracefulEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes = self
            .codes
            .iter()
            .map(|code| format!("code {code}"))
            .join(", ");
        write!(out, "{} or signal {}", codes, self.signal)
    }
}

/// Where a subject keeps its credentials below the stage; absent is the contract's own place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialFiles {
    /// Its token.
    pub token: Option<String>,
    /// The platform's inbound secret.
    pub secret: Option<String>,
}

impl CredentialFiles {
    /// Whether both are where the contract puts them.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A stub of another workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeerFact {
    /// Its name in the scenario.
    pub name: String,
    /// Its workspace id.
    pub id: String,
    /// `http://host:port`, another origin than the platform's.
    pub url: String,
}

/// A step of the scenario began or ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepFact {
    /// Position in the plan, from 0.
    pub index: usize,
    /// Beginning or end.
    pub phase: StepPhase,
}

/// Beginning or end of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepPhase {
    /// It began; carries what it does in a line.
    Begun(String),
    /// It ended.
    Ended(StepEnd),
}

/// How a step ended; the judge decides what that means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEnd {
    /// An act was done, or an expectation was met.
    Done,
    /// The deadline passed; carries its length in microseconds.
    DeadlinePassed(u64),
    /// The subject could not be brought to where the step wanted it; carries what was seen.
    SubjectRefused(String),
    /// The harness failed, or something it depends on.
    HarnessFailed(HarnessFailure),
    /// The run was interrupted.
    Interrupted,
}

/// Something about an injected fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultFact {
    /// Its label.
    pub label: String,
    /// Where it acts.
    #[serde(default)]
    pub kind: FaultKind,
    /// What happened to it.
    pub what: FaultChange,
    /// The exchange it fired on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<u64>,
}

/// What can happen to a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultChange {
    /// It waits for its first request or call from now on.
    Set,
    /// It struck.
    Fired,
    /// It has struck as often as it was set to.
    Exhausted,
    /// It was lifted before that.
    Lifted,
    /// The platform stopped listening.
    OutageBegins,
    /// The platform listens again.
    OutageEnds,
    /// Something else stands before the platform.
    #[serde(untagged)]
    Edge(Edge),
}

impl fmt::Display for FaultChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(out)
    }
}

/// Where a fault acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// On the wire between subject and platform.
    #[default]
    Wire,
    /// At the subject's calls on its disk.
    Disk,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_fault_is_one_word_in_a_journal_and_for_people() {
        for (change, word) in [
            (FaultChange::Fired, "fired"),
            (FaultChange::OutageBegins, "outage-begins"),
            (FaultChange::Edge(Edge::WafHtml), "waf-html"),
        ] {
            assert_eq!(serde_json::to_value(change).unwrap(), word);
            assert_eq!(
                serde_json::from_value::<FaultChange>(word.into()).unwrap(),
                change
            );
            assert_eq!(change.to_string(), word);
        }
    }
}
