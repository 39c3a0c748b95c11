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
        let Some(directory) = self.write else {
            let schema = if self.fragment {
                scenario::load::fragment_schema()
            } else if self.runtime {
                scenario::manifest::schema()
            } else if self.waivers {
                scenario::waiver::schema()
            } else {
                scenario::load::scenario_schema()
            };
            output.print(&format!("{schema:#}\n"));
            return Ok(Exit::Conformant);
        };
        for (name, schema) in [
            ("scenario.schema.json", scenario::load::scenario_schema()),
            ("fragment.schema.json", scenario::load::fragment_schema()),
            ("runtime.schema.json", scenario::manifest::schema()),
            ("waivers.schema.json", scenario::waiver::schema()),
        ] {
            let path = directory.join(name);
            std::fs::write(&path, format!("{schema:#}\n"))
                .map_err(|error| format!("proofmark: cannot write `{}`: {error}", path.display()))?;
        }
        Ok(Exit::Conformant)
    }
}
