//! The text a file was read from, and what was put into it before it was parsed.

mod document;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use document::{Document, placeholders};

/// The text of a file.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, relative to the directory the scenarios were loaded from, or as typed.
    pub file: PathBuf,
    /// Its text.
    pub text: Arc<str>,
}

impl Source {
    /// A text and the name it is shown under.
    pub fn new(file: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
        }
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

impl Eq for Source {}
