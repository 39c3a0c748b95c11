//! Conditions on single values: a plain value, one of two bare words, or a map of operators.

use std::collections::BTreeMap;
use std::fmt;

use itertools::Itertools as _;
use serde_json::{Value, json};

use super::shown;
use crate::diagnostic::Code;
use crate::reading::{Json, Read, Reader, Record, Schema, Template, record, words};
use crate::yaml::{Content, Node};

/// A condition on a value that may be absent.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// Equal to a text.
    Equals(Template),
    /// Equal to a number, boolean, null, list or map.
    Is(Value),
    /// Not there at all.
    Absent,
    /// There, with any value.
    Present,
    /// A text that matches the regular expression (unanchored).
    Matches(Pattern),
    /// A text that contains this.
    Contains(Template),
    /// A text that starts with this.
    StartsWith(Template),
    /// One of these.
    OneOf(Vec<Matcher>),
    /// Anything else, absence included.
    Not(Box<Matcher>),
    /// A JSON type: `string`, `integer`, `number`, `boolean`, `object`, `array`, `null`.
    Type(JsonType),
    /// A list or text of so many elements or characters.
    Length(u64),
    /// A list in which an element fits.
    Any(Box<Matcher>),
    /// A list in which every element fits, and one at least.
    All(Box<Matcher>),
    /// A list without an element that fits.
    None(Box<Matcher>),
    /// A map whose fields fit, by dotted path.
    Fields(BTreeMap<String, Matcher>),
    /// A number in this range.
    Range {
        /// No smaller.
        at_least: Option<f64>,
        /// No greater.
        at_most: Option<f64>,
    },
    /// Several conditions at once.
    Both(Vec<Matcher>),
}

/// A compiled regular expression that compares by its text.
#[derive(Debug, Clone)]
pub struct Pattern(pub regex::Regex);

words! {
    /// A JSON type.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum JsonType = "JSON type" {
        String = "string",
        Integer = "integer",
        Number = "number",
        Boolean = "boolean",
        Object = "object",
        Array = "array",
        Null = "null",
    }
}

record! {
    /// Conditions on a value; all that are given must hold.
    struct Operators {
        /// Equal to this text, even where it reads `absent`.
        equals: Option<Matcher> as Option<Equal>,
        /// Equal to this number, boolean, null, list or map.
        is: Option<Matcher> as Option<Equal>,
        /// A text in which this regular expression is found.
        matches: Option<Pattern>,
        /// A text that contains this.
        contains: Option<Template> as Option<Part>,
        /// A text that starts with this.
        starts_with: Option<Template> as Option<Part>,
        /// One of these.
        one_of: Option<Vec<Matcher>>,
        /// Anything else, absence included.
        not: Option<Box<Matcher>>,
        /// A list in which an element fits.
        any: Option<Box<Matcher>>,
        /// A list in which every element fits, and one at least.
        all: Option<Box<Matcher>>,
        /// A list without an element that fits.
        none: Option<Box<Matcher>>,
        /// A map whose fields fit, by dotted path.
        fields: Option<BTreeMap<String, Matcher>>,
        /// A JSON type.
        json_type ["type"]: Option<JsonType>,
        /// A list or text of so many elements or characters.
        length: Option<u64>,
        /// A number no smaller than this.
        at_least: Option<f64>,
        /// A number no greater than this.
        at_most: Option<f64>,
        /// There, with any value.
        present: Option<bool>,
        /// Not there at all.
        absent: Option<bool>,
    }
}

/// A value to be equal to, of any content.
struct Equal;

/// A part of a text.
struct Part;

impl Read for Matcher {
    const TAKES_NULL: bool = true;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.content {
            Content::Text(text) if text == "absent" => Some(Self::Absent),
            Content::Text(text) if text == "present" => Some(Self::Present),
            Content::Map(_) => {
                let mut all = reader.record::<Operators>(node)?.matchers(node, reader);
                match all.len() {
                    // An unknown operator was reported as such.
                    0 if !node
                        .entries()
                        .iter()
                        .all(|(key, _)| Operators::has(&key.value)) =>
                    {
                        None
                    }
                    0 => {
                        reader.report(Code::EmptyCondition, &node.mark, "a condition says nothing").help(
                            "give it an operator such as `matches`, or write `is: {}` for an empty map",
                        );
                        None
                    }
                    1 => Some(all.remove(0)),
                    _ => Some(Self::Both(all)),
                }
            }
            Content::Text(_)
            | Content::Null
            | Content::Truth(_)
            | Content::Number(_)
            | Content::List(_) => Equal::read(node, reader),
        }
    }

    fn shape(schema: &mut Schema) -> Value {
        schema.define("Condition", |schema| {
            json!({
                "description": "A condition: a value to equal, the word `absent` or `present`, or a map of operators.",
                "anyOf": [{ "type": ["string", "number", "boolean", "null", "array"] }, Operators::shape(schema)],
            })
        })
    }
}

impl Operators {
    fn matchers(self, node: &Node, reader: &mut Reader<'_>) -> Vec<Matcher> {
        if let (Some(least), Some(most)) = (self.at_least, self.at_most)
            && least > most
        {
            empty_range(node, "`at-least` is above `at-most`", reader);
        }
        let range = (self.at_least.is_some() || self.at_most.is_some()).then_some(Matcher::Range {
            at_least: self.at_least,
            at_most: self.at_most,
        });
        let presence = |there| {
            if there {
                Matcher::Present
            } else {
                Matcher::Absent
            }
        };
        [
            self.equals,
            self.is,
            self.matches.map(Matcher::Matches),
            self.contains.map(Matcher::Contains),
            self.starts_with.map(Matcher::StartsWith),
            self.one_of.map(Matcher::OneOf),
            self.not.map(Matcher::Not),
            self.any.map(Matcher::Any),
            self.all.map(Matcher::All),
            self.none.map(Matcher::None),
            self.fields.map(Matcher::Fields),
            self.json_type.map(Matcher::Type),
            self.length.map(Matcher::Length),
            range,
            self.present.map(presence),
            self.absent.map(|absent| presence(!absent)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Reports a range without a number in it.
pub(super) fn empty_range(node: &Node, label: &str, reader: &mut Reader<'_>) {
    reader
        .report(Code::BadRange, &node.mark, "a range is empty")
        .label(label)
        .help("exchange the two");
}

impl Read<Matcher> for Equal {
    const TAKES_NULL: bool = true;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Matcher> {
        match &node.content {
            Content::Text(text) => Template::check(text, node, reader).map(Matcher::Equals),
            _ => Json::read(node, reader).map(Matcher::Is),
        }
    }

    fn shape(_: &mut Schema) -> Value {
        Value::Bool(true)
    }
}

impl Read<Template> for Part {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Template> {
        let text = reader.text(node)?;
        if text.is_empty() {
            reader
                .report(Code::EmptyCondition, &node.mark, "a condition says nothing")
                .label("every text has this")
                .help("write `present` if any value will do");
        }
        Template::check(&text, node, reader)
    }
}

impl Read for Pattern {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node)?;
        let error = match regex::Regex::new(&text) {
            Ok(regex) => return Some(Self(regex)),
            Err(error) => error.to_string(),
        };
        let reason = error
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let message = format!("`{text}` is not a regular expression");
        reader
            .report(Code::BadPattern, &node.mark, message)
            .label(reason);
        None
    }
}

/// Conditions by name, behind a word: `, headers origin present`; nothing where there are none.
pub(super) fn conditions(name: &str, conditions: &BTreeMap<String, Matcher>) -> String {
    let all = conditions
        .iter()
        .map(|(key, condition)| format!("{key} {condition}"))
        .join(" and ");
    if all.is_empty() {
        String::new()
    } else {
        format!(", {name} {all}")
    }
}

/// For people: "equal to `x`", "absent", "not containing `y`".
impl fmt::Display for Matcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |template: &Template| format!("`{}`", shown::cut(&template.to_string()));
        let several = |list: &[Self], word: &str| list.iter().map(Self::to_string).join(word);
        match self {
            Self::Equals(text) => write!(out, "equal to {}", quoted(text)),
            Self::Is(value) => write!(out, "equal to {}", shown::value(Some(value))),
            Self::Absent => out.write_str("absent"),
            Self::Present => out.write_str("present"),
            Self::Matches(pattern) => write!(out, "matching `{}`", shown::cut(pattern.0.as_str())),
            Self::Contains(text) => write!(out, "containing {}", quoted(text)),
            Self::StartsWith(text) => write!(out, "starting with {}", quoted(text)),
            Self::OneOf(list) => out.write_str(&several(list, " or ")),
            Self::Both(list) => out.write_str(&several(list, " and ")),
            Self::Not(inner) => write!(out, "not {inner}"),
            Self::Type(wanted) => write!(out, "of type {wanted}"),
            Self::Length(length) => write!(out, "of length {length}"),
            Self::Any(inner) => write!(out, "with an element {inner}"),
            Self::All(inner) => write!(out, "with every element {inner}"),
            Self::None(inner) => write!(out, "without an element {inner}"),
            Self::Fields(fields) => {
                let fields = fields
                    .iter()
                    .map(|(path, inner)| format!("`{path}` {inner}"))
                    .join(" and ");
                write!(out, "with {fields}")
            }
            Self::Range { at_least, at_most } => match (at_least, at_most) {
                (Some(least), Some(most)) => write!(out, "between {least} and {most}"),
                (Some(least), None) => write!(out, "at least {least}"),
                (None, Some(most)) => write!(out, "at most {most}"),
                (None, None) => out.write_str("a number"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::{Document, Source};

    fn read(text: &str) -> Option<Matcher> {
        let mut reader = Reader::new(Document::plain(Source::new(Path::new("x.yaml"), text)));
        let node = crate::yaml::parse(&reader.document).unwrap();
        reader.read(&node)
    }

    #[test]
    fn null_is_a_condition_and_not_an_absence() {
        assert_eq!(read("~").unwrap().to_string(), "equal to null");
        assert_eq!(read("{ not: ~ }").unwrap().to_string(), "not equal to null");
    }

    #[test]
    fn lists_and_numbers_are_conditions() {
        assert!(matches!(read("[1, a]"), Some(Matcher::Is(list)) if list == json!([1, "a"])));
        assert!(matches!(read("1.5"), Some(Matcher::Is(number)) if number == json!(1.5)));
    }
}
