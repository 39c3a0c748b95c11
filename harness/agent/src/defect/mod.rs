//! Seeded defects: deliberate mistakes, each one decision wide, that prove a check can fail.

mod list;
mod seeded;
mod specification;

pub use list::{Defect, all};
pub use specification::{DefectSpecification, UnknownDefect};

pub(crate) use seeded::Seeded;
