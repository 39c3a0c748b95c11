//! Plain lines on stderr. No caller passes a credential here (ENV-012); credentials cannot be displayed anyway.

use std::fmt::Display;
use std::io::Write as _;

/// Writes one line; a closed stderr is no reason to stop.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "agent: {text}");
}
