//! Values that are kept for templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::diagnostic::Code;
use crate::reading::{Read, Reader, Schema};
use crate::yaml::Node;

/// Names and where to take their values in an exchange: `body.id`.
pub(super) struct OfExchange;

/// Names and dotted paths in the JSON body of an answer.
pub(super) struct OfAnswer;

impl Read<BTreeMap<String, String>> for OfAnswer {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<String, String>> {
        let places = BTreeMap::<String, String>::read(node, reader)?;
        for (name, _) in node.entries() {
            reader.capture(&name.value, &name.mark);
        }
        Some(places)
    }

    fn shape(_: &mut Schema) -> Value {
        json!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}

impl Read<BTreeMap<String, String>> for OfExchange {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<String, String>> {
        let places = OfAnswer::read(node, reader)?;
        for (name, place) in node.entries() {
            let Some(written) = places.get(&name.value) else {
                continue;
            };
            let part = written.split('.').next().unwrap_or_default();
            if !["body", "query", "headers", "path", "answer"].contains(&part) {
                let message = format!("`{written}` is not a place in an exchange");
                reader.report(Code::BadCapture, &place.mark, message).help(
                    "write `body.id`, `query.path`, `headers.origin`, `path`, `answer.status` or `answer.body.id`",
                );
            }
        }
        Some(places)
    }

    fn shape(schema: &mut Schema) -> Value {
        OfAnswer::shape(schema)
    }
}
