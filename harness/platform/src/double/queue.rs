//! Messages that wait for a busy workspace (contract 6.1).

use bytes::Bytes;
use protocol::journal::PlatformChange;
use serde::{Deserialize, Serialize};

use super::double::Double;
use super::proxy::{Delivery, Message};
use super::state::{State, is_uuid};
use super::store::body;

/// How often a message is sent again before it is given up.
const ATTEMPTS: u32 = 5;

/// A row of `a2a_queue`; all have the same priority.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct QueueItem {
    id: String,
    workspace: String,
    caller: Option<String>,
    #[serde(with = "body")]
    body: Bytes,
    key: Option<String>,
    attempts: u32,
    status: QueueStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum QueueStatus {
    Queued,
    Dispatched,
    Completed,
    Failed,
}

/// What is queued.
pub(super) struct Waiting<'a> {
    pub(super) workspace: &'a str,
    pub(super) caller: Option<&'a str>,
    pub(super) body: &'a Bytes,
    /// The message id: the same one is queued once while it is active (A2A-079).
    pub(super) key: Option<&'a str>,
}

impl QueueItem {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Waits again if it was on its way.
    pub(super) fn return_to_queue(&mut self) {
        if self.status == QueueStatus::Dispatched {
            self.status = QueueStatus::Queued;
        }
    }
}

impl State {
    /// Forgets the messages of a workspace.
    pub(super) fn forget_queue(&mut self, workspace: &str) {
        self.queue.retain(|item| item.workspace != workspace);
    }
}

impl Double {
    /// Queues a message: its queue id and how many wait for the workspace. `None` if the database refuses the caller,
    /// whose column takes UUIDs only (D-23).
    pub(super) fn enqueue(&self, state: &mut State, waiting: &Waiting<'_>) -> Option<(String, usize)> {
        if waiting.caller.is_some_and(|caller| !is_uuid(caller)) {
            return None;
        }
        let active = state.queue.iter().find(|item| {
            item.workspace == waiting.workspace
                && waiting.key.is_some()
                && item.key.as_deref() == waiting.key
                && matches!(item.status, QueueStatus::Queued | QueueStatus::Dispatched)
        });
        let id = if let Some(item) = active {
            item.id.clone()
        } else {
            let id = uuid::Uuid::new_v4().to_string();
            state.queue.push(QueueItem {
                id: id.clone(),
                workspace: waiting.workspace.to_owned(),
                caller: waiting.caller.map(str::to_owned),
                body: waiting.body.clone(),
                key: waiting.key.map(str::to_owned),
                attempts: 0,
                status: QueueStatus::Queued,
            });
            self.note(waiting.workspace, PlatformChange::Queued(id.clone()));
            id
        };
        let waits =
            |item: &&QueueItem| item.workspace == waiting.workspace && item.status == QueueStatus::Queued;
        Some((id, state.queue.iter().filter(waits).count()))
    }

    /// Sends the oldest waiting message of a workspace again, on its own time.
    pub(super) fn drain_later(&self, workspace: &str) {
        let double = self.clone();
        let workspace = workspace.to_owned();
        tokio::spawn(async move { double.drain(&workspace).await });
    }

    async fn drain(&self, workspace: &str) {
        let Some(item) = self.next_waiting(workspace) else { return };
        self.note(workspace, PlatformChange::Drained(item.id.clone()));
        let message = Message {
            target: item.workspace.clone(),
            caller: item.caller.clone(),
            body: item.body.clone(),
            bounded: true,
            logged: false,
        };
        let delivery = self.proxy(message).await;
        let mut state = self.state();
        let status = match &delivery {
            // A target that is busy again was queued onto this very row, which is then completed: the message is
            // lost (D-14).
            Ok(_) => QueueStatus::Completed,
            Err(_) if item.attempts >= ATTEMPTS => QueueStatus::Failed,
            Err(_) => QueueStatus::Queued,
        };
        if let Some(row) = state.queue.iter_mut().find(|row| row.id == item.id) {
            row.status = status;
        }
        if let Ok(Delivery::Answered { body, .. }) = delivery {
            self.stitch(&mut state, &item.body, &body);
        }
    }

    fn next_waiting(&self, workspace: &str) -> Option<QueueItem> {
        let mut state = self.state();
        let item = state
            .queue
            .iter_mut()
            .find(|item| item.workspace == workspace && item.status == QueueStatus::Queued)?;
        item.status = QueueStatus::Dispatched;
        item.attempts += 1;
        Some(item.clone())
    }
}
