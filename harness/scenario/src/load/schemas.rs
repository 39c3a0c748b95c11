//! The schemas that editors use are those of the types that are read.

use std::path::Path;

use serde_json::json;

use super::{fragment_schema, scenario_schema};

fn committed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../scenarios")
        .join(name);
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_committed_schemas_are_the_generated_ones() {
    for (name, schema) in [
        ("scenario.schema.json", scenario_schema()),
        ("fragment.schema.json", fragment_schema()),
    ] {
        assert!(
            committed(name) == format!("{schema:#}\n"),
            "scenarios/{name} is old; write it again with `proofmark schema`"
        );
    }
}

#[test]
fn every_map_of_fixed_keys_refuses_unknown_ones() {
    let schema = scenario_schema();
    let mut maps = vec![("the file", &schema)];
    maps.extend(
        schema["$defs"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, map)| (name.as_str(), map)),
    );
    let mut closed = 0;
    for (name, map) in maps {
        if map.get("properties").is_some() {
            assert_eq!(
                map["additionalProperties"],
                json!(false),
                "{name} takes any key"
            );
            closed += 1;
        }
    }
    assert!(closed > 15, "{closed}");
}

#[test]
fn descriptions_come_from_the_types() {
    let schema = scenario_schema();
    assert_eq!(
        schema["$schema"],
        json!("https://json-schema.org/draft/2020-12/schema")
    );
    let title = &schema["properties"]["title"]["description"];
    assert_eq!(
        title,
        &json!("One sentence for people, without final period.")
    );
}
