//! Small notations of the language that other files and the command line share: YAML documents and durations.

use std::time::Duration;

use serde::Serialize;

use crate::language;

/// The value cannot be written as YAML; carries the library's message.
#[derive(Debug, thiserror::Error)]
#[error("cannot write YAML: {0}")]
pub struct Unwritable(String);

/// Writes a value as a YAML document.
pub fn write_yaml<T: Serialize>(value: &T) -> Result<String, Unwritable> {
    language::print(value).map_err(Unwritable)
}

/// Reads `250ms`, `2s` or `1m`; a number alone is not a duration.
pub fn parse_duration(text: &str) -> Option<Duration> {
    language::parse_duration(text)
}
