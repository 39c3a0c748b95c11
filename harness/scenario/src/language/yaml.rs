//! The only place that knows the YAML library: texts in, values with marks or a mistake with a mark out.
//!
//! A mark is a byte range of the text that was parsed, so that the rest of the crate never sees the library's locations.

use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_saphyr::{DuplicateKeyPolicy, Error, Location, MergeKeyPolicy, Spanned};

/// What is said when a map of one key has another.
pub(crate) const SECOND_KEY: &str = "a second key in a map of one key";

/// A value and where it stands; equality ignores the place.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    /// What was written.
    pub(crate) value: T,
    /// Byte range in the parsed text; of a block map the beginning only.
    pub(crate) mark: Range<usize>,
}

/// A text with its place.
pub(crate) type Text = Located<String>;

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What kind.
    pub(crate) kind: MistakeKind,
    /// Byte range in the parsed text.
    pub(crate) mark: Range<usize>,
}

/// Kinds of mistakes that end the reading of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MistakeKind {
    /// Not YAML.
    Syntax(String),
    /// A key that does not exist here.
    UnknownKey {
        /// As written.
        key: String,
        /// What may stand there.
        known: Vec<String>,
    },
    /// A word that does not exist here, such as a step.
    UnknownWord {
        /// As written.
        word: String,
        /// What may stand there.
        known: Vec<String>,
    },
    /// A key that must be there.
    MissingKey(String),
    /// A key that stands twice in one map.
    RepeatedKey(String),
    /// A second key in a step.
    SecondKey,
    /// Another shape of value.
    Shape(String),
}

impl<T> Located<T> {
    /// A value that was never written.
    #[cfg(test)]
    pub(crate) fn nowhere(value: T) -> Self {
        Self { value, mark: 0..0 }
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, mark: mark(&spanned.referenced) })
    }
}

impl<T: Serialize> Serialize for Located<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Reads one document; strict about keys, booleans and repetitions.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Mistake> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| mistake(text, &error))
}

/// Writes a value as a document.
pub(crate) fn print<T: Serialize>(value: &T) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}

/// Reads a value even where it is null, which an optional field would take for absent.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

fn mark(location: &Location) -> Range<usize> {
    let span = location.span();
    let start = span.byte_offset().and_then(|offset| usize::try_from(offset).ok()).unwrap_or_default();
    let length = span.byte_len().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    start..start.saturating_add(length)
}

fn mistake(text: &str, error: &Error) -> Mistake {
    let error = error.without_snippet();
    let mut mark = match error.location() {
        Some(location) if location.span().byte_offset().is_some() => mark(&location),
        Some(location) => {
            let start = offset(text, location.line(), location.column());
            start..start
        }
        None => 0..0,
    };
    let kind = match error {
        Error::SerdeUnknownField { field, expected, .. } => MistakeKind::UnknownKey {
            key: field.clone(),
            known: expected.iter().map(|&name| name.to_owned()).collect(),
        },
        Error::SerdeUnknownVariant { variant, expected, .. } => MistakeKind::UnknownWord {
            word: variant.clone(),
            known: expected.iter().map(|&name| name.to_owned()).collect(),
        },
        Error::SerdeMissingField { field, .. } => MistakeKind::MissingKey((*field).to_owned()),
        Error::DuplicateMappingKey { key, .. } => {
            MistakeKind::RepeatedKey(key.clone().unwrap_or_else(|| "this key".into()))
        }
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => MistakeKind::SecondKey,
        Error::Message { msg, .. } if msg == SECOND_KEY => MistakeKind::SecondKey,
        Error::Unexpected { .. }
        | Error::InvalidScalar { .. }
        | Error::SerdeInvalidType { .. }
        | Error::SerdeInvalidValue { .. }
        | Error::NullIntoString { .. }
        | Error::InvalidBooleanStrict { .. }
        | Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::UnexpectedValueForUnit { .. } => {
            mark = last_word_before(text, mark);
            MistakeKind::Shape(plain(error))
        }
        _ => MistakeKind::Syntax(plain(error)),
    };
    Mistake { kind, mark }
}

/// The library's sentence without its place, which the picture shows.
fn plain(error: &Error) -> String {
    match error {
        Error::NullIntoString { .. } => "expected a text, found null".into(),
        Error::InvalidScalar { ty, .. } => format!("expected {}", number_in_words(ty)),
        Error::Unexpected { expected, .. } => format!("expected {}", shape_in_words(expected)),
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            format!("expected {expected}; found {}", found_in_words(unexpected))
        }
        Error::InvalidBooleanStrict { .. } => "expected `true` or `false`".into(),
        Error::MultipleDocuments { .. } => "a second document begins here; one file holds one".into(),
        other => {
            let text = other.render();
            match text.rfind(" at line ") {
                Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
                None => text,
            }
        }
    }
}

fn shape_in_words(expected: &str) -> &str {
    match expected {
        "mapping start" => "a map of keys",
        "sequence start" => "a list",
        "string scalar" => "a text",
        other => other,
    }
}

fn found_in_words(found: &str) -> String {
    match found.split_once(' ') {
        None if found == "map" => "a map".into(),
        None if found == "sequence" => "a list".into(),
        None => found.to_owned(),
        Some((_, value)) => value.replace('"', "`"),
    }
}

fn number_in_words(kind: &str) -> &str {
    match kind {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "bool" | "boolean" => "`true` or `false`",
        other => other,
    }
}

/// Where a value is missing altogether the library points at the next token; the reader looks at the word before it.
fn last_word_before(text: &str, mark: Range<usize>) -> Range<usize> {
    if !mark.is_empty() {
        return mark;
    }
    let before = text.get(..mark.start).unwrap_or(text).trim_end();
    let starts_line = text.get(..mark.start).is_some_and(|head| head.ends_with(['\n', ' ']));
    let value_follows =
        text.get(mark.start..).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
    if before.is_empty() || !starts_line || value_follows {
        return mark;
    }
    let start = before.rfind([' ', '\n']).map_or(0, |space| space + 1);
    start..before.len()
}

fn offset(text: &str, line: u64, column: u64) -> usize {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let inside = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = text.get(start..).unwrap_or_default();
    start + line.chars().take_while(|&c| c != '\n').take(inside).map(char::len_utf8).sum::<usize>()
}
