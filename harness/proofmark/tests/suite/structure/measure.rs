//! How much production code there is: lines and tokens, which do not depend on how it is formatted.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Delimiter, Spacing, TokenTree};

use super::source::{is, list, shown, tokens, without_tests, word};

/// The size of some code. Comments, documentation and tests do not count.
#[derive(Default, Clone, Copy)]
pub(super) struct Size {
    pub(super) lines: usize,
    pub(super) tokens: usize,
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.tokens += other.tokens;
    }
}

/// A function, and how large it is.
pub(super) struct Function {
    /// Its name and place.
    pub(super) name: String,
    pub(super) tokens: usize,
}

/// Measures a file and its functions.
pub(super) fn measure(text: &str, file: &Path) -> (Size, Vec<Function>) {
    let code = without_tests(tokens(text, file));
    let mut lines = BTreeSet::new();
    let count = count(&code, &mut lines);
    let mut functions = Vec::new();
    collect_functions(&code, file, &mut functions);
    (
        Size {
            lines: lines.len(),
            tokens: count,
        },
        functions,
    )
}

/// Counts tokens, both ends of a group among them, and collects the lines they stand on. An operator such as
/// `::` is one token, as the language has it; a comma before a closing bracket is none, since it is the formatter's.
fn count(code: &[TokenTree], lines: &mut BTreeSet<usize>) -> usize {
    let mut tokens = 0;
    for token in code {
        match token {
            TokenTree::Group(group) => {
                lines.extend([
                    group.span_open().start().line,
                    group.span_close().end().line,
                ]);
                let inner = list(group);
                let trailing_comma = inner.last().is_some_and(|last| is(last, ','));
                tokens += count(&inner, lines) + 2 - usize::from(trailing_comma);
            }
            other => {
                lines.extend(other.span().start().line..=other.span().end().line);
                let goes_on =
                    matches!(other, TokenTree::Punct(sign) if sign.spacing() == Spacing::Joint);
                tokens += usize::from(!goes_on);
            }
        }
    }
    tokens
}

fn collect_functions(code: &[TokenTree], file: &Path, functions: &mut Vec<Function>) {
    for (at, token) in code.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            collect_functions(&list(group), file, functions);
        }
        let name = code
            .get(at + 1)
            .and_then(word)
            .filter(|_| word(token).as_deref() == Some("fn"));
        let body = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        if let Some(name) = name
            && let Some(length) = code[at..].iter().position(body)
        {
            functions.push(Function {
                name: format!("`{name}` in {}:{}", shown(file), token.span().start().line),
                tokens: count(&code[at..=at + length], &mut BTreeSet::new()),
            });
        }
    }
}
