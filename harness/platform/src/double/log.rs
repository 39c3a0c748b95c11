//! Writing to the activity log (contract 4.13).

use protocol::Revision;
use protocol::journal::PlatformChange;
use serde_json::{Value, json};

use super::activity::ActivityRow;
use super::double::Double;
use super::state::State;

/// Rows that are kept at least, of all workspaces together: upstream deletes the old ones by their age.
const ROWS: usize = 10_000;

impl Double {
    /// Inserts a row; one that the database refuses is lost silently. Returns whether it was stored.
    pub(super) fn log(&self, state: &mut State, row: ActivityRow) -> bool {
        let stored = row.storable();
        if stored {
            self.note(
                &row.workspace_id,
                PlatformChange::Activity(self.redacted(&row.shown())),
            );
            if state.activity.len() / 2 >= ROWS {
                state.activity.drain(..ROWS);
            }
            state.activity.push(row);
        }
        stored
    }

    /// Inserts a row and broadcasts it (`LogActivity`); bodies travel with the event from r1 on.
    pub(super) fn log_and_tell(&self, state: &mut State, row: ActivityRow) {
        let mut payload = json!({
            "activity_type": row.activity_type,
            "method": row.method,
            "summary": row.summary,
            "status": row.status,
            "source_id": row.source_id,
            "target_id": row.target_id,
            "duration_ms": row.duration_ms,
        });
        if self.speaks(Revision::R1)
            && let Value::Object(fields) = &mut payload
        {
            row.add_bodies(fields);
        }
        let workspace = row.workspace_id.clone();
        if self.log(state, row) {
            self.broadcast(state, &workspace, "ACTIVITY_LOGGED", payload);
        }
    }
}
