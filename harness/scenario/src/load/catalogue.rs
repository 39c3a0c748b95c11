//! The requirement catalogue: `requirements.yaml`.

use std::path::Path;
use std::sync::Arc;

use protocol::requirement::{CatalogueError, CatalogueFile};
use protocol::{Catalogue, RequirementId};

use super::document::Document;
use crate::diagnostic::{Code, Diagnostic};
use crate::language;
use crate::lowering::shape_mistake;
use crate::plan::Source;

/// Reads and checks a catalogue.
pub fn catalogue(text: &str, file: &Path) -> Result<Catalogue, Vec<Diagnostic>> {
    let source = Source { file: file.to_owned(), text: Arc::from(text) };
    let read: Result<CatalogueFile, _> = language::parse(text);
    let listed = match read {
        Ok(listed) => listed,
        Err(mistake) => return Err(vec![shape_mistake(&Document::plain(source), mistake)]),
    };
    Catalogue::new(listed).map_err(|mistakes| {
        mistakes
            .iter()
            .map(|mistake| {
                Diagnostic::new(Code::Catalogue, &source, place(text, mistake), mistake.to_string())
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
    let found = if last { text.rfind(id.as_str()) } else { text.find(id.as_str()) };
    found.map_or(0..0, |start| start..start + id.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "- id: REG-001\n  bound: runtime\n  level: must\n  since: r0\n  area: Area\n  statement: Do it\n  seen-by: log\n  source: x\n";

    #[test]
    fn entries_are_read_and_counted() {
        let catalogue =
            catalogue(&format!("requirements:\n{ENTRY}"), Path::new("requirements.yaml")).unwrap();
        assert_eq!(catalogue.len(), 1);
    }

    #[test]
    fn a_repeated_number_is_marked_at_its_second_entry() {
        let text = format!("requirements:\n{ENTRY}{ENTRY}");
        let mistakes = catalogue(&text, Path::new("requirements.yaml")).unwrap_err();
        assert_eq!(mistakes.first().map(|mistake| (mistake.code, mistake.span.line)), Some(("S060", 10)));
    }

    #[test]
    fn an_unknown_key_is_marked() {
        let text = format!("requirements:\n{ENTRY}  levle: x\n");
        let mistakes = catalogue(&text, Path::new("requirements.yaml")).unwrap_err();
        assert_eq!(mistakes.first().map(|mistake| (mistake.code, mistake.span.line)), Some(("S002", 10)));
    }
}
