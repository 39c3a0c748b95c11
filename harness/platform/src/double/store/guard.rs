//! The locked state, which is written when it is let go.

use std::ops::{Deref, DerefMut};
use std::sync::MutexGuard;

use protocol::journal::Fact;

use super::Store;
use crate::double::state::State;
use crate::recorder::Recorder;

/// The state, and the file that it is kept in if there is one.
pub(in crate::double) struct Kept {
    pub(in crate::double) state: State,
    pub(in crate::double) store: Option<Store>,
}

/// The state as long as nobody else may touch it.
pub(in crate::double) struct StateGuard<'a> {
    kept: MutexGuard<'a, Kept>,
    recorder: &'a Recorder,
    changed: bool,
}

impl<'a> StateGuard<'a> {
    /// A lock on the state; the recorder hears of a file that cannot be written.
    pub(in crate::double) fn new(kept: MutexGuard<'a, Kept>, recorder: &'a Recorder) -> Self {
        Self { kept, recorder, changed: false }
    }
}

impl Deref for StateGuard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.kept.state
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.changed = true;
        &mut self.kept.state
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        let Kept { state, store } = &mut *self.kept;
        if self.changed
            && let Some(store) = store
            && let Err(error) = store.save(state)
        {
            self.recorder.record(Fact::Trouble(format!("the state file cannot be written: {error}")));
        }
    }
}
