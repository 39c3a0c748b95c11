//! The reference agent with mistakes: the twin of its source that the build makes of the table in `defects`.
//!
//! Without a defect it does what the clean one does, and is held to the same tests.

// Code that is wrong on purpose has no good style.
#![allow(warnings)]

mod defect;

pub use defect::{Defect, DefectSpecification, UnknownDefect, defects};

include!(concat!(env!("OUT_DIR"), "/twin/lib.rs"));
