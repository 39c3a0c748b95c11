//! What a stand-alone platform reports of its own state: activity rows, statuses and events of the workspaces that stages play on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platform::{OperatorError, Recorder, Tenant};
use protocol::journal::{Event, Fact, PlatformChange};
use tokio::task::JoinHandle;

/// How long one look at the platform's journal waits for more, in seconds.
const WAIT: u64 = 5;
/// Between a look that failed and the next.
const PAUSE: Duration = Duration::from_millis(200);

/// Stages that want to know, by workspace; clones share them.
#[derive(Clone, Default)]
pub(super) struct News {
    listeners: Arc<Mutex<HashMap<String, Recorder>>>,
}

impl News {
    /// Writes what happens to a workspace into a journal from now on.
    pub(super) fn listen(&self, workspace: &str, recorder: &Recorder) {
        self.listeners()
            .insert(workspace.to_owned(), recorder.clone());
    }

    /// Ends that.
    pub(super) fn forget(&self, workspace: &str) {
        self.listeners().remove(workspace);
    }

    /// Looks where the platform's journal ends now, and reads what comes after it until the task is aborted. A read that failed is made up for by
    /// the next, but for the first; if the next fails, too, or it was the first, the stages are told that they may miss something.
    pub(super) async fn follow(self, tenant: Tenant) -> JoinHandle<()> {
        let first = tenant.events(None, 0).await;
        tokio::spawn(self.go_on(tenant, first))
    }

    async fn go_on(self, tenant: Tenant, first: Result<Vec<Event>, OperatorError>) {
        let (mut read, mut seen, mut began, mut failures) = (first, None, false, 0);
        loop {
            match read {
                Ok(events) => {
                    seen = events.last().map(|event| event.seq).or(seen);
                    // What happened before is no news.
                    if began {
                        for event in events {
                            self.tell(event);
                        }
                    } else if failures > 0 {
                        self.complain("the platform's journal could not be read at first");
                    }
                    (began, failures) = (true, 0);
                }
                Err(error) => {
                    failures += 1;
                    if failures == 2 {
                        self.complain(&error.to_string());
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
            read = tenant.events(seen, if began { WAIT } else { 0 }).await;
        }
    }

    fn complain(&self, why: &str) {
        let trouble = Fact::Trouble(format!("what happens on the platform is not told: {why}"));
        for recorder in self.listeners().values() {
            recorder.record(trouble.clone());
        }
    }

    fn tell(&self, event: Event) {
        let Fact::Platform(fact) = event.fact else {
            return;
        };
        // Credentials have other placeholders there; the gateway says itself which of them travelled.
        let is_of_credentials = matches!(
            fact.change,
            PlatformChange::TokenIssued(_)
                | PlatformChange::TokensRevoked(_)
                | PlatformChange::SecretSet(_)
                | PlatformChange::SecretCleared
        );
        let listener = self.listeners().get(&fact.workspace).cloned();
        if let Some(recorder) = listener.filter(|_| !is_of_credentials) {
            recorder.record(Fact::Platform(fact));
        }
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, HashMap<String, Recorder>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for News {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("News").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http::StatusCode;
    use platform::TenantSettings;
    use protocol::journal::PlatformFact;
    use protocol::{Credential, Redactor};

    use super::*;

    const FAILED: Result<u32, StatusCode> = Err(StatusCode::INTERNAL_SERVER_ERROR);

    fn pruned(rows: u32) -> Fact {
        Fact::Platform(PlatformFact {
            workspace: "w".into(),
            change: PlatformChange::ActivityPruned(rows),
        })
    }

    /// The address of a platform whose journal is read like this.
    async fn platform(answers: &'static [Result<u32, StatusCode>]) -> String {
        let reads = Arc::new(AtomicUsize::new(0));
        let journal = async move || match answers.get(reads.fetch_add(1, Ordering::SeqCst)) {
            Some(Ok(rows)) => {
                let event = Event {
                    seq: u64::from(*rows),
                    at_us: 0,
                    fact: pruned(*rows),
                };
                Ok(serde_json::to_string(&event).unwrap())
            }
            Some(Err(status)) => Err(*status),
            None => std::future::pending().await,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(
            async move { axum::serve(listener, axum::Router::new().fallback(journal)).await },
        );
        address
    }

    #[tokio::test]
    async fn a_read_that_failed_is_made_up_for_and_two_are_told() {
        let address = platform(&[Ok(1), FAILED, Ok(2), FAILED, FAILED, Ok(3)]).await;
        let control_token = Some(Credential::new("a-control-token"));
        let settings = TenantSettings {
            control_token,
            ..TenantSettings::at(address, "127.0.0.1")
        };
        let (recorder, news) = (Recorder::start(Redactor::new()), News::default());
        news.listen("w", &recorder);
        news.follow(Tenant::open(&settings).unwrap()).await;
        recorder
            .watch()
            .wait_for(|length| *length >= 3)
            .await
            .unwrap();
        let facts: Vec<Fact> = recorder
            .events()
            .into_iter()
            .map(|event| event.fact)
            .collect();
        assert_eq!((&facts[0], &facts[2]), (&pruned(2), &pruned(3)));
        assert!(matches!(&facts[1], Fact::Trouble(_)), "{facts:?}");
    }

    #[tokio::test]
    async fn what_came_before_a_late_first_read_is_owned_up_to_and_not_told() {
        let address = platform(&[FAILED, Ok(1), Ok(2)]).await;
        let control_token = Some(Credential::new("a-control-token"));
        let settings = TenantSettings {
            control_token,
            ..TenantSettings::at(address, "127.0.0.1")
        };
        let (recorder, news) = (Recorder::start(Redactor::new()), News::default());
        news.listen("w", &recorder);
        news.follow(Tenant::open(&settings).unwrap()).await;
        recorder
            .watch()
            .wait_for(|length| *length >= 2)
            .await
            .unwrap();
        let facts: Vec<Fact> = recorder
            .events()
            .into_iter()
            .map(|event| event.fact)
            .collect();
        assert!(matches!(&facts[0], Fact::Trouble(_)), "{facts:?}");
        assert_eq!(facts[1], pruned(2));
    }
}
