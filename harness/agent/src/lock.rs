//! Locks of state that stays consistent even if a holder panicked.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock; what is behind it is replaced as a whole, so poisoning means nothing.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
