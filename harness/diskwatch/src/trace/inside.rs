//! Calls between their entry and their exit.

use crate::decode::Transfer;
use crate::event::Call;
use crate::fault::Fired;
use crate::observe::{Located, Place};

/// A call between its entry and its exit.
pub(super) enum Inside {
    /// It is answered as by a kernel without it.
    Refused,
    /// It is on a watched path.
    Watched(Box<Pending>),
}

/// A watched call between its entry and its exit.
pub(super) struct Pending {
    pub(super) call: Call,
    pub(super) target: Located,
    pub(super) other: Option<Located>,
    /// The paths it names, watched or not.
    pub(super) named: Vec<Place>,
    /// The registers as the caller set them.
    pub(super) arguments: [u64; 6],
    pub(super) number: i32,
    pub(super) transfer: Transfer,
    /// What it returns instead of its own result.
    pub(super) forced: Option<i64>,
    /// Which registers were changed and must be put back.
    pub(super) changed: Vec<usize>,
    pub(super) fired: Vec<Fired>,
}
