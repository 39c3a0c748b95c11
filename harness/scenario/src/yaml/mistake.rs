//! Mistakes that end the reading of a text, in words for its author.

use serde_saphyr::Error;

use super::node;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Document;

/// The library's mistake with place, label and help.
pub(super) fn diagnostic(document: &Document, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let text = &document.text;
    let mark = match error.location() {
        Some(location) if location.span().byte_offset().is_some() => node::mark(&location),
        Some(location) => {
            let start = offset(text, location.line(), location.column());
            start..start
        }
        None => 0..0,
    };
    let source = &document.source;
    let range = document.widened(&mark);
    if let Error::DuplicateMappingKey { key, .. } = error {
        let key = key.as_deref().unwrap_or("this key");
        let message = format!("the key `{key}` stands twice in one map");
        let mut diagnostic = Diagnostic::new(Code::RepeatedKey, source, range, message);
        diagnostic.label("again here").help("take one of them away");
        return diagnostic;
    }
    let message = plain(error);
    let help = if message.contains("tab") {
        Some("indent with spaces".into())
    } else {
        document
            .beginning(&mark)
            .or_else(|| document.unquoted_variable(&mark))
    };
    Diagnostic {
        help,
        ..Diagnostic::new(Code::Syntax, source, range, message)
    }
}

/// The library's sentence without its place, which the picture shows.
fn plain(error: &Error) -> String {
    match error {
        Error::MultipleDocuments { .. } => {
            "a second document begins here; one file holds one".into()
        }
        other => {
            let text = other.render();
            match text.rfind(" at line ") {
                Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
                None => text,
            }
        }
    }
}

fn offset(text: &str, line: u64, column: u64) -> usize {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let inside = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = text.get(start..).unwrap_or_default();
    start
        + line
            .chars()
            .take_while(|&c| c != '\n')
            .take(inside)
            .map(char::len_utf8)
            .sum::<usize>()
}
