//! What reads a file: its text, what is known at this place, and the mistakes so far.

use std::ops::Range;
use std::sync::Arc;

use super::scope::Scope;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::source::{Document, placeholders};
use crate::yaml::{Content, Node};

/// Reads one file.
pub(crate) struct Reader<'a> {
    /// The text at hand: the file's, or a fragment's.
    pub(crate) document: Arc<Document>,
    /// What a step may refer to; nothing in a file without steps.
    pub(crate) scope: Scope<'a>,
    diagnostics: Vec<Diagnostic>,
    unsaid: Option<Diagnostic>,
}

impl Reader<'_> {
    /// A reader of a text in which nothing is known yet.
    pub(crate) fn new(document: Document) -> Self {
        Self {
            document: Arc::new(document),
            scope: Scope::default(),
            diagnostics: Vec::new(),
            unsaid: None,
        }
    }

    /// Every mistake so far, each once.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut all = Vec::new();
        for diagnostic in self.diagnostics {
            if !all.contains(&diagnostic) {
                all.push(diagnostic);
            }
        }
        all
    }

    /// Reports a mistake at a range of the text at hand; what comes back takes label and help.
    pub(crate) fn report(
        &mut self,
        code: Code,
        mark: &Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let range = self.document.widened(mark);
        let diagnostic = Diagnostic::new(code, &self.document.source, range, message);
        let marked = self.document.text.get(mark.clone()).unwrap_or_default();
        if placeholders(marked).is_empty() {
            self.push(diagnostic)
        } else {
            // A placeholder without value was reported, and what it leads to is not worth a word.
            self.unsaid.insert(diagnostic)
        }
    }

    /// Reports a file that could not be read, if no diagnostic says why yet.
    pub(crate) fn report_not_understood(&mut self, file: &Node) {
        if self.diagnostics.is_empty() {
            self.report(Code::Shape, &file.mark, "this file cannot be understood");
        }
    }

    /// Whether keys or shapes are wrong, so that what seems to be missing may be there under another name.
    pub(crate) fn is_misshapen(&self) -> bool {
        let shapes = [
            Code::UnknownKey,
            Code::UnknownStep,
            Code::MissingKey,
            Code::SecondKey,
            Code::Shape,
        ];
        self.diagnostics
            .iter()
            .any(|it| shapes.iter().any(|code| code.name() == it.code))
    }

    /// Keeps a mistake.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let place = self.diagnostics.len();
        self.diagnostics.push(diagnostic);
        &mut self.diagnostics[place]
    }

    /// Where something stands in the author's text.
    pub(crate) fn span(&self, mark: &Range<usize>) -> Span {
        Span::new(&self.document.source.text, self.document.widened(mark))
    }

    /// The elements of a list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        if let Content::List(elements) = &node.content {
            return Some(elements);
        }
        self.report_shape(node, "a list");
        None
    }

    /// A text, as written where it is a number or truth.
    pub(crate) fn text(&mut self, node: &Node) -> Option<String> {
        match &node.content {
            Content::Text(text) => Some(text.clone()),
            Content::Number(_) | Content::Truth(_) => Some(
                self.document
                    .text
                    .get(node.mark.clone())
                    .unwrap_or_default()
                    .to_owned(),
            ),
            Content::Null => {
                self.report_shape(node, "a text, found null");
                None
            }
            Content::List(_) | Content::Map(_) => {
                self.report_shape(node, "a text");
                None
            }
        }
    }

    /// Reports a value of another shape than is taken here.
    pub(crate) fn report_shape(&mut self, node: &Node, expected: &str) {
        let mark = self.last_word_before(&node.mark);
        let help = match expected {
            "a map of keys" => self
                .document
                .beginning(&mark)
                .or_else(|| Some("where no key is needed write an empty map: `crash: {}`".into())),
            "a list" => Some("begin every item with `- `, or write `[..]`".into()),
            _ => self.document.unquoted_variable(&mark),
        };
        self.report(Code::Shape, &mark, format!("expected {expected}"))
            .maybe_help(help);
    }

    /// Reports a value that is none of the shapes that are taken here, and what it is.
    pub(crate) fn report_found(&mut self, node: &Node, expected: &str) -> &mut Diagnostic {
        let found = match &node.content {
            Content::Null => "nothing".to_owned(),
            Content::List(_) => "a list".into(),
            Content::Map(_) => "a map".into(),
            Content::Text(_) | Content::Number(_) | Content::Truth(_) => {
                format!(
                    "`{}`",
                    self.document
                        .text
                        .get(node.mark.clone())
                        .unwrap_or_default()
                )
            }
        };
        self.report(
            Code::Shape,
            &node.mark,
            format!("expected {expected}; found {found}"),
        )
    }

    /// Reports a key that must be given.
    pub(crate) fn report_missing(&mut self, map: &Node, key: &str) {
        let mark = map
            .entries()
            .last()
            .map_or(&map.mark, |(last, _)| &last.mark);
        self.report(
            Code::MissingKey,
            mark,
            format!("the key `{key}` is missing"),
        )
        .label(format!("the map with this key needs `{key}`"));
    }

    /// Where a value is missing altogether it is marked at the next word; the author looks at the one before it.
    fn last_word_before(&self, mark: &Range<usize>) -> Range<usize> {
        let text = &self.document.text;
        let before = text.get(..mark.start).unwrap_or(text);
        let starts_line = before.ends_with(['\n', ' ']);
        let value_follows = text
            .get(mark.start..)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
        let before = before.trim_end();
        if !mark.is_empty() || before.is_empty() || !starts_line || value_follows {
            return mark.clone();
        }
        let start = before.rfind([' ', '\n']).map_or(0, |space| space + 1);
        start..before.len()
    }
}
