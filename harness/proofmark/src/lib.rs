//! The engine behind the `proofmark` command: drives subjects, plays scenarios, reports verdicts.
//!
//! `cli` knows `runner` and `report`; `runner` knows `driver`; `report` sees run events only; `recording` judges again what reports wrote,
//! and `release` decides by it.
#![deny(missing_docs)]

/// Writes a line to a text, which cannot fail.
macro_rules! line {
    ($text:expr, $($words:tt)+) => {{
        use std::fmt::Write as _;
        let _ = writeln!($text, $($words)+);
    }};
}

pub mod cli;
pub mod driver;
pub mod exit;
pub mod live;
pub mod recording;
pub mod release;
pub mod report;
pub mod runner;
