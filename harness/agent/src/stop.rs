//! The end of a run, asked for by a signal.

use std::time::Duration;

use tokio::sync::watch;

/// Ends the run, and lets every loop notice it.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Waits for the end of the run.
    pub(crate) async fn requested(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }

    /// Lets time pass; true if the run ended meanwhile.
    pub(crate) async fn during(&self, pause: Duration) -> bool {
        tokio::time::timeout(pause, self.requested()).await.is_ok()
    }
}
