//! The locked state, which is written when the lock is released.

use std::io;
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
    /// Whether the last change is only in memory.
    pub(in crate::double) is_unsaved: bool,
}

impl Kept {
    /// Writes the state if there is a file for it; returns why that failed.
    fn save(&mut self) -> Option<io::Error> {
        let error = self.store.as_mut()?.save(&self.state).err();
        self.is_unsaved = error.is_some();
        error
    }
}

/// Exclusive access to the state.
pub(in crate::double) struct StateGuard<'a> {
    kept: MutexGuard<'a, Kept>,
    recorder: &'a Recorder,
    changed: bool,
}

impl<'a> StateGuard<'a> {
    /// A lock on the state; a file that cannot be written is recorded.
    pub(in crate::double) fn new(kept: MutexGuard<'a, Kept>, recorder: &'a Recorder) -> Self {
        Self {
            kept,
            recorder,
            changed: false,
        }
    }
}

impl StateGuard<'_> {
    /// Whether a restart would find every change so far; what a write left out is written now if that is possible again.
    pub(in crate::double) fn keeps_all(mut self) -> bool {
        !self.kept.is_unsaved || self.kept.save().is_none()
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
        if self.changed
            && let Some(error) = self.kept.save()
        {
            self.recorder.record(Fact::Trouble(format!(
                "the state file cannot be written: {error}"
            )));
        }
    }
}
