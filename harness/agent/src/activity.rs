//! What the agent is busy with: the source of `active_tasks` and `current_task` (HB-008).

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::lock::held;

/// Counts running messages; clones share one count.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    running: Arc<Mutex<Vec<(u64, String)>>>,
    count: Arc<watch::Sender<usize>>,
    next: Arc<Mutex<u64>>,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self { running: Arc::default(), count: Arc::new(watch::Sender::new(0)), next: Arc::default() }
    }

    /// Announces a task; it ends when the guard is dropped.
    pub(crate) fn begin(&self, description: &str) -> Busy {
        let mut next = held(&self.next);
        *next += 1;
        let mut running = held(&self.running);
        running.push((*next, description.to_owned()));
        self.count.send_replace(running.len());
        Busy { activity: self.clone(), number: *next }
    }

    pub(crate) fn active_tasks(&self) -> usize {
        held(&self.running).len()
    }

    /// Describes the oldest running task; empty when idle.
    pub(crate) fn current_task(&self) -> String {
        held(&self.running).first().map(|(_, description)| description.clone()).unwrap_or_default()
    }

    /// Waits until nothing runs.
    pub(crate) async fn idle(&self) {
        // Waiting fails only without a sender, and the sender is here.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// Stands for one running task.
#[derive(Debug)]
pub(crate) struct Busy {
    activity: Activity,
    number: u64,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut running = held(&self.activity.running);
        running.retain(|(number, _)| *number != self.number);
        self.activity.count.send_replace(running.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_are_counted_while_their_guards_live() {
        let activity = Activity::new();
        let first = activity.begin("first");
        let second = activity.begin("second");
        assert_eq!((activity.active_tasks(), activity.current_task()), (2, "first".to_owned()));
        drop(first);
        assert_eq!(activity.current_task(), "second");
        drop(second);
        activity.idle().await;
        assert_eq!((activity.active_tasks(), activity.current_task()), (0, String::new()));
    }
}
