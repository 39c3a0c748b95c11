//! What a stand-alone platform tells of its own state: activity rows, statuses and events of the workspaces that stages play on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use platform::{Recorder, Tenant};
use protocol::journal::{Event, Fact, PlatformChange};

/// How long one look at the platform's journal waits for more, in seconds.
const WAIT: u64 = 5;

/// Stages that want to know, by workspace; clones share them.
#[derive(Clone, Default)]
pub(super) struct News {
    listeners: Arc<Mutex<HashMap<String, Recorder>>>,
}

impl News {
    /// Writes what happens to a workspace into a journal from now on.
    pub(super) fn listen(&self, workspace: &str, recorder: &Recorder) {
        self.listeners().insert(workspace.to_owned(), recorder.clone());
    }

    /// Ends that.
    pub(super) fn forget(&self, workspace: &str) {
        self.listeners().remove(workspace);
    }

    /// Reads the platform's journal as long as it can be read.
    pub(super) async fn follow(self, tenant: Tenant) {
        // What happened before is nobody's news.
        let mut seen = match tenant.events(None, 0).await {
            Ok(events) => events.last().map(|event| event.seq),
            Err(_) => return,
        };
        while let Ok(events) = tenant.events(seen, WAIT).await {
            for event in events {
                seen = Some(event.seq);
                self.tell(event);
            }
        }
    }

    fn tell(&self, event: Event) {
        let Fact::Platform(fact) = event.fact else { return };
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
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for News {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("News").finish_non_exhaustive()
    }
}
