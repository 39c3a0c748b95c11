//! Where scenarios come from: the ones built in, a directory, or single files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use protocol::Catalogue;
use scenario::diagnostic::{Diagnostic, render};
use scenario::load::{Requirements, SourceSet, load_sources, read_files};
use scenario::plan::Plan;
use sha2::{Digest as _, Sha256};

/// The catalogue's file in a scenarios directory.
const CATALOGUE: &str = "requirements.yaml";

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

    /// Path below `scenarios/` and text of every file built in.
    pub(super) fn files() -> &'static [(&'static str, &'static str)] {
        FILES
    }
}

#[derive(Debug, Args)]
pub(super) struct LibraryArguments {
    /// Reads the scenarios and the catalogue from this directory instead of the ones built in.
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

/// Where the suite is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuiteSource {
    /// The files built into this binary.
    BuiltIn,
    /// A directory in the shape of `scenarios/`.
    Directory(PathBuf),
}

/// Why a suite could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A directory or file could not be read.
    #[error("proofmark: cannot read `{path}`: {source}", path = path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A scenarios directory without a catalogue judges nothing.
    #[error("proofmark: the scenarios directory has no `requirements.yaml`")]
    NoCatalogue,
    /// Files have mistakes; carries their pictures.
    #[error("{0}")]
    Mistakes(String),
}

/// Everything a run chooses from.
#[derive(Debug)]
pub struct Suite {
    /// The requirements.
    pub catalogue: Arc<Catalogue>,
    /// The suite's scenarios, by name.
    pub plans: Vec<Plan>,
    /// Scenarios of files named one by one.
    pub from_files: Vec<Plan>,
    /// SHA-256 over the suite's files, in hexadecimal.
    pub digest: String,
}

/// Reads and checks a suite, and single files beside it; `colour` is for the pictures of mistakes.
pub fn suite(source: &SuiteSource, files: &[PathBuf], colour: bool) -> Result<Suite, LibraryError> {
    let sources = match source {
        SuiteSource::BuiltIn => SourceSet::new(
            embedded::files()
                .iter()
                .map(|(path, text)| (PathBuf::from(path), Arc::from(*text))),
        ),
        SuiteSource::Directory(path) => {
            SourceSet::read_directory(path).map_err(|source| LibraryError::Read {
                path: path.clone(),
                source,
            })?
        }
    };
    let shown = shown_below(source);
    let mistakes = |mut mistakes: Vec<Diagnostic>| {
        for mistake in &mut mistakes {
            // A file named by itself is shown as it was named.
            if !files.contains(&mistake.file) {
                mistake.file = shown.join(&mistake.file);
            }
        }
        LibraryError::Mistakes(render(&mistakes, colour))
    };
    let listed = sources
        .iter()
        .find(|(path, _)| *path == Path::new(CATALOGUE));
    let Some((path, text)) = listed else {
        return Err(LibraryError::NoCatalogue);
    };
    let catalogue = scenario::load::catalogue(text, path).map_err(&mistakes)?;
    let always_on = scenario::judge::rule_requirements();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &always_on,
    };
    let mut plans = load_sources(&sources, requirements)
        .map_err(&mistakes)?
        .plans;
    let from_files = read_files(files, &sources, requirements)
        .map_err(&mistakes)?
        .plans;
    for plan in &mut plans {
        let of_steps = plan.steps.iter_mut().map(|step| &mut step.position.source);
        for source in of_steps.chain([&mut plan.source]) {
            source.file = shown.join(&source.file);
        }
    }
    Ok(Suite {
        catalogue: Arc::new(catalogue),
        plans,
        from_files,
        digest: digest(&sources),
    })
}

/// What stands before a suite's own paths when people read them.
fn shown_below(source: &SuiteSource) -> PathBuf {
    match source {
        SuiteSource::BuiltIn => PathBuf::from("scenarios"),
        SuiteSource::Directory(path) => path.clone(),
    }
}

fn digest(sources: &SourceSet) -> String {
    let paths: Vec<_> = sources
        .iter()
        .map(|(path, text)| (path.to_string_lossy(), text))
        .collect();
    fingerprint(
        paths
            .iter()
            .flat_map(|(path, text)| [path.as_bytes(), &[0], text.as_bytes(), &[0]]),
    )
}

/// SHA-256 over texts, in hexadecimal.
pub(super) fn fingerprint<'t>(texts: impl IntoIterator<Item = &'t [u8]>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text);
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            use std::fmt::Write as _;
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

impl LibraryArguments {
    pub(super) fn source(&self) -> SuiteSource {
        self.scenarios
            .clone()
            .map_or(SuiteSource::BuiltIn, SuiteSource::Directory)
    }

    pub(super) fn load(&self, files: &[PathBuf], colour: bool) -> Result<Suite, String> {
        suite(&self.source(), files, colour).map_err(|error| error.to_string())
    }
}
