//! The table: which mistakes there are, and what each of them makes of the right code.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::{fmt, fs};

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::complaint::Complaint;

/// Holds the mistakes of all files of a table; the place in the list is the number of a mistake.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The mistakes, in the order of the files' names and of the entries.
    pub mutations: Vec<Mutation>,
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The name by which it is chosen.
    pub name: String,
    /// Id of the requirement that a check must see violated.
    pub requirement: String,
    /// Ids of requirements that inevitably break too.
    pub also: Vec<String>,
    /// The part of the program in which it is made: the name of the table's file.
    pub area: String,
    /// What the mistaken program does, as a sentence.
    pub summary: String,
    /// Where the source differs.
    pub places: Vec<Place>,
}

/// A file of the source that a mistake changes, and how.
#[derive(Clone, Debug)]
pub struct Place {
    /// Below the source directory.
    pub file: PathBuf,
    /// What is done to it.
    pub change: Change,
}

/// What a mistake does to a file.
#[derive(Clone, Debug)]
pub enum Change {
    /// Right code, which stands in the file once, is wrong code when the mistake was chosen.
    Replaces {
        /// An expression, or one or several statements.
        right: Code,
        /// What can stand in a block; may be empty.
        wrong: Code,
    },
    /// Items that wrong code uses stand at the end of the file.
    Adds(Code),
}

/// Code in a table.
#[derive(Clone, Debug)]
pub struct Code {
    pub(crate) text: String,
    pub(crate) table: Arc<PathBuf>,
    /// The line of the table on which the code begins.
    pub(crate) line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<String>,
    requirement: String,
    #[serde(default)]
    also: Vec<String>,
    summary: String,
    places: Vec<PlaceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceEntry {
    file: PathBuf,
    right: Option<Spanned<String>>,
    wrong: Option<Spanned<String>>,
    adds: Option<Spanned<String>>,
}

impl Table {
    /// Reads the table's files in their order.
    pub fn read(files: &[PathBuf]) -> Result<Self, Complaint> {
        let mut table = Self::default();
        let mut names = HashSet::new();
        for file in files {
            let failed = |error: &dyn fmt::Display| Complaint::about(file, error);
            let text = fs::read_to_string(file).map_err(|error| failed(&error))?;
            let entries: Vec<Entry> = serde_saphyr::from_str(&text).map_err(|error| {
                let line = error.location().map_or(1, |location| location.line());
                Complaint {
                    line: usize::try_from(line).unwrap_or_default(),
                    ..failed(&error.without_snippet())
                }
            })?;
            let area = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let code = Reader {
                text: &text,
                table: Arc::new(file.clone()),
            };
            for entry in entries {
                let name = code.read(&entry.name);
                if !names.insert(name.text.clone()) {
                    return Err(name.complaint("two mistakes have this name"));
                }
                let places = entry.places.iter().map(|place| code.place(place, &name));
                table.mutations.push(Mutation {
                    places: places.collect::<Result<_, _>>()?,
                    name: name.text,
                    requirement: entry.requirement,
                    also: entry.also,
                    area: area.clone(),
                    summary: entry.summary,
                });
            }
        }
        Ok(table)
    }
}

/// Reads the code in one file of a table.
struct Reader<'a> {
    text: &'a str,
    table: Arc<PathBuf>,
}

impl Reader<'_> {
    fn place(&self, place: &PlaceEntry, name: &Code) -> Result<Place, Complaint> {
        let change = match (&place.right, &place.wrong, &place.adds) {
            (Some(right), Some(wrong), None) => Change::Replaces {
                right: self.read(right),
                wrong: self.read(wrong),
            },
            (None, None, Some(items)) => Change::Adds(self.read(items)),
            _ => {
                return Err(
                    name.complaint("a place has either right and wrong code, or what it adds")
                );
            }
        };
        Ok(Place {
            file: place.file.clone(),
            change,
        })
    }

    fn read(&self, code: &Spanned<String>) -> Code {
        let line = usize::try_from(code.defined.line()).unwrap_or_default();
        // A block begins below the sign that announces it.
        let is_block = self
            .text
            .lines()
            .nth(line - 1)
            .is_some_and(|line| line.ends_with('|'));
        Code {
            text: code.value.clone(),
            table: Arc::clone(&self.table),
            line: line + usize::from(is_block),
        }
    }
}

impl Code {
    pub(crate) fn complaint(&self, message: impl Into<String>) -> Complaint {
        self.complaint_at(0, message)
    }

    /// Reports an error in a line of the code, counted from zero.
    pub(crate) fn complaint_at(&self, line: usize, message: impl Into<String>) -> Complaint {
        Complaint {
            table: self.table.to_path_buf(),
            line: self.line + line,
            text: self
                .text
                .lines()
                .nth(line)
                .unwrap_or_default()
                .trim()
                .to_owned(),
            message: message.into(),
        }
    }
}
