//! `proofmark schema`: the JSON Schema that editors complete scenario files by.

use std::path::PathBuf;

use clap::Args;

use super::complaint::Complaint;
use super::output::Output;
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// Prints the schema of fragments instead.
    #[arg(long, conflicts_with = "runtime")]
    fragment: bool,
    /// Prints the schema of a runtime's manifest instead.
    #[arg(long, conflicts_with = "waivers")]
    runtime: bool,
    /// Prints the schema of a waiver file instead.
    #[arg(long, conflicts_with = "fragment")]
    waivers: bool,
    /// Writes all schemas into this directory instead of printing one.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

impl SchemaArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        let mut schemas = [
            (self.fragment, "fragment", scenario::load::fragment_schema()),
            (self.runtime, "runtime", scenario::manifest::schema()),
            (self.waivers, "waivers", scenario::waiver::schema()),
            (true, "scenario", scenario::load::scenario_schema()),
        ]
        .into_iter();
        let Some(directory) = self.write else {
            if let Some((_, _, schema)) = schemas.find(|(is_wanted, _, _)| *is_wanted) {
                output.print(&format!("{schema:#}\n"));
            }
            return Ok(Exit::Conformant);
        };
        for (_, name, schema) in schemas {
            let path = directory.join(format!("{name}.schema.json"));
            std::fs::write(&path, format!("{schema:#}\n")).map_err(|error| {
                format!("proofmark: cannot write `{}`: {error}", path.display())
            })?;
        }
        Ok(Exit::Conformant)
    }
}
