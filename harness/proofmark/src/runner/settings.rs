//! What a run needs to know, computed once from what was typed.

use std::sync::Arc;
use std::time::Duration;

use protocol::Catalogue;
use scenario::judge::Terms;
use scenario::plan::Cadence;
use scenario::waiver::WaiverLedger;
use tokio::sync::watch;

use super::applicability::Claims;
use super::probe::ProbeOutcome;
use crate::driver::{DiskObservation, Pacing, RunDirectory, SubjectCommand};
use crate::live::LiveRun;

/// How long a subject may take to register and serve, unless told otherwise.
pub const DEFAULT_BOOT: Duration = Duration::from_secs(15);
/// What the machine itself may add to any wait.
pub const DEFAULT_SLACK: Duration = Duration::from_secs(2);

/// Everything a scenario needs besides its plan.
#[derive(Debug, Clone)]
pub struct RunSettings {
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
    /// The live platform in the double's place, if there is one.
    pub live: Option<LiveRun>,
    /// Whether nothing is started before the first scenario, whose pace is then taken as told.
    pub skip_probe: bool,
    /// How the disk is observed.
    pub disk: DiskObservation,
    /// Where stages are built.
    pub directory: Arc<RunDirectory>,
    /// How many stages there are at once; by what the subject asks of the processor if absent.
    pub jobs: Option<usize>,
    /// Turns true when the run shall end.
    pub interrupted: watch::Receiver<bool>,
}

/// Stages for each processor core at least, and at most.
const STAGES_PER_CORE: (usize, usize) = (4, 12);
/// A subject that is up sooner is as quick otherwise, and what takes time then is the harness itself.
const SLOW_START: Duration = Duration::from_millis(200);

impl RunSettings {
    /// How many stages there are at once. Most of a scenario is waiting: as many are beside each other as keep the processor
    /// busy, by what the probe's subject took of it.
    pub(crate) fn jobs_for(&self, outcome: &ProbeOutcome) -> usize {
        // Two runtimes of one workspace would be one to the platform.
        if self
            .live
            .as_ref()
            .is_some_and(|live| live.settings().existing.is_some())
        {
            return 1;
        }
        if let Some(jobs) = self.jobs {
            return jobs.max(1);
        }
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (least, most) = STAGES_PER_CORE;
        let share = outcome
            .share_of_processor
            .filter(|_| outcome.boot >= SLOW_START);
        let waiting = share.map_or(least, |share| {
            let one_in = (1.0 / share.max(0.001)).ceil();
            // A few dozen at most, and positive.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 1 and 1000"
            )]
            let stages = one_in as usize;
            stages.clamp(least, most)
        });
        cores * waiting
    }
}
