//! The scenario language and the judge.
//!
//! A scenario file is parsed, checked and expanded to a [`plan::Plan`]; the judge takes a plan and a journal and says what holds. Neither does I/O on
//! the stage, so that a saved journal gets the same verdict tomorrow.
#![deny(missing_docs)]

pub mod diagnostic;
pub mod judge;
mod language;
pub mod load;
mod lowering;
pub mod manifest;
pub mod notation;
pub mod plan;
pub mod schema;
pub mod seed;
pub mod waiver;
