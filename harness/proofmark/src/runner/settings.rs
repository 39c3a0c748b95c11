//! What a run needs to know, computed once from what was typed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use protocol::Catalogue;
use scenario::judge::Terms;
use scenario::plan::Cadence;
use scenario::waiver::WaiverLedger;
use tokio::sync::watch;

use super::applicability::Claims;
use crate::driver::{DiskObservation, Pacing, SubjectCommand};

/// How long a subject may take to register and serve, unless told otherwise.
pub const DEFAULT_BOOT: Duration = Duration::from_secs(15);
/// What the machine itself may add to any wait.
pub const DEFAULT_SLACK: Duration = Duration::from_secs(2);

/// Everything a scenario needs besides its plan.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// This binary.
    pub proofmark: PathBuf,
    /// The program under test.
    pub subject: SubjectCommand,
    /// The pace asked of it.
    pub pacing: Pacing,
    /// The pace it is judged by; measured by the probe if absent.
    pub cadence: Option<Cadence>,
    /// How long a start may take.
    pub boot_within: Duration,
    /// What it claims to be.
    pub claims: Claims,
    /// How it is judged.
    pub terms: Terms,
    /// The requirements.
    pub catalogue: Arc<Catalogue>,
    /// What is expected to fail.
    pub waivers: WaiverLedger,
    /// How the disk is observed.
    pub disk: DiskObservation,
    /// How many scenarios are played at once.
    pub jobs: usize,
    /// Turns true when the run shall end.
    pub interrupted: watch::Receiver<bool>,
}
