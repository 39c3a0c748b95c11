//! Conditions on single values: a plain value, one of two bare words, or a map of operators.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::entries::Entries;
use super::vocabulary::Word;
use super::yaml::{Located, Text, given};
use crate::plan::JsonType;

/// A condition on a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    /// Equal to this; the texts `absent` and `present` are conditions themselves.
    Plain(Value),
    /// All of these hold.
    Operators(Box<Operators>),
}

/// A condition with its place.
pub(crate) type Fitting = Located<Condition>;

/// Conditions on a value; all that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Operators {
    /// Equal to this text, even where it reads `absent`.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) equals: Option<Located<Value>>,
    /// Equal to this number, boolean, null, list or map.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) is: Option<Located<Value>>,
    /// A text in which this regular expression is found.
    pub(crate) matches: Option<Text>,
    /// A text that contains this.
    pub(crate) contains: Option<Text>,
    /// A text that starts with this.
    pub(crate) starts_with: Option<Text>,
    /// One of these.
    pub(crate) one_of: Option<Vec<Fitting>>,
    /// Anything else, absence included.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) not: Option<Fitting>,
    /// A JSON type.
    #[serde(rename = "type")]
    pub(crate) json_type: Option<Word<JsonType>>,
    /// A list or text of so many elements or characters.
    pub(crate) length: Option<u64>,
    /// A list in which an element fits.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) any: Option<Fitting>,
    /// A list in which every element fits, and one at least.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) all: Option<Fitting>,
    /// A list without an element that fits.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) none: Option<Fitting>,
    /// A map whose fields fit, by dotted path.
    pub(crate) fields: Option<Entries<Fitting>>,
    /// A number no smaller than this.
    pub(crate) at_least: Option<f64>,
    /// A number no greater than this.
    pub(crate) at_most: Option<f64>,
    /// Not there at all.
    pub(crate) absent: Option<bool>,
    /// There, whatever its value.
    pub(crate) present: Option<bool>,
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConditionVisitor)
    }
}

struct ConditionVisitor;

impl<'de> Visitor<'de> for ConditionVisitor {
    type Value = Condition;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value, or a map of operators such as `matches`")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Condition, E> {
        Ok(Condition::Plain(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Condition, E> {
        Ok(Condition::Plain(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Condition, E> {
        Ok(Condition::Plain(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Condition, E> {
        Ok(Condition::Plain(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Condition, E> {
        Ok(Condition::Plain(value.into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Condition, E> {
        Ok(Condition::Plain(Value::Null))
    }

    fn visit_none<E: Error>(self) -> Result<Condition, E> {
        Ok(Condition::Plain(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Condition, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(list)).map(Condition::Plain)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Condition, A::Error> {
        let operators = Operators::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Condition::Operators(Box::new(operators)))
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Operators(operators) => operators.serialize(serializer),
        }
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let operators = generator.subschema_for::<Operators>();
        json_schema!({
            "description": "A condition: a value to equal, the word `absent` or `present`, or a map of operators.",
            "anyOf": [{ "type": ["string", "number", "boolean", "null", "array"] }, operators],
        })
    }
}
