//! Mistakes that ended the reading of a file, in words for its author.

use std::ops::Range;

use super::context::widened;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::language::{Mistake, MistakeKind};
use crate::load::Document;

/// The parser's mistake with place, label and help.
pub(crate) fn shape_mistake(document: &Document, mistake: Mistake) -> Diagnostic {
    let source = &document.source;
    let range = widened(&source.text, document.original(&mistake.mark));
    let at = |code, message: String| Diagnostic::new(code, source, range.clone(), message);
    match mistake.kind {
        MistakeKind::Syntax(text) => {
            let help = if text.contains("tab") {
                Some("indent with spaces".into())
            } else {
                beginning(document, &mistake.mark).or_else(|| unquoted_variable(document, &mistake.mark))
            };
            at(Code::Syntax, text).maybe_help(help)
        }
        MistakeKind::UnknownKey { key, known } => at(Code::UnknownKey, format!("unknown key `{key}`"))
            .label("not a key here")
            .maybe_help(key_help(&key, &known)),
        MistakeKind::UnknownWord { word, known } => {
            let help = match word.as_str() {
                "sleep" | "wait" | "pause" | "delay" => Some(
                    "scenarios never sleep: `expect` waits for an event, `never` ends with the event of its `until`"
                        .into(),
                ),
                _ => did_you_mean(&word, known.iter().map(String::as_str)),
            };
            at(Code::UnknownStep, format!("unknown name `{word}`")).label("not known here").maybe_help(help)
        }
        MistakeKind::MissingKey(key) => at(Code::MissingKey, format!("the key `{key}` is missing"))
            .label(format!("the map with this key needs `{key}`")),
        MistakeKind::RepeatedKey(key) => {
            at(Code::RepeatedKey, format!("the key `{key}` stands twice in one map"))
                .label("again here")
                .help("take one of them away")
        }
        MistakeKind::SecondKey => at(Code::SecondKey, "a second key in a map of exactly one".into())
            .label("second key")
            .help("begin another step with `- `, or indent the key if it belongs to what stands above"),
        MistakeKind::Shape(text) => {
            let help = match text.as_str() {
                "expected a map of keys" => beginning(document, &mistake.mark)
                    .or_else(|| Some("where no key is needed write an empty map: `crash: {}`".into())),
                "expected a list" => Some("begin every item with `- `, or write `[..]`".into()),
                other => match other.strip_prefix("expected a map of one key; found `") {
                    Some(word) => Some(format!("write `{}: {{}}`", word.trim_end_matches('`'))),
                    None => unquoted_variable(document, &mistake.mark),
                },
            };
            at(Code::Shape, text).maybe_help(help)
        }
    }
}

fn key_help(key: &str, known: &[String]) -> Option<String> {
    let help = did_you_mean(key, known.iter().map(String::as_str))?;
    let is_condition = known.iter().any(|name| name == "starts-with");
    if is_condition && help.starts_with("known") {
        return Some(
            "this map is a condition and takes operators; write `is: {..}` to compare with a whole map, `fields: {..}` for its fields"
                .into(),
        );
    }
    Some(help)
}

/// A file that is not a map from its first letter on.
fn beginning(document: &Document, mark: &Range<usize>) -> Option<String> {
    let before = document.text.get(..mark.start)?.trim();
    before
        .is_empty()
        .then(|| "a file is a map of keys and begins with `scenario:`, `fragment:` or `requirements:`".into())
}

/// In flow style `{` of `${...}` opens a map, which is never meant.
fn unquoted_variable(document: &Document, mark: &Range<usize>) -> Option<String> {
    let text = &document.text;
    let start = text.get(..mark.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    let bare = [": ${", "[${", "[ ${", ", ${"].iter().any(|sign| line.contains(sign));
    bare.then(|| "between braces or brackets a text with variables needs quotes: `\"${auth_token}\"`".into())
}
