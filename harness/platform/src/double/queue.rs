//! Messages that wait for a busy workspace (contract 6.1).

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::spelling::body;

/// How often a message is sent again before it is given up.
const ATTEMPTS: u32 = 5;

/// Every message that waits or waited, oldest first; all have the same priority.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Queue {
    rows: Vec<QueueItem>,
}

/// A row of `a2a_queue`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct QueueItem {
    pub(super) id: String,
    pub(super) workspace: String,
    pub(super) caller: Option<String>,
    #[serde(with = "body")]
    pub(super) body: Bytes,
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

impl Queue {
    /// Queues a message: its queue id, and whether it is a new one.
    pub(super) fn put(&mut self, waiting: &Waiting<'_>) -> (String, bool) {
        let active = self.rows.iter().find(|item| {
            item.workspace == waiting.workspace
                && waiting.key.is_some()
                && item.key.as_deref() == waiting.key
                && matches!(item.status, QueueStatus::Queued | QueueStatus::Dispatched)
        });
        if let Some(item) = active {
            return (item.id.clone(), false);
        }
        let id = uuid::Uuid::new_v4().to_string();
        self.rows.push(QueueItem {
            id: id.clone(),
            workspace: waiting.workspace.to_owned(),
            caller: waiting.caller.map(str::to_owned),
            body: waiting.body.clone(),
            key: waiting.key.map(str::to_owned),
            attempts: 0,
            status: QueueStatus::Queued,
        });
        (id, true)
    }

    /// How many messages wait for a workspace.
    pub(super) fn depth(&self, workspace: &str) -> usize {
        let waits =
            |item: &&QueueItem| item.workspace == workspace && item.status == QueueStatus::Queued;
        self.rows.iter().filter(waits).count()
    }

    /// The oldest message that waits for a workspace; it is on its way from here on.
    pub(super) fn dispatch(&mut self, workspace: &str) -> Option<QueueItem> {
        let waits = |item: &&mut QueueItem| {
            item.workspace == workspace && item.status == QueueStatus::Queued
        };
        let item = self.rows.iter_mut().find(waits)?;
        item.status = QueueStatus::Dispatched;
        item.attempts += 1;
        Some(item.clone())
    }

    /// Takes the result of a dispatch: a message that was not accepted waits again, up to the limit.
    pub(super) fn settle(&mut self, id: &str, taken: bool) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            row.status = match taken {
                true => QueueStatus::Completed,
                false if row.attempts >= ATTEMPTS => QueueStatus::Failed,
                false => QueueStatus::Queued,
            };
        }
    }

    /// Forgets the messages of a workspace.
    pub(super) fn forget(&mut self, workspace: &str) {
        self.rows.retain(|item| item.workspace != workspace);
    }

    /// Lets everything wait again that was on its way.
    pub(super) fn recall(&mut self) {
        for item in self
            .rows
            .iter_mut()
            .filter(|item| item.status == QueueStatus::Dispatched)
        {
            item.status = QueueStatus::Queued;
        }
    }
}
