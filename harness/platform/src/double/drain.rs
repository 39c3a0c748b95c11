//! Sending what waits in the queue to a workspace that was busy (contract 6.1).

use protocol::journal::PlatformChange;

use super::double::Double;
use super::proxy::{Delivery, Message};

impl Double {
    /// Sends the oldest waiting message of a workspace again, on its own time.
    pub(super) fn drain_later(&self, workspace: &str) {
        let double = self.clone();
        let workspace = workspace.to_owned();
        tokio::spawn(async move { double.drain(&workspace).await });
    }

    async fn drain(&self, workspace: &str) {
        let Some(item) = self.state().queue.dispatch(workspace) else {
            return;
        };
        self.note(workspace, PlatformChange::Drained(item.id.clone()));
        let message = Message {
            target: item.workspace,
            caller: item.caller,
            body: item.body.clone(),
            bounded: true,
            logged: false,
        };
        let delivery = self.proxy(message).await;
        let mut state = self.state();
        // A target that is busy again was queued onto this very row, which is then completed: the message is lost (D-14).
        state.queue.settle(&item.id, delivery.is_ok());
        if let Ok(Delivery::Answered { body, .. }) = delivery {
            self.stitch(&mut state, &item.body, &body);
        }
    }
}
