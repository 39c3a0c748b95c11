//! Tokens in a row, with their places in the text.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One token; brackets are tokens of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

/// Puts the tokens of a text in a row, without those of its tests, and without commas before closing brackets.
pub(crate) fn flat(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    add(stream, &mut tokens);
    tokens
}

fn add(stream: TokenStream, tokens: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        if begins_test(&trees[at..]) {
            at += 1 + trees[at..]
                .iter()
                .position(ends_item)
                .unwrap_or(trees.len());
            continue;
        }
        at += 1;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token {
                    text: open.to_owned(),
                    range: group.span_open().byte_range(),
                });
                add(group.stream(), tokens);
                if tokens.last().is_some_and(|last| last.text == ",") {
                    tokens.pop();
                }
                tokens.push(Token {
                    text: close.to_owned(),
                    range: group.span_close().byte_range(),
                });
            }
            single => tokens.push(Token {
                text: single.to_string(),
                range: single.span().byte_range(),
            }),
        }
    }
}

fn begins_test(trees: &[TokenTree]) -> bool {
    match trees {
        [TokenTree::Punct(sign), TokenTree::Group(attribute), ..] => {
            sign.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
        }
        _ => false,
    }
}

fn ends_item(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(sign) => sign.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// Finds every place where a row of tokens stands in another.
pub(crate) fn occurrences(wanted: &[Token], tokens: &[Token]) -> Vec<Range<usize>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    tokens
        .windows(wanted.len())
        .filter(|window| {
            window
                .iter()
                .zip(wanted)
                .all(|(one, other)| one.text == other.text)
        })
        .map(|window| window[0].range.start..window[wanted.len() - 1].range.end)
        .collect()
}
