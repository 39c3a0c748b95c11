//! Single values, and lists and maps of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::reader::Reader;
use super::record::Read;
use super::schema::{Schema, substitutable};
use super::scope::Text;
use super::template::{Template, TemplateError};
use crate::diagnostic::{Code, did_you_mean};
use crate::yaml::{Content, Node};

impl<T, R: Read<T>> Read<Option<T>> for Option<R> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Option<T>> {
        if matches!(node.content, Content::Null) && !R::TAKES_NULL {
            return Some(None);
        }
        R::read(node, reader).map(Some)
    }

    fn absent() -> Option<Option<T>> {
        Some(None)
    }

    fn shape(schema: &mut Schema) -> Value {
        R::shape(schema)
    }
}

impl<T, R: Read<T>> Read<Box<T>> for Box<R> {
    const TAKES_NULL: bool = R::TAKES_NULL;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Box<T>> {
        R::read(node, reader).map(Box::new)
    }

    fn shape(schema: &mut Schema) -> Value {
        R::shape(schema)
    }
}

impl<T, R: Read<T>> Read<Vec<T>> for Vec<R> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<T>> {
        Some(
            reader
                .list(node)?
                .iter()
                .filter_map(|element| R::read(element, reader))
                .collect(),
        )
    }

    fn shape(schema: &mut Schema) -> Value {
        json!({ "type": "array", "items": R::shape(schema) })
    }
}

impl<T, R: Read<T>> Read<BTreeMap<String, T>> for BTreeMap<String, R> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<String, T>> {
        let entries = reader.keys(node)?.map.entries();
        Some(
            entries
                .iter()
                .filter_map(|(key, value)| Some((key.value.clone(), R::read(value, reader)?)))
                .collect(),
        )
    }

    fn shape(schema: &mut Schema) -> Value {
        let value = R::shape(schema);
        // What may be absent may be null: that takes the name away.
        let value = if R::absent().is_some() {
            json!({ "anyOf": [value, { "type": "null" }] })
        } else {
            value
        };
        json!({ "type": "object", "additionalProperties": value })
    }
}

impl Read for String {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader.text(node)
    }
}

impl Read for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.content {
            Content::Truth(truth) => Some(*truth),
            Content::Text(text) if text == "true" || text == "false" => Some(text == "true"),
            _ => {
                reader.report_shape(node, "`true` or `false`");
                None
            }
        }
    }

    fn shape(_: &mut Schema) -> Value {
        substitutable(json!({ "type": "boolean" }))
    }
}

impl Read for f64 {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let number = match &node.content {
            Content::Number(number) => number.as_f64(),
            Content::Text(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            reader.report_shape(node, "a number");
        }
        number
    }

    fn shape(_: &mut Schema) -> Value {
        substitutable(json!({ "type": "number" }))
    }
}

/// A whole number that is not negative, if it is one that `T` can hold.
fn whole<T: TryFrom<u64>>(node: &Node) -> Option<T> {
    let number = match &node.content {
        Content::Number(number) => number.as_u64()?,
        Content::Text(text) => text.parse().ok()?,
        _ => return None,
    };
    T::try_from(number).ok()
}

/// A whole number of 1 at least; `message` and `help` are for 0.
pub(crate) fn positive<T: Read + Default + PartialEq>(
    node: &Node,
    reader: &mut Reader<'_>,
    message: &str,
    help: &str,
) -> Option<T> {
    let number = T::read(node, reader)?;
    if number == T::default() {
        reader
            .report(Code::BadValue, &node.mark, message)
            .help(help);
    }
    Some(number)
}

macro_rules! whole_numbers {
    ($($type:ty),+) => {
        $(impl Read for $type {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                let number = whole(node);
                if number.is_none() {
                    reader.report_shape(node, "a whole number that is not negative");
                }
                number
            }

            fn shape(_: &mut Schema) -> Value {
                substitutable(json!({ "type": "integer", "minimum": 0, "maximum": <$type>::MAX }))
            }
        })+
    };
}

whole_numbers!(u8, u32, u64, usize);

/// Permission bits in quoted octal.
pub(crate) struct Mode;

impl Read<u32> for Mode {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<u32> {
        let text = reader.text(node)?;
        let shaped = (3..=4).contains(&text.len());
        let bits = u32::from_str_radix(&text, 8)
            .ok()
            .filter(|bits| shaped && *bits <= 0o7777);
        if bits.is_none() {
            let message = format!("`{text}` is not permission bits");
            reader
                .report(Code::BadMode, &node.mark, message)
                .help("write three or four octal digits in quotes: `\"0600\"`");
        }
        bits
    }

    fn shape(_: &mut Schema) -> Value {
        substitutable(json!({ "type": "string", "pattern": "^[0-7]{3,4}$" }))
    }
}

/// A path below the stage directory.
pub(crate) struct StagePath;

impl StagePath {
    /// Checks a path that stands at a node, or in a text there.
    pub(crate) fn check(path: &str, node: &Node, reader: &mut Reader<'_>) {
        reader.scope.texts.push(Text::Path(path.to_owned()));
        let problem = if path.trim().is_empty() {
            "a path is empty"
        } else if path.starts_with('/') {
            "a path is absolute"
        } else if path.split('/').any(|part| part == "..") {
            "a path leaves the stage directory"
        } else if path.contains("${") {
            "a path has a variable, which paths do not take"
        } else {
            return;
        };
        reader
            .report(Code::BadPath, &node.mark, problem)
            .help("paths begin below the stage directory: `configs/.auth_token`");
    }
}

impl Read<String> for StagePath {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
        let path = reader.text(node)?;
        Self::check(&path, node, reader);
        Some(path)
    }
}

/// Bytes in hexadecimal.
pub(crate) struct Hexadecimal;

impl Read<Vec<u8>> for Hexadecimal {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<u8>> {
        let text = reader.text(node)?;
        let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
        let Some(digits) = digits.filter(|digits| digits.len() % 2 == 0) else {
            let message = format!("`{text}` is not bytes in hexadecimal");
            reader
                .report(Code::BadBytes, &node.mark, message)
                .help("two digits a byte: `\"00ff\"`");
            return None;
        };
        let byte = |pair: &[u32]| pair.iter().fold(0, |sum, digit| sum * 16 + digit);
        Some(
            digits
                .chunks(2)
                .filter_map(|pair| u8::try_from(byte(pair)).ok())
                .collect(),
        )
    }

    fn shape(_: &mut Schema) -> Value {
        substitutable(json!({ "type": "string", "pattern": "^([0-9a-fA-F]{2})*$" }))
    }
}

/// An HTTP status.
pub(crate) struct Status;

impl Read<u16> for Status {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<u16> {
        let Some(number) = whole::<u64>(node) else {
            reader.report_shape(node, "a whole number that is not negative");
            return None;
        };
        let status = u16::try_from(number)
            .ok()
            .filter(|status| (100..=599).contains(status));
        if status.is_none() {
            reader
                .report(
                    Code::BadStatus,
                    &node.mark,
                    format!("{number} is not an HTTP status"),
                )
                .help("statuses are between 100 and 599");
        }
        status
    }

    fn shape(_: &mut Schema) -> Value {
        substitutable(json!({ "type": "integer", "minimum": 100, "maximum": 599 }))
    }
}

/// The statuses an answer may have: one, or a list of them.
pub(crate) struct Statuses;

impl Read<Vec<u16>> for Statuses {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<u16>> {
        match &node.content {
            Content::List(list) => {
                if list.is_empty() {
                    reader
                        .report(Code::BadStatus, &node.mark, "a list of statuses is empty")
                        .help("leave the key out if any status will do");
                }
                Vec::<Status>::read(node, reader)
            }
            Content::Number(_) | Content::Text(_) => {
                Status::read(node, reader).map(|status| vec![status])
            }
            Content::Null | Content::Truth(_) | Content::Map(_) => {
                reader.report_found(node, "a status such as 200, or a list of them");
                None
            }
        }
    }

    fn shape(schema: &mut Schema) -> Value {
        json!({ "anyOf": [Status::shape(schema), Vec::<Status>::shape(schema)] })
    }
}

impl Template {
    /// Parses a text that stands at a node, each of whose variables must have a value by now.
    pub(crate) fn check(text: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match Self::parse(text) {
            Ok(template) => {
                template
                    .variables()
                    .for_each(|variable| reader.check_variable(variable, node));
                reader.scope.texts.push(Text::Template(template.clone()));
                Some(template)
            }
            Err(error) => {
                error.report(node, "name a variable, such as `${workspace}`", reader);
                None
            }
        }
    }
}

impl TemplateError {
    /// Reports it; `nameless` says what to do about a variable without a name.
    pub(crate) fn report(&self, node: &Node, nameless: &str, reader: &mut Reader<'_>) {
        let help = match self {
            Self::Open => "close it with `}`, or write `$${` for a literal `${`",
            Self::Nameless => nameless,
        };
        reader
            .report(Code::BadTemplate, &node.mark, self.to_string())
            .help(help);
    }
}

impl Read for Template {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node)?;
        Self::check(&text, node, reader)
    }
}

/// A JSON value; its texts are templates.
pub(crate) struct Json;

impl Read<Value> for Json {
    const TAKES_NULL: bool = true;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Value> {
        check_templates(node, reader);
        Some(node.to_json())
    }

    fn shape(_: &mut Schema) -> Value {
        Value::Bool(true)
    }
}

fn check_templates(node: &Node, reader: &mut Reader<'_>) {
    if let Content::Text(text) = &node.content {
        Template::check(text, node, reader);
    }
    node.elements()
        .iter()
        .for_each(|element| check_templates(element, reader));
    node.entries()
        .iter()
        .for_each(|(_, value)| check_templates(value, reader));
}

impl Read<serde_json::Map<String, Value>> for Json {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<serde_json::Map<String, Value>> {
        reader.keys(node)?;
        check_templates(node, reader);
        Some(
            node.entries()
                .iter()
                .map(|(key, value)| (key.value.clone(), value.to_json()))
                .collect(),
        )
    }

    fn shape(_: &mut Schema) -> Value {
        json!({ "type": "object", "additionalProperties": true })
    }
}

/// The label of an earlier step; of a fault, where `FAULT` says so.
pub(crate) struct Label<const FAULT: bool>;

impl<const FAULT: bool> Read<String> for Label<FAULT> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
        let label = reader.text(node)?;
        let known: Vec<String> = reader.scope.labels_of(FAULT).map(str::to_owned).collect();
        if !known.contains(&label) {
            let what = if FAULT { "fault" } else { "step" };
            let help = did_you_mean(&label, known.iter().map(String::as_str))
                .unwrap_or_else(|| format!("label an earlier {what} with `as: {label}`"));
            reader
                .report(
                    Code::UnknownLabel,
                    &node.mark,
                    format!("unknown label `{label}`"),
                )
                .label(format!("no earlier {what} has this label"))
                .help(help);
        }
        Some(label)
    }
}
