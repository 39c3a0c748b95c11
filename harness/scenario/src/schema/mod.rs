//! JSON Schema of the two kinds of files, for editors.

mod generate;

pub use generate::{fragment_schema, print, scenario_schema};
