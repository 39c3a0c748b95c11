//! Values in bodies, queries and reports.

use percent_encoding::percent_decode_str;
use protocol::journal::{Body, Content};
use serde_json::Value;

/// The value at a dotted path; numbers index lists, the empty path is the whole value. A key that contains dots is found by its whole rest.
pub(crate) fn at_path<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let Some(found) = value.as_object().and_then(|map| map.get(path)) {
        return Some(found);
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let next = match value {
        Value::Object(map) => map.get(first)?,
        Value::Array(list) => list.get(first.parse::<usize>().ok()?)?,
        _ => return None,
    };
    at_path(next, rest)
}

/// What is known of a body as JSON.
pub(crate) enum Reading {
    /// It was kept whole and is JSON.
    Known(Value),
    /// It was kept whole and is not JSON (it may be empty).
    NotJson,
    /// It was not kept whole, so that nothing can be said.
    Unknown,
}

/// Reads a body as JSON.
pub(crate) fn json_of(body: &Body) -> Reading {
    match &body.content {
        Content::Empty => Reading::NotJson,
        Content::Text(text) => serde_json::from_str(text).map_or(Reading::NotJson, Reading::Known),
        Content::Cut(_) | Content::Opaque(_) => Reading::Unknown,
    }
}

/// The first parameter of a query with this name, decoded.
pub(crate) fn query_value(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Percent-decoded text, with `+` for a blank; what is not UTF-8 becomes the replacement character.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

/// The text of a value as a template takes it.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dotted_path_walks_maps_and_lists() {
        let value = json!({"result": {"parts": [{"text": "hi"}]}, "a.b": {"c": 1}});
        assert_eq!(at_path(&value, "result.parts.0.text"), Some(&json!("hi")));
        assert_eq!(at_path(&value, "result.parts.1.text"), None);
        assert_eq!(at_path(&value, "result.parts.x"), None);
        assert_eq!(at_path(&value, ""), Some(&value));
        assert_eq!(at_path(&value, "a.b"), Some(&json!({"c": 1})));
    }

    #[test]
    fn a_query_parameter_is_decoded_and_the_first_one_counts() {
        assert_eq!(
            query_value("path=%2Fconfigs%2Fa+b&path=x", "path").as_deref(),
            Some("/configs/a b")
        );
        assert_eq!(query_value("a", "a").as_deref(), Some(""));
        assert_eq!(query_value("", ""), None);
        assert_eq!(query_value("x=100%", "x").as_deref(), Some("100%"));
    }

    proptest! {
        #[test]
        fn decoding_never_fails_and_leaves_plain_text_alone(text in "\\PC{0,30}", plain in "[a-z0-9/._-]{0,20}") {
            let _ = decoded(&text);
            prop_assert_eq!(decoded(&plain), plain);
        }
    }
}
