//! What lies at the watched paths, and which path a call means.

mod digest;
mod ledger;
mod locate;
mod place;
mod roots;
mod state;

pub use digest::Digest;
pub(crate) use digest::Key;
pub(crate) use ledger::Ledger;
pub(crate) use locate::{Located, Locator, group_of, is_readable};
pub use place::{Change, Place};
pub(crate) use roots::Roots;
pub(crate) use state::Observer;
pub use state::{Content, Kind, State};
