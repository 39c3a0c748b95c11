//! The locked state, which is written when it is let go.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::journal::Fact;

use super::Store;
use crate::double::state::State;
use crate::recorder::Recorder;

/// The state as long as nobody else may touch it.
pub(in crate::double) struct StateGuard<'a> {
    state: MutexGuard<'a, State>,
    file: Option<(&'a Mutex<Store>, &'a Recorder)>,
}

impl<'a> StateGuard<'a> {
    /// A lock on the state, and the file to write it to if there is one.
    pub(in crate::double) fn new(
        state: MutexGuard<'a, State>,
        file: Option<(&'a Mutex<Store>, &'a Recorder)>,
    ) -> Self {
        Self { state, file }
    }
}

impl Deref for StateGuard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        if let Some((store, recorder)) = self.file
            && let Err(error) = store.lock().unwrap_or_else(PoisonError::into_inner).save(&self.state)
        {
            recorder.record(Fact::Trouble(format!("the state file cannot be written: {error}")));
        }
    }
}
