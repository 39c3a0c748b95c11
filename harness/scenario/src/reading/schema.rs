//! JSON Schemas, draft 2020-12, from the types that are read.

use itertools::Itertools as _;
use serde_json::{Map, Value, json};

/// A key of a map.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// Its name, with low lines for dashes.
    pub(crate) key: &'static str,
    /// What it means, for editors.
    pub(crate) description: &'static str,
    /// Whether it must be given.
    pub(crate) is_required: bool,
    /// The JSON Schema of its value.
    pub(crate) shape: fn(&mut Schema) -> Value,
}

/// The parts of a schema that are named while it is made.
#[derive(Default)]
pub(crate) struct Schema {
    definitions: Map<String, Value>,
}

/// The schema of one kind of file.
pub(crate) fn schema_of(title: &str, description: &str, fields: fn() -> Vec<Field>) -> Value {
    let mut schema = Schema::default();
    let Value::Object(body) = schema.object(description, &fields()) else {
        return Value::Null;
    };
    let mut whole = Map::new();
    whole.insert(
        "$schema".into(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    whole.insert("title".into(), json!(title));
    whole.extend(body);
    whole.insert("$defs".into(), Value::Object(schema.definitions));
    Value::Object(whole)
}

impl Schema {
    /// A reference to a map of fixed keys, which is defined once.
    pub(crate) fn map(
        &mut self,
        name: &str,
        description: &str,
        fields: fn() -> Vec<Field>,
    ) -> Value {
        self.define(name, |schema| schema.object(description, &fields()))
    }

    /// A reference to something that is defined once.
    pub(crate) fn define(&mut self, name: &str, shape: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.definitions.contains_key(name) {
            // What refers to itself finds this.
            self.definitions.insert(name.into(), Value::Null);
            let value = shape(self);
            self.definitions.insert(name.into(), value);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// A map of these keys and no others.
    pub(crate) fn object(&mut self, description: &str, fields: &[Field]) -> Value {
        let mut properties = Map::new();
        for field in fields {
            let key = field.key.replace('_', "-");
            if !properties.contains_key(&key) {
                let shape = (field.shape)(self);
                properties.insert(key, described(field.description, shape));
            }
        }
        let required: Vec<_> = fields
            .iter()
            .filter(|field| field.is_required)
            .map(|field| field.key.replace('_', "-"))
            .collect();
        let mut object =
            json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty()
            && let Some(object) = object.as_object_mut()
        {
            object.insert("required".into(), json!(required));
        }
        described(description, object)
    }
}

/// A schema with a description, which editors show.
pub(crate) fn described(description: &str, shape: Value) -> Value {
    let sentence = description.lines().map(str::trim).join(" ");
    match shape {
        _ if sentence.is_empty() => shape,
        Value::Object(map) => {
            let mut whole = Map::new();
            whole.insert("description".into(), json!(sentence.trim()));
            whole.extend(map);
            Value::Object(whole)
        }
        _ => json!({ "description": sentence.trim() }),
    }
}

/// A schema of a word, number or truth, for which `${matrix.NAME}` or `${with.NAME}` may stand.
pub(crate) fn substitutable(shape: Value) -> Value {
    json!({ "anyOf": [shape, { "type": "string", "pattern": r"\$\{ *(matrix|with)\." }] })
}
