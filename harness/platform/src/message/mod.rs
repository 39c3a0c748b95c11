//! HTTP messages as a journal keeps them: bodies read whole up to a limit, headers and texts redacted.

mod carried;
pub(crate) mod dial;
mod pending;
mod transcript;

pub(crate) use carried::{Carried, Passed, Tally, take, take_within};
pub(crate) use pending::{ExchangeNumber, Pending};
pub(crate) use transcript::{body_fact, header_facts, note_malformed, request_fact, take_or_note};
