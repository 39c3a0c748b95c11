//! Runs on a live platform: what it offers, what is created there, and how it is given back.

mod guard;
mod lease;
mod news;
mod offers;
mod run;
mod sweeping;

pub use guard::{Breakdown, guarded};
pub use lease::{Lease, LeaseError, LeaseJournal, Leased};
pub use offers::Offers;
pub use run::{LiveError, LiveRun, LiveSettings};
pub use sweeping::{Swept, sweep};
