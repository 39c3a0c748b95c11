//! From a set of files to plans.

mod catalogue;
mod library;
mod scenario;
mod source_set;

pub use catalogue::catalogue;
pub use library::{Library, load, load_sources, parse, read_files};
pub use scenario::{fragment_schema, scenario_schema};
pub use source_set::SourceSet;

pub use crate::reading::Requirements;

#[cfg(test)]
mod bad_scenarios;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod schemas;
#[cfg(test)]
pub(crate) mod tests;
