//! Numbers that are written short or long: `200` or `[200, 202]`, `2` or `{at-least: 1, at-most: 3}`.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, U64Deserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::yaml::{Located, Text};

/// The statuses an answer may have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Statuses {
    /// This one.
    One(u16),
    /// One of these.
    Several(Vec<Located<u16>>),
}

/// How many.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Counted {
    /// At least so many.
    AtLeast(u32),
    /// Within a range.
    Range(CountRange),
}

/// A range of how many.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CountRange {
    /// No fewer.
    pub(crate) at_least: Option<u32>,
    /// No more; needs `until`.
    pub(crate) at_most: Option<Located<u32>>,
}

/// The time between consecutive requests.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct GapRange {
    /// No shorter.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) at_least: Option<Text>,
    /// No longer.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) at_most: Option<Text>,
    /// Whether they grow, as a back-off's do.
    pub(crate) growing: Option<bool>,
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusesVisitor)
    }
}

struct StatusesVisitor;

impl<'de> Visitor<'de> for StatusesVisitor {
    type Value = Statuses;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a status such as 200, or a list of them")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Statuses, E> {
        let deserializer: U64Deserializer<E> = number.into_deserializer();
        u16::deserialize(deserializer).map(Statuses::One)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Statuses, E> {
        let number = u64::try_from(number)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))?;
        self.visit_u64(number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Statuses, A::Error> {
        let mut statuses = Vec::new();
        while let Some(status) = list.next_element()? {
            statuses.push(status);
        }
        Ok(Statuses::Several(statuses))
    }
}

impl Serialize for Statuses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(status) => status.serialize(serializer),
            Self::Several(statuses) => statuses.serialize(serializer),
        }
    }
}

impl JsonSchema for Statuses {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Statuses".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let status = serde_json::json!({ "type": "integer", "minimum": 100, "maximum": 599 });
        json_schema!({ "anyOf": [status, { "type": "array", "items": status }] })
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountedVisitor)
    }
}

struct CountedVisitor;

impl<'de> Visitor<'de> for CountedVisitor {
    type Value = Counted;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a whole number, or a map of `at-least` and `at-most`")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Counted, E> {
        let deserializer: U64Deserializer<E> = number.into_deserializer();
        u32::deserialize(deserializer).map(Counted::AtLeast)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Counted, E> {
        let number = u64::try_from(number)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))?;
        self.visit_u64(number)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Counted, A::Error> {
        CountRange::deserialize(MapAccessDeserializer::new(map)).map(Counted::Range)
    }
}

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AtLeast(number) => number.serialize(serializer),
            Self::Range(range) => range.serialize(serializer),
        }
    }
}

impl JsonSchema for Counted {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Counted".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let range = generator.subschema_for::<CountRange>();
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 0 }, range] })
    }
}
