//! Makes the seeded twin of the reference agent, and the list of what can be seeded.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use mutation::{Complaint, Table, write_twin};

/// The files of the table, in the order of the list.
const AREAS: [&str; 12] = [
    "register",
    "token",
    "secret",
    "gate",
    "edge",
    "source",
    "chat",
    "a2a",
    "heartbeat",
    "delegation",
    "prompt",
    "stop",
];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaints) => {
            for complaint in complaints {
                println!("cargo::error={complaint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Vec<Complaint>> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let source = here.parent().unwrap_or(&here).join("agent/src");
    let files = AREAS.map(|area| here.join("defects").join(area).with_extension("yaml"));
    for read in files.iter().chain([&source]) {
        println!("cargo::rerun-if-changed={}", read.display());
    }
    let table = Table::read(&files).map_err(|complaint| vec![complaint])?;
    write_twin(
        &source,
        &table,
        &out.join("twin"),
        "crate::defect::is_seeded",
    )?;
    write_list(&table, &out.join("defects.rs"));
    Ok(())
}

fn write_list(table: &Table, file: &Path) {
    let mut list = String::from("const ALL: &[DefectSpecification] = &[\n");
    for mutation in &table.mutations {
        let mutation::Mutation {
            name,
            requirement,
            also,
            area,
            summary,
            ..
        } = mutation;
        // Writing to a String cannot fail.
        let _ = writeln!(
            list,
            "DefectSpecification {{ name: {name:?}, requirement: {requirement:?}, also: &{also:?}, area: {area:?}, summary: {summary:?} }},"
        );
    }
    list.push_str("];\n");
    fs::write(file, list).expect("the directory for what is built can be written");
}
