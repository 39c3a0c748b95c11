//! From a set of files to plans.

mod catalogue;
mod document;
mod library;
mod source_set;

pub use catalogue::catalogue;
pub(crate) use document::{Document, placeholders};
pub use library::{Library, load, load_sources, parse, read_files};
pub use source_set::SourceSet;

pub use crate::lowering::Requirements;

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod tests;
