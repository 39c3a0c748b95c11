//! Mistakes in scenario files, shown with the line they stand on.

mod code;
mod render;
mod suggestion;

pub use code::{Code, codes, explain};
pub use render::render;
pub(crate) use suggestion::did_you_mean;
pub use suggestion::nearest;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::source::Source;

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, such as `S012`; see [`codes`].
    pub code: &'static str,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// The file, relative to the directory it was loaded from.
    pub file: PathBuf,
    /// The file's text.
    pub source: Arc<str>,
    /// The marked place.
    pub span: Span,
    /// What is said at the marked place.
    pub label: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// Other places that matter, with what is said there.
    pub context: Vec<(Span, String)>,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Byte offsets.
    pub range: Range<usize>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Span {
    /// The place of a byte range in a text; a range outside is moved to the nearest character inside.
    pub fn new(text: &str, range: Range<usize>) -> Self {
        let start = boundary(text, range.start);
        let end = boundary(text, range.end.max(start));
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self {
            range: start..end,
            line,
            column,
        }
    }
}

impl Diagnostic {
    /// A mistake at a byte range of a source.
    pub(crate) fn new(
        code: Code,
        source: &Source,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.name(),
            message: message.into(),
            file: source.file.clone(),
            source: Arc::clone(&source.text),
            span: Span::new(&source.text, range),
            label: None,
            help: None,
            context: Vec::new(),
        }
    }

    /// Says something at the marked place.
    pub(crate) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// Says what to do.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, if there is something to say.
    pub(crate) fn maybe_help(&mut self, help: Option<String>) -> &mut Self {
        self.help = help;
        self
    }

    /// Marks another place of the same file.
    pub(crate) fn context(&mut self, range: Range<usize>, label: impl Into<String>) -> &mut Self {
        let span = Span::new(&self.source, range);
        self.context.push((span, label.into()));
        self
    }
}

fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_ranges_outside_are_clamped() {
        let span = Span::new("ä: 1\nöö: 2\n", 10..11);
        assert_eq!((span.line, span.column), (2, 3));
        let span = Span::new("äb", 1..400);
        assert_eq!(span.range, 0..3);
    }
}
