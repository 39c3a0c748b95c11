//! What lowering carries along, and how it reports.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::requirement::{Cited, Requirements};
use super::scope::Scope;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::language::{Located, Mistake, MistakeKind};
use crate::load::Document;
use crate::plan::{Position, Source, Step};

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
        let range = widened(&self.document.source.text, self.document.original(mark));
        let diagnostic = shape(Diagnostic::new(code, &self.document.source, range, message));
        self.push(diagnostic);
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
fn widened(text: &str, range: Range<usize>) -> Range<usize> {
    let rest = text.get(range.start..).unwrap_or_default();
    if range.len() > 1 || !(range.is_empty() || rest.starts_with(['{', '['])) {
        return range;
    }
    let skipped = rest.len() - rest.trim_start_matches(['{', '[', ' ', '"', '\'']).len();
    let word = rest.get(skipped..).unwrap_or_default();
    let length = word.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).unwrap_or(word.len());
    if length == 0 { range } else { range.start + skipped..range.start + skipped + length }
}

/// A mistake that ended the reading of a file, for people.
pub(crate) fn shape_mistake(document: &Document, mistake: Mistake) -> Diagnostic {
    let source = &document.source;
    let range = widened(&source.text, document.original(&mistake.mark));
    let at = |code, message: String| Diagnostic::new(code, source, range.clone(), message);
    match mistake.kind {
        MistakeKind::Syntax(text) => {
            at(Code::Syntax, text).maybe_help(unquoted_variable(document, &mistake.mark))
        }
        MistakeKind::UnknownKey { key, known } => {
            let operators = known.iter().any(|name| name == "starts-with");
            let help = did_you_mean(&key, known.iter().map(String::as_str));
            let help = match help {
                Some(help) if operators && help.starts_with("known") => Some(format!(
                    "{help}; to compare with a whole map write `is: {{...}}`, for its fields `fields: {{...}}`"
                )),
                other => other,
            };
            at(Code::UnknownKey, format!("unknown key `{key}`")).label("not a key here").maybe_help(help)
        }
        MistakeKind::UnknownWord { word, known } => {
            let help = did_you_mean(&word, known.iter().map(String::as_str));
            let help = match word.as_str() {
                "sleep" | "wait" | "pause" | "delay" => Some(
                    "scenarios never sleep: `expect` waits for an event, `never` ends with the event of its `until`"
                        .into(),
                ),
                _ => help,
            };
            at(Code::UnknownStep, format!("unknown name `{word}`")).label("not known here").maybe_help(help)
        }
        MistakeKind::MissingKey(key) => at(Code::MissingKey, format!("the key `{key}` is missing"))
            .label(format!("in the map that begins here, or ends above, `{key}` must be given")),
        MistakeKind::RepeatedKey(key) => {
            at(Code::RepeatedKey, format!("the key `{key}` stands twice in one map"))
                .label("again here")
                .help("take one of them away")
        }
        MistakeKind::SecondKey => at(Code::SecondKey, "a step is a map of exactly one key".into())
            .label("second key")
            .help("begin another step with `- `, or indent the key if it belongs to the step above"),
        MistakeKind::Shape(text) => {
            let help = match text.as_str() {
                "expected a map of keys" => {
                    Some("a step without keys is written with an empty map: `crash: {}`".into())
                }
                _ => unquoted_variable(document, &mistake.mark),
            };
            at(Code::Shape, text).maybe_help(help)
        }
    }
}

/// In flow style `{` of `${...}` opens a map, which is never meant.
fn unquoted_variable(document: &Document, mark: &Range<usize>) -> Option<String> {
    let text = &document.text;
    let start = text.get(..mark.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    let bare = [": ${", "[${", "[ ${", ", ${"].iter().any(|sign| line.contains(sign));
    bare.then(|| "between braces or brackets a text with variables needs quotes: `\"${auth_token}\"`".into())
}
