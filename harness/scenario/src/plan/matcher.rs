//! Conditions on single values.

use serde_json::Value;

use super::template::Template;

/// A condition on a value that may be absent.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// Equal to a text.
    Equals(Template),
    /// Equal to a number, boolean, null, list or map.
    Is(Value),
    /// Not there at all.
    Absent,
    /// There, whatever its value.
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
    Fields(std::collections::BTreeMap<String, Matcher>),
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

/// A JSON type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum JsonType {
    String,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
    Null,
}
