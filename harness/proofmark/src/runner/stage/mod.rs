//! One isolated world for one scenario: gateway and platform, directories, subject, disk observer.

mod call;
mod configuration;
mod disk;
mod environment;
mod followed;
mod lifecycle;
mod material;
mod message;
mod play;
mod readiness;
mod setup;
mod stage_platform;
mod step_error;
mod tenancy;
mod trigger;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platform::{Platform, Recorder};
use protocol::Profile;
use protocol::journal::{Event, Fact, HarnessFailure};
use scenario::judge::Record;
use scenario::manifest::Manifest;
use scenario::plan::{Cadence, Plan, Template};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::driver::{DiskObserver, Launcher, PortLease, Process, StageDirectories};

use followed::Followed;
use stage_platform::StagePlatform;

pub(super) use play::{play, play_together};
pub(super) use step_error::StepError;
pub(crate) use step_error::in_words;
pub(super) use trigger::is_seen;

/// A built stage.
pub(crate) struct Stage<'a> {
    plan: &'a Plan,
    recorder: Recorder,
    followed: Mutex<Followed>,
    platform: StagePlatform,
    directories: Arc<StageDirectories>,
    observer: Arc<DiskObserver>,
    port: PortLease,
    launcher: Launcher,
    process: Option<Process>,
    boot: u32,
    cadence: Cadence,
    boot_within: Duration,
    /// How the harness deals with the subject.
    manifest: Arc<Manifest>,
    /// What kind of runtime it is.
    profile: Profile,
    /// Whether the probe saw the subject serve; without it no step waits for a card again.
    serves: bool,
    http: reqwest::Client,
    background: JoinSet<()>,
    /// How many scenarios have been played on it before.
    earlier_scenarios: u32,
    interrupted: watch::Receiver<bool>,
}

/// What a played scenario leaves: its journal, and what knows the credentials in it.
pub(in crate::runner) type Played = (Vec<Event>, protocol::Redactor);

impl Stage<'_> {
    /// Takes the stage down and hands out its journal: first the subject, then the platform.
    pub(crate) async fn close(mut self) -> Vec<Event> {
        self.background.shutdown().await;
        if let Some(mut process) = self.process.take() {
            process.crash().await;
        }
        self.observer.look();
        self.platform.close().await;
        self.recorder.events()
    }

    /// Knows the stage's credentials.
    pub(crate) fn redactor(&self) -> protocol::Redactor {
        self.recorder.redactor().clone()
    }

    /// Whether the run was interrupted.
    pub(crate) fn is_interrupted(&self) -> bool {
        *self.interrupted.borrow()
    }

    /// Resolves when the run is interrupted; never if the sender is gone.
    async fn interruption(&self) {
        let mut interrupted = self.interrupted.clone();
        if interrupted
            .wait_for(|interrupted| *interrupted)
            .await
            .is_err()
        {
            std::future::pending::<()>().await;
        }
    }

    /// Looks at the journal.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&[Event]) -> T) -> T {
        self.judged(|record| look(record.events))
    }

    /// Looks at the journal as the judge does. Nothing waits for it but another look.
    fn judged<T>(&self, look: impl FnOnce(Record<'_>) -> T) -> T {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        look(followed.of(&self.recorder))
    }

    /// Waits for something in the journal; returns false when time is up, the subject ended, or the run was interrupted.
    pub(crate) async fn wait_for(
        &self,
        patience: Duration,
        seen: impl Fn(&[Event]) -> bool,
    ) -> bool {
        self.wait_while(
            patience,
            Watched {
                subject: true,
                disk: false,
            },
            |record| seen(record.events),
        )
        .await
    }

    /// The subject's workspace.
    pub(crate) fn workspace(&self) -> &str {
        &self.platform.workspace
    }

    /// What stands behind the gateway.
    fn platform(&self) -> &Platform {
        self.platform.gateway.platform()
    }

    /// Waits for something on the subject's disk; returns like [`Self::wait_for`].
    pub(crate) async fn wait_for_disk(
        &self,
        patience: Duration,
        seen: impl Fn(&[Event]) -> bool,
    ) -> bool {
        self.wait_while(
            patience,
            Watched {
                subject: true,
                disk: true,
            },
            |record| seen(record.events),
        )
        .await
    }

    /// How the subject ended, in words, if it has.
    pub(crate) fn ended(&self) -> Option<String> {
        self.process
            .as_ref()
            .and_then(Process::exit)
            .map(|exit| exit.to_string())
    }

    /// Why the subject could not be run under the disk's observer, if that is so.
    pub(crate) fn untraced(&self) -> Option<HarnessFailure> {
        self.process.as_ref().and_then(Process::untraced)
    }

    /// Waits for something in the journal even after the subject has ended.
    pub(crate) async fn wait_for_all(
        &self,
        patience: Duration,
        seen: impl Fn(&[Event]) -> bool,
    ) -> bool {
        self.wait_while(
            patience,
            Watched {
                subject: false,
                disk: false,
            },
            |record| seen(record.events),
        )
        .await
    }

    /// Waits for something in the journal.
    async fn wait_while(
        &self,
        patience: Duration,
        watched: Watched,
        seen: impl Fn(Record<'_>) -> bool,
    ) -> bool {
        let deadline = Instant::now() + patience;
        let mut journal = self.recorder.watch();
        loop {
            if watched.disk {
                self.observer.look();
            }
            journal.borrow_and_update();
            if self.judged(&seen) {
                return true;
            }
            if self.is_interrupted() {
                return false;
            }
            if watched.subject
                && self
                    .process
                    .as_ref()
                    .is_some_and(|process| process.exit().is_some())
            {
                return false;
            }
            tokio::select! {
                changed = journal.changed() => if changed.is_err() { return false },
                () = self.interruption() => return false,
                () = tokio::time::sleep_until(deadline) => {
                    self.observer.look();
                    return self.judged(&seen);
                }
            }
        }
    }

    /// The plaintext of a template as of now; for what the stage itself sends or writes.
    fn plaintext(&self, template: &Template) -> Result<String, StepError> {
        let redacted = self
            .judged(|record| scenario::judge::resolve(template, self.plan, record))
            .map_err(StepError::ours)?;
        let stage = self.directories.root().to_string_lossy();
        Ok(self
            .recorder
            .redactor()
            .restore(&redacted)
            .replace(STAGE_MARK, &stage))
    }

    fn redact(&self, text: &str) -> String {
        self.recorder.redactor().redact(text)
    }

    fn record(&self, fact: Fact) {
        self.recorder.record(fact);
    }
}

/// What a wait depends on besides the journal.
#[derive(Debug, Clone, Copy)]
struct Watched {
    /// Nothing can come any more once the subject has ended.
    subject: bool,
    /// The disk is looked at whenever something happens: the kernel's notices may come late, and some never do.
    disk: bool,
}

/// What the judge leaves of `${stage}`, since a journal does not know the directory.
const STAGE_MARK: &str = "${stage}";
