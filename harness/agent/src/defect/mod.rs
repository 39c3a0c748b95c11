//! Seeded defects: deliberate mistakes, each one decision wide, that prove a check can fail.

mod list;
mod name;
mod seeded;

pub use list::{Defect, DefectSpecification, all};
pub use name::UnknownDefect;

pub(crate) use seeded::Seeded;
