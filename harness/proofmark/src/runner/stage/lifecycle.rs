//! Launching, ending and restarting the subject.

use std::time::Duration;

use protocol::Profile;
use protocol::journal::HarnessFailure;
use scenario::manifest::Holds;
use scenario::plan::{Configs, How, Readiness, Reprovision, Restart, Start};

use super::{Stage, StepError};

impl Stage<'_> {
    /// Launches the subject and waits until it is ready.
    pub(crate) async fn start(&mut self, start: &Start) -> Result<(), StepError> {
        if self
            .process
            .as_ref()
            .is_some_and(|process| process.exit().is_none())
        {
            return Err(StepError::ours("the subject is running already"));
        }
        self.change_environment(&start.environment)?;
        if self.profile == Profile::Cli && start.until == Readiness::Ready {
            // It is started by what makes it act.
            return Ok(());
        }
        self.boot += 1;
        let since = self.look(<[_]>::len) as u64;
        let process = self
            .launcher
            .launch(self.boot, &self.observer, &self.recorder)?;
        self.process = Some(process);
        let ready = self
            .become_ready(start.until, since, start.within.unwrap_or(self.boot_within))
            .await;
        if let Some(HarnessFailure { kind, text }) = self.untraced() {
            let text = format!("the subject cannot be run under trace: {text}");
            return Err(HarnessFailure { kind, text }.into());
        }
        ready
    }

    /// Asks the subject to end; kills it when the grace period is over.
    pub(crate) async fn stop(&mut self, within: Option<Duration>) -> Result<(), StepError> {
        let grace = within
            .or(self.manifest.stop_within)
            .unwrap_or(self.cadence.deadline());
        let by = self.manifest.conduct.stop;
        match self.process.as_mut() {
            Some(process) => process.stop(by, grace).await,
            None => return Err(StepError::ours("the subject was never started")),
        }
        self.settle().await;
        Ok(())
    }

    /// Kills the subject.
    pub(super) async fn crash(&mut self) -> Result<(), StepError> {
        match self.process.as_mut() {
            Some(process) => process.crash().await,
            None => return Err(StepError::ours("the subject was never started")),
        }
        self.settle().await;
        self.remove_volatile_files()
    }

    /// Removes what must not outlive a killed process, such as a pid file that names another process by now.
    fn remove_volatile_files(&self) -> Result<(), StepError> {
        for path in self
            .launcher
            .subject
            .kept(&self.launcher.values, |holds| holds == Holds::Volatile)
        {
            self.observer
                .by_harness(&path, || remove_if_there(&path))
                .map_err(StepError::of_io("cannot remove a volatile file"))?;
        }
        Ok(())
    }

    /// Lets the platform read to its end what the ended process had sent, so that it is not taken for its successor's.
    async fn settle(&self) {
        // A connection that another process keeps open must not hold up the scenario.
        let _ = tokio::time::timeout(self.cadence.slack, self.platform.gateway.quiet()).await;
        self.observer.look();
    }

    /// Ends the subject and launches it again on what is left of its disk.
    pub(super) async fn restart(&mut self, restart: &Restart) -> Result<(), StepError> {
        match restart.how {
            How::Stop => self.stop(None).await?,
            How::Crash => self.crash().await?,
        }
        self.prepare_disk(restart.configs).await?;
        self.start(&restart.start).await
    }

    /// Restarts through the platform: tokens are revoked and the secret rotated while the subject is down.
    pub(super) async fn reprovision(&mut self, reprovision: &Reprovision) -> Result<(), StepError> {
        self.stop(None).await?;
        self.platform().revoke_tokens(self.workspace()).await?;
        self.platform().rotate_secret(self.workspace()).await?;
        self.prepare_disk(reprovision.configs).await?;
        self.start(&reprovision.start).await
    }

    async fn prepare_disk(&self, configs: Configs) -> Result<(), StepError> {
        if configs == Configs::Kept {
            return Ok(());
        }
        self.observer
            .by_harness(self.directories.root(), || {
                let kept = self.launcher.subject.kept(&self.launcher.values, |_| true);
                kept.iter().try_for_each(|path| remove_if_there(path))?;
                self.directories.empty_configs()
            })
            .map_err(StepError::of_io("cannot empty the configs directory"))?;
        self.write_configuration()?;
        if configs == Configs::Written {
            self.write_credentials().await?;
        }
        Ok(())
    }
}

fn remove_if_there(path: &std::path::Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
