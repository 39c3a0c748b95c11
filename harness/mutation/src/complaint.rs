//! Errors in a table, with the line they are on.

use std::fmt;
use std::path::{Path, PathBuf};

/// An error in one line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The table's file.
    pub table: PathBuf,
    /// Counts from one.
    pub line: usize,
    /// What the table says there.
    pub text: String,
    /// What is wrong with it.
    pub message: String,
}

impl Complaint {
    /// An error about a whole file.
    pub(crate) fn about(file: &Path, error: &dyn fmt::Display) -> Self {
        Self {
            table: file.to_owned(),
            line: 1,
            text: String::new(),
            message: error.to_string(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}: {}",
            self.table.display(),
            self.line,
            self.message
        )?;
        if self.text.is_empty() {
            Ok(())
        } else {
            write!(formatter, ": `{}`", self.text)
        }
    }
}
