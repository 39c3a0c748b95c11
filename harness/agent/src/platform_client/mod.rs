//! Every request to the platform goes through here: one place decides on headers, retries and what counts as data.

mod call;
mod client;
mod outcome;

pub(crate) use call::{Call, Purpose};
pub(crate) use client::PlatformClient;
pub(crate) use outcome::{Content, Outcome};
