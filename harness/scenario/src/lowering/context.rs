//! What lowering carries along, and how it reports.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::mistake::shape_mistake;
use super::requirement::{Cited, Requirements};
use super::scope::Scope;
use crate::diagnostic::{Code, Diagnostic};
use crate::language::{Located, Mistake};
use crate::load::{Document, placeholders};
use crate::plan::{CrashPoints, Position, Source, Step};

/// Fragment files by stem.
pub(crate) type Fragments = BTreeMap<String, Source>;

/// The state of lowering one scenario.
pub(crate) struct Context<'a> {
    /// What may be cited.
    pub(crate) requirements: Requirements<'a>,
    /// What may be used.
    pub(crate) fragments: &'a Fragments,
    /// The scenario's file.
    pub(crate) file: PathBuf,
    /// The text at hand: the scenario's, or a fragment's.
    pub(crate) document: Arc<Document>,
    /// Fragments being inserted, outermost first.
    pub(crate) inserting: Vec<String>,
    /// What is known at this step.
    pub(crate) scope: Scope,
    /// Steps so far.
    pub(crate) steps: Vec<Step>,
    /// The files before whose every write the subject is killed, where a step says so.
    pub(crate) crash_points: Option<CrashPoints>,
    /// Numbers cited so far.
    pub(crate) cited: Vec<Cited>,
    /// Mistakes so far.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Context<'_> {
    /// Reports a mistake at a value; `shape` adds label and help.
    pub(crate) fn report<T>(
        &mut self,
        code: Code,
        at: &Located<T>,
        message: impl Into<String>,
        shape: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        self.report_at(code, &at.mark, message, shape);
    }

    /// Reports a mistake at a range of the text at hand.
    pub(crate) fn report_at(
        &mut self,
        code: Code,
        mark: &Range<usize>,
        message: impl Into<String>,
        shape: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        if self.stays_open(mark) {
            return;
        }
        let range = widened(&self.document.source.text, self.document.original(mark));
        let diagnostic = shape(Diagnostic::new(code, &self.document.source, range, message));
        self.push(diagnostic);
    }

    /// Whether a placeholder without value is in the marked text; that was reported, and what it leads to is not worth a word.
    fn stays_open(&self, mark: &Range<usize>) -> bool {
        !placeholders(self.document.text.get(mark.clone()).unwrap_or_default()).is_empty()
    }

    /// Keeps a mistake that ended the reading of the text at hand.
    pub(crate) fn push_shape(&mut self, mistake: Mistake) {
        if placeholders(&self.document.text).is_empty() {
            let diagnostic = shape_mistake(&self.document, mistake);
            self.push(diagnostic);
        }
    }

    /// Keeps a mistake, once.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether the text at hand is a fragment.
    pub(crate) fn in_fragment(&self) -> bool {
        !self.inserting.is_empty()
    }

    /// Where a step stands.
    pub(crate) fn position(&self, mark: &Range<usize>) -> Position {
        let source = &self.document.source;
        let range = widened(&source.text, self.document.original(mark));
        let span = crate::diagnostic::Span::new(&source.text, range);
        let fragment = self.in_fragment().then(|| source.clone());
        Position { fragment, line: span.line, column: span.column, span: span.range }
    }
}

/// A map is marked at its beginning only; the reader wants to see its first word.
pub(crate) fn widened(text: &str, range: Range<usize>) -> Range<usize> {
    let rest = text.get(range.start..).unwrap_or_default();
    if range.len() > 1 || !(range.is_empty() || rest.starts_with(['{', '['])) {
        return range;
    }
    let skipped = rest.len() - rest.trim_start_matches(['{', '[', ' ', '"', '\'']).len();
    let word = rest.get(skipped..).unwrap_or_default();
    let length = word.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).unwrap_or(word.len());
    if length == 0 { range } else { range.start + skipped..range.start + skipped + length }
}
