//! The twin of a source directory.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::complaint::Complaint;
use crate::file::File;
use crate::table::{Change, Table};

/// Writes the twin of `source` to `target`, replacing it; `condition` is the path of a function that takes the number of a mistake and says whether it was chosen.
///
/// The comment at the head of `lib.rs` is left out, so that the twin can be included in a crate's root.
pub fn write_twin(
    source: &Path,
    table: &Table,
    target: &Path,
    condition: &str,
) -> Result<(), Vec<Complaint>> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| vec![Complaint::about(path, error)];
    let mut complaints = missing(source, table);
    let mut twins: Vec<(PathBuf, String)> = Vec::new();
    for entry in WalkDir::new(source).sort_by_file_name() {
        let entry = entry.map_err(|error| failed(source, &error))?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path();
        let text = fs::read_to_string(path).map_err(|error| failed(path, &error))?;
        let below = path
            .strip_prefix(source)
            .map_err(|error| failed(path, &error))?;
        let places = table
            .mutations
            .iter()
            .enumerate()
            .flat_map(|(number, mutation)| {
                let here = mutation.places.iter().filter(|place| place.file == below);
                here.map(move |place| (number, mutation, place))
            });
        let mut file = File::new(path, &text).map_err(|complaint| vec![complaint])?;
        for (number, mutation, place) in places {
            if let Err(complaint) = file.change(number, &mutation.name, place) {
                complaints.push(complaint);
            }
        }
        let twin = file.twin(condition);
        twins.push((
            below.to_owned(),
            if below == Path::new("lib.rs") {
                without_head(&twin)
            } else {
                twin
            },
        ));
    }
    if !complaints.is_empty() {
        return Err(complaints);
    }
    if target.exists() {
        fs::remove_dir_all(target).map_err(|error| failed(target, &error))?;
    }
    for (below, text) in twins {
        let path = target.join(below);
        let directory = path.parent().unwrap_or(target);
        fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
        fs::write(&path, text).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// Reports places in files that do not exist.
fn missing(source: &Path, table: &Table) -> Vec<Complaint> {
    let places = table.mutations.iter().flat_map(|mutation| &mutation.places);
    places
        .filter(|place| !source.join(&place.file).is_file())
        .map(|place| {
            let (Change::Replaces { right: code, .. } | Change::Adds(code)) = &place.change;
            code.complaint(format!(
                "there is no file {}",
                source.join(&place.file).display()
            ))
        })
        .collect()
}

fn without_head(text: &str) -> String {
    text.lines()
        .skip_while(|line| line.starts_with("//!"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[cfg(test)]
#[path = "twin_tests.rs"]
mod tests;
