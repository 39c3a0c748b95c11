//! The scenario language and the judge.
//!
//! A scenario file is parsed, checked and expanded to a [`plan::Plan`]; the judge takes a plan and a journal and says what holds. Neither does I/O on
//! the stage, so that a saved journal gets the same verdict tomorrow.
#![deny(missing_docs)]

pub mod diagnostic;
pub mod judge;
pub mod load;
pub mod manifest;
pub mod plan;
mod reading;
pub mod seed;
mod source;
pub mod waiver;
mod yaml;

pub use reading::{parse_duration, print_duration};
pub use source::Source;
pub use yaml::{Unwritable, write as write_yaml};
