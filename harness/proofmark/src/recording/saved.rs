//! A run's directory, and what is wrong with one.

use std::io;
use std::path::{Path, PathBuf};

use scenario::judge::Terms;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::report::{RESULT_FORMAT, ResultDocument, ResultError};

/// A saved run.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its directory, as typed.
    pub directory: PathBuf,
    /// Its `result.json`.
    pub result: ResultDocument,
    /// What the subject was held to.
    pub terms: Terms,
    /// The day of the run, as `YYYY-MM-DD` in UTC: waivers are as good as they were then.
    pub day: String,
}

/// Why a directory cannot be judged again.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}; `proofmark run --out DIR` makes a directory that can be judged again", file.display())]
    Read {
        /// Which one.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is not what a run writes.
    #[error("{}:{line}: this is no result of a run: {problem}", file.display())]
    Broken {
        /// Which one.
        file: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// It is of another version.
    #[error(
        "`{}` has the format {found}, and this Proofmark reads {RESULT_FORMAT}; judge it with the Proofmark that wrote it ({by})",
        file.display()
    )]
    Format {
        /// Which one.
        file: PathBuf,
        /// Its format.
        found: u64,
        /// The version of Proofmark it names.
        by: String,
    },
    /// When the run began cannot be understood.
    #[error("`{}`: the identity's `started` cannot be read: {problem}", file.display())]
    Started {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl Recording {
    /// Reads a run's `result.json`; its journals are read one by one when they are judged.
    pub fn read(directory: &Path) -> Result<Self, RecordingError> {
        let file = directory.join("result.json");
        let result = read_result(&file)?;
        let identity = &result.identity;
        let started = OffsetDateTime::parse(&identity.started, &Rfc3339)
            .map_err(|error| RecordingError::Started {
                file,
                problem: error.to_string(),
            })?
            .to_offset(time::UtcOffset::UTC);
        let day = started.date().to_string();
        let terms = Terms {
            revision: identity.claims.revision,
            strict: identity.strict,
        };
        Ok(Self {
            directory: directory.to_owned(),
            terms,
            day,
            result,
        })
    }
}

/// Reads a `result.json`.
pub fn read_result(file: &Path) -> Result<ResultDocument, RecordingError> {
    let text = std::fs::read_to_string(file).map_err(|source| RecordingError::Read {
        file: file.to_owned(),
        source,
    })?;
    ResultDocument::read(&text).map_err(|error| match error {
        ResultError::Shape(error) => RecordingError::Broken {
            file: file.to_owned(),
            line: error.line(),
            problem: super::journal::problem(&error),
        },
        ResultError::Format { found, by } => RecordingError::Format {
            file: file.to_owned(),
            found,
            by: by.unwrap_or_else(|| "unknown version".to_owned()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("result.json");
        std::fs::write(&file, text).unwrap();
        let error = read_result(&file).unwrap_err().to_string();
        error.replace(&directory.path().display().to_string(), "DIR")
    }

    #[test]
    fn another_format_is_refused_before_its_shape_is_looked_at() {
        assert_eq!(
            refused(r#"{"format": 1, "identity": {"proofmark": "0.0.7"}}"#),
            "`DIR/result.json` has the format 1, and this Proofmark reads 3; judge it with the Proofmark that wrote it (0.0.7)"
        );
    }

    #[test]
    fn what_is_no_result_is_refused_with_its_line() {
        assert_eq!(
            refused("{\n\"format\": 3,\n"),
            "DIR/result.json:3: this is no result of a run: it is cut short"
        );
        assert_eq!(
            refused("{\"format\": 3}"),
            "DIR/result.json:1: this is no result of a run: missing field `identity`"
        );
        assert_eq!(
            refused("[]"),
            "DIR/result.json:1: this is no result of a run: invalid length 0, expected struct Versioned with 2 elements"
        );
    }
}
