//! The engine behind the `proofmark` command: drives subjects, plays scenarios, reports verdicts.
//!
//! `cli` knows `runner` and `report`; `runner` knows `driver`; `report` sees run events only, and `release` what reports wrote.
#![deny(missing_docs)]

pub mod cli;
pub mod driver;
pub mod exit;
pub mod live;
pub mod release;
pub mod report;
pub mod runner;
