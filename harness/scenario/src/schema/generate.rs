//! Schemas from the language's own types, so that editor and parser agree.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::language::{FragmentFile, ScenarioFile};

/// The schema of a scenario file, draft 2020-12.
pub fn scenario_schema() -> Value {
    schema::<ScenarioFile>("Proofmark scenario")
}

/// The schema of a fragment file, draft 2020-12.
pub fn fragment_schema() -> Value {
    schema::<FragmentFile>("Proofmark fragment")
}

/// The text of a schema as it is committed.
pub fn print(schema: &Value) -> String {
    format!("{schema:#}\n")
}

/// The schema of one kind of file.
pub(crate) fn schema<T: JsonSchema>(title: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().with_transform(Substitutable).into_generator();
    let Value::Object(generated) = generator.into_root_schema_for::<T>().to_value() else {
        return Value::Null;
    };
    // What a reader looks for first stands first.
    let mut ordered = serde_json::Map::new();
    ordered.insert("$schema".into(), generated.get("$schema").cloned().unwrap_or_default());
    ordered.insert("title".into(), json!(title));
    ordered.extend(generated.into_iter().filter(|(key, _)| key != "$schema" && key != "title"));
    Value::Object(ordered)
}

/// Fits a generated schema to the language: no defaults of absent keys, and a placeholder may stand for any number, truth or word.
#[derive(Debug, Clone, Copy)]
struct Substitutable;

impl Transform for Substitutable {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        schema.remove("default");
        let restricted = schema.get("enum").is_some()
            || schema.get("pattern").is_some()
            || types(schema).any(|name| matches!(name, "integer" | "number" | "boolean"));
        if !restricted || types(schema).any(|name| name == "array") {
            return;
        }
        let description = schema.remove("description");
        let plain = std::mem::take(schema);
        let placeholder = json!({ "type": "string", "pattern": r"\$\{ *(matrix|with)\." });
        schema.insert("anyOf".into(), json!([plain, placeholder]));
        if let Some(description) = description {
            schema.insert("description".into(), description);
        }
    }
}

fn types(schema: &Schema) -> impl Iterator<Item = &str> {
    let value = schema.get("type");
    let single = value.and_then(Value::as_str);
    let several = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    single.into_iter().chain(several)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn committed(name: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn the_committed_schemas_are_the_generated_ones() {
        for (name, schema) in
            [("scenario.schema.json", scenario_schema()), ("fragment.schema.json", fragment_schema())]
        {
            assert!(
                committed(name) == print(&schema),
                "scenarios/{name} is old; write it again with `proofmark schema`"
            );
        }
    }

    #[test]
    fn every_map_of_fixed_keys_refuses_unknown_ones() {
        let schema = scenario_schema();
        let mut maps = vec![("the file", &schema)];
        maps.extend(schema["$defs"].as_object().unwrap().iter().map(|(name, map)| (name.as_str(), map)));
        let mut closed = 0;
        for (name, map) in maps {
            if map.get("properties").is_some() {
                assert_eq!(map["additionalProperties"], json!(false), "{name} takes any key");
                closed += 1;
            }
        }
        assert!(closed > 15, "{closed}");
    }

    #[test]
    fn descriptions_come_from_the_types() {
        let schema = scenario_schema();
        assert_eq!(schema["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
        let title = &schema["properties"]["title"]["description"];
        assert_eq!(title, &json!("One sentence for people, without final period."));
    }
}
