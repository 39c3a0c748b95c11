//! The requirement catalogue: `requirements.yaml`.

use std::path::Path;

use protocol::requirement::{CatalogueError, CatalogueFile};
use protocol::{Bound, Catalogue, Level, Requirement, RequirementId, Revision};
use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::reading::{Read, Reader, Schema, record, words};
use crate::source::Source;
use crate::yaml::Node;

record! {
    /// A list under one key.
    struct File {
        /// Every requirement, in the contract's order.
        requirements: Vec<Requirement> as Vec<Entry>,
    }

    /// One numbered sentence of the contract.
    struct Entry {
        /// Its number, ours for good.
        id: String,
        /// Whom it binds.
        bound: Bound,
        /// How strongly.
        level: Level,
        /// The first revision in which it binds.
        since: Revision,
        /// The heading it stands under.
        area: String,
        /// The sentence.
        statement: String,
        /// How a black box sees a violation.
        seen_by: String,
        /// Where the contract was read.
        source: String,
        /// Whether the upstream implementation itself is known to violate it.
        broken_upstream: bool = false,
    }
}

words!(for Bound);

/// The words are those of standards, in small letters: `must-not`.
impl Read for Level {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node)?;
        let levels = [Self::Must, Self::MustNot, Self::Should, Self::May];
        let found = levels
            .into_iter()
            .find(|level| level.name().to_lowercase().replace(' ', "-") == text);
        if found.is_none() {
            reader
                .report(
                    Code::UnknownWord,
                    &node.mark,
                    format!("unknown level `{text}`"),
                )
                .help("known are `must`, `must-not`, `should`, `may`");
        }
        found
    }
}

impl Read<Requirement> for Entry {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Requirement> {
        let Self {
            id,
            bound,
            level,
            since,
            area,
            statement,
            seen_by,
            source,
            broken_upstream,
        } = reader.record(node)?;
        let id = RequirementId::new(id);
        Some(Requirement {
            id,
            bound,
            level,
            since,
            area,
            statement,
            seen_by,
            source,
            broken_upstream,
        })
    }

    fn shape(schema: &mut Schema) -> Value {
        <Self as Read>::shape(schema)
    }
}

/// Reads and checks a catalogue.
pub fn catalogue(text: &str, file: &Path) -> Result<Catalogue, Vec<Diagnostic>> {
    let source = Source::new(file, text);
    let File { requirements } = Reader::file(source.clone(), |file: File, _, _| file)?;
    Catalogue::new(CatalogueFile { requirements }).map_err(|mistakes| {
        mistakes
            .iter()
            .map(|mistake| {
                Diagnostic::new(
                    Code::Catalogue,
                    &source,
                    place(text, mistake),
                    mistake.to_string(),
                )
            })
            .collect()
    })
}

/// Entries are found again by their number; of a repeated one the last is meant.
fn place(text: &str, mistake: &CatalogueError) -> std::ops::Range<usize> {
    let (id, last): (&RequirementId, bool) = match mistake {
        CatalogueError::Duplicate(id) => (id, true),
        CatalogueError::Misshapen(id) | CatalogueError::Blank(id, _) => (id, false),
        CatalogueError::Empty => return 0..0,
    };
    let found = if last {
        text.rfind(id.as_str())
    } else {
        text.find(id.as_str())
    };
    found.map_or(0..0, |start| start..start + id.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "- id: REG-001\n  bound: runtime\n  level: must\n  since: r0\n  area: Area\n  statement: Do it\n  seen-by: log\n  source: x\n";

    #[test]
    fn entries_are_read_and_counted() {
        let catalogue = catalogue(
            &format!("requirements:\n{ENTRY}"),
            Path::new("requirements.yaml"),
        )
        .unwrap();
        assert_eq!(catalogue.len(), 1);
    }

    #[test]
    fn a_repeated_number_is_marked_at_its_second_entry() {
        let text = format!("requirements:\n{ENTRY}{ENTRY}");
        let mistakes = catalogue(&text, Path::new("requirements.yaml")).unwrap_err();
        assert_eq!(
            mistakes
                .first()
                .map(|mistake| (mistake.code, mistake.span.line)),
            Some(("S060", 10))
        );
    }

    #[test]
    fn an_unknown_key_is_marked() {
        let text = format!("requirements:\n{ENTRY}  levle: x\n");
        let mistakes = catalogue(&text, Path::new("requirements.yaml")).unwrap_err();
        assert_eq!(
            mistakes
                .first()
                .map(|mistake| (mistake.code, mistake.span.line)),
            Some(("S002", 10))
        );
    }
}
