//! The end of a run: asked for by a signal, or forced by an error.

use std::time::Duration;

use tokio::sync::watch;

/// Says why a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Asked,
    Fatal(String),
}

/// Lets any room end the run, and every loop notice it.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<Option<Ending>>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    pub(crate) fn ask(&self) {
        self.end(Ending::Asked);
    }

    pub(crate) fn fail(&self, reason: impl Into<String>) {
        self.end(Ending::Fatal(reason.into()));
    }

    fn end(&self, ending: Ending) {
        self.0.send_if_modified(|current| {
            let first = current.is_none();
            current.get_or_insert(ending);
            first
        });
    }

    /// Waits for the end of the run and says why it came.
    pub(crate) async fn requested(&self) -> Ending {
        let mut receiver = self.0.subscribe();
        let ending = receiver.wait_for(Option::is_some).await.ok().and_then(|ending| ending.clone());
        // The sender lives in `self`, so waiting cannot fail.
        ending.unwrap_or(Ending::Asked)
    }

    /// Lets time pass; true if the run ended meanwhile.
    pub(crate) async fn during(&self, pause: Duration) -> bool {
        tokio::time::timeout(pause, self.requested()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_reason_wins() {
        let stop = Stop::new();
        assert!(!stop.during(Duration::from_millis(1)).await);
        stop.fail("no port");
        stop.ask();
        assert_eq!(stop.requested().await, Ending::Fatal("no port".to_owned()));
    }
}
