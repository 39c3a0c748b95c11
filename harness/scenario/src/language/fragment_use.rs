//! The step that inserts a fragment: `use: booted`, or `use: {fragment: booted, with: {face: waf-empty}}`.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::entries::Entries;
use super::yaml::{Located, Text};

/// Inserts the steps of a fragment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Use {
    /// The stem of a file in `fragments`; its place is the step's own.
    Plain(String),
    /// With parameters.
    Parameterised(Parameterised),
}

/// A fragment with parameters.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Parameterised {
    /// The stem of a file in `fragments`.
    pub(crate) fragment: Text,
    /// What `${with.NAME}` stands for in it.
    #[serde(default)]
    pub(crate) with: Entries<Located<Value>>,
}

impl<'de> Deserialize<'de> for Use {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UseVisitor)
    }
}

struct UseVisitor;

impl<'de> Visitor<'de> for UseVisitor {
    type Value = Use;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a fragment, or a map of `fragment` and `with`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Use, E> {
        Ok(Use::Plain(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Use, A::Error> {
        Parameterised::deserialize(MapAccessDeserializer::new(map)).map(Use::Parameterised)
    }
}

impl Serialize for Use {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(name) => name.serialize(serializer),
            Self::Parameterised(both) => both.serialize(serializer),
        }
    }
}

impl JsonSchema for Use {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Use".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let both = generator.subschema_for::<Parameterised>();
        json_schema!({ "anyOf": [{ "type": "string" }, both] })
    }
}
