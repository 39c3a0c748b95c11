//! All scenarios of a directory, or some single files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::scenario::{Unit, read_scenario};
use super::source_set::SourceSet;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::Plan;
use crate::reading::{Fragments, Requirements};
use crate::source::Source;

/// The folder whose files are fragments.
const FRAGMENTS: &str = "fragments";
/// The catalogue's file at the root.
const CATALOGUE: &str = "requirements.yaml";

/// Plans with unique names, in order of file and matrix.
#[derive(Debug, Clone)]
pub struct Library {
    /// The plans.
    pub plans: Vec<Plan>,
}

/// Reads a scenarios directory; what cannot be read is a diagnostic too.
pub fn load(root: &Path, requirements: Requirements<'_>) -> Result<Library, Vec<Diagnostic>> {
    match SourceSet::read_directory(root) {
        Ok(sources) => load_sources(&sources, requirements),
        Err(error) => Err(vec![unreadable(root, &error)]),
    }
}

/// Reads every scenario of a set; reports the mistakes of all files.
pub fn load_sources(
    sources: &SourceSet,
    requirements: Requirements<'_>,
) -> Result<Library, Vec<Diagnostic>> {
    let fragments = fragments(sources);
    let mut scenarios = Vec::new();
    let mut diagnostics = Vec::new();
    for (path, text) in sources.iter() {
        let source = Source::new(path, Arc::clone(text));
        match path.components().count() {
            1 if path == Path::new(CATALOGUE) => {}
            2 if path.starts_with(FRAGMENTS) => {}
            2 => scenarios.push(source),
            _ => {
                let help =
                    Some("scenarios lie in a folder for their area: `token/rotation.yaml`".into());
                let message = "a file lies where no scenario belongs";
                diagnostics.push(Diagnostic {
                    help,
                    ..Diagnostic::new(Code::Unread, &source, 0..0, message)
                });
            }
        }
    }
    gather(&scenarios, &fragments, requirements, diagnostics)
}

/// Reads single files, wherever they lie; fragments come from the scenarios directory.
pub fn read_files(
    files: &[PathBuf],
    root: &SourceSet,
    requirements: Requirements<'_>,
) -> Result<Library, Vec<Diagnostic>> {
    let mut scenarios = Vec::new();
    let mut diagnostics = Vec::new();
    for file in files {
        match std::fs::read_to_string(file) {
            Ok(text) => scenarios.push(Source::new(with_area(file), text)),
            Err(error) => diagnostics.push(unreadable(file, &error)),
        }
    }
    gather(&scenarios, &fragments(root), requirements, diagnostics)
}

/// Reads one scenario from memory; its area is the parent folder of the name.
pub fn parse(
    file_name: &str,
    text: &str,
    fragments: &SourceSet,
    requirements: Requirements<'_>,
) -> Result<Vec<Plan>, Vec<Diagnostic>> {
    let source = Source::new(file_name, text);
    let fragments = self::fragments(fragments);
    read_scenario(Unit {
        source: &source,
        fragments: &fragments,
        requirements,
    })
}

fn fragments(sources: &SourceSet) -> Fragments {
    sources
        .iter()
        .filter(|(path, _)| path.starts_with(FRAGMENTS))
        .filter_map(|(path, text)| {
            let stem = path.file_stem()?.to_string_lossy().into_owned();
            Some((stem, Source::new(path, Arc::clone(text))))
        })
        .collect()
}

fn gather(
    scenarios: &[Source],
    fragments: &Fragments,
    requirements: Requirements<'_>,
    mut diagnostics: Vec<Diagnostic>,
) -> Result<Library, Vec<Diagnostic>> {
    let mut plans: Vec<Plan> = Vec::new();
    for source in scenarios {
        match read_scenario(Unit {
            source,
            fragments,
            requirements,
        }) {
            Ok(more) => plans.extend(more),
            Err(mistakes) => {
                for mistake in mistakes {
                    if !diagnostics.contains(&mistake) {
                        diagnostics.push(mistake);
                    }
                }
            }
        }
    }
    let mut names: BTreeMap<&str, &Source> = BTreeMap::new();
    for plan in &plans {
        if let Some(other) = names.insert(&plan.name, &plan.source) {
            let message = format!("two scenarios are called `{}`", plan.name);
            let help = Some(format!("the other one is in `{}`", other.file.display()));
            let diagnostic = Diagnostic::new(Code::RepeatedScenario, &plan.source, 0..0, message);
            diagnostics.push(Diagnostic { help, ..diagnostic });
        }
    }
    if diagnostics.is_empty() {
        Ok(Library { plans })
    } else {
        Err(diagnostics)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let source = Source::new(path, "");
    Diagnostic::new(
        Code::Unread,
        &source,
        0..0,
        format!("`{}` cannot be read: {error}", path.display()),
    )
}

/// A file named without its folder lies in the folder at hand, whose name is the area.
fn with_area(file: &Path) -> PathBuf {
    let bare = file
        .parent()
        .is_none_or(|parent| parent.as_os_str().is_empty());
    if bare && let Ok(whole) = std::path::absolute(file) {
        whole
    } else {
        file.to_owned()
    }
}
