//! The files of a directory.

use crate::diagnostic::Code;
use crate::reading::{Keys, Reader, Record, StagePath, Text, record, words};

record! {
    /// The files of a directory, by their names or by what they are.
    pub(super) struct Whole {
        /// The files of a directory.
        path ["directory"]: String as StagePath,
        /// Names that may be in the directory; `*` stands for any text.
        holds_only: Option<Vec<String>>,
        /// What may be left in the directory of writing the credential files.
        leftovers: Option<Leftovers>,
    }
}

words! {
    /// What may be left of writing.
    enum Leftovers = "rest" {
        /// Nothing.
        None = "none",
    }
}

/// What is said of the files of a directory, with its path.
pub(super) enum Files {
    /// They are these, or some of them.
    Only(String, Vec<String>),
    /// None is left of writing the credential files.
    NoLeftovers(String),
}

/// A statement about a directory.
pub(super) fn take(keys: &mut Keys<'_>, reader: &mut Reader<'_>) -> Option<Files> {
    let Whole {
        path,
        holds_only,
        leftovers,
    } = Whole::take(keys, reader)?;
    match (holds_only, leftovers) {
        (None, Some(Leftovers::None)) => Some(Files::NoLeftovers(path)),
        (Some(holds_only), None) => {
            reader
                .scope
                .texts
                .extend(holds_only.iter().cloned().map(Text::Path));
            Some(Files::Only(path, holds_only))
        }
        (Some(_), Some(_)) => {
            let mark = keys.mark("holds_only");
            reader
                .report(
                    Code::StatementKind,
                    mark,
                    "both `leftovers` and `holds-only`",
                )
                .help("write two steps");
            None
        }
        (None, None) => {
            let mark = keys.mark("directory");
            reader.report(Code::EmptyCondition, mark, "nothing is said of the directory").help(
                    "say `leftovers: none`, or what it may hold: `holds-only: [\".auth_token\", \"config.yaml\"]`",
                );
            None
        }
    }
}
