//! Results of delegated tasks: fetched after each heartbeat, written down once, announced without quoting them.

mod announce;
mod collect;
mod result;
mod seen;

pub(crate) use collect::collect;
