//! JSON Schema of the two kinds of files, for editors.

mod generate;

pub(crate) use generate::schema as schema_of;
pub use generate::{fragment_schema, print, scenario_schema};
