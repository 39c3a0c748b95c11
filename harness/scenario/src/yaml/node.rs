//! What stands in a file, with the place of everything.

use std::fmt;
use std::ops::Range;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};
use serde_saphyr::{Location, Spanned};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// What was written.
    pub(crate) content: Content,
    /// Byte range in the parsed text; of a list or map the beginning only.
    pub(crate) mark: Range<usize>,
}

/// What was written.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// Nothing, or `~`.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A number without quotes.
    Number(Number),
    /// Anything else that is no list and no map.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written; no key stands twice.
    Map(Vec<(Text, Node)>),
}

/// A text and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// The text.
    pub(crate) value: String,
    /// Byte range in the parsed text.
    pub(crate) mark: Range<usize>,
}

impl Node {
    /// A map that stands nowhere.
    pub(crate) fn map(entries: Vec<(Text, Self)>) -> Self {
        Self {
            content: Content::Map(entries),
            mark: 0..0,
        }
    }

    /// The keys and values of a map; none where it is no map.
    pub(crate) fn entries(&self) -> &[(Text, Node)] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none where it is no list.
    pub(crate) fn elements(&self) -> &[Node] {
        match &self.content {
            Content::List(elements) => elements,
            _ => &[],
        }
    }

    /// What stands under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, value)| value)
    }

    /// The same as JSON.
    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Truth(truth) => Value::Bool(*truth),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(elements) => elements.iter().map(Self::to_json).collect(),
            Content::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.value.clone(), value.to_json()))
                .collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        Ok(Self {
            content: spanned.value,
            mark: mark(&spanned.referenced),
        })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Content, E> {
        Ok(Content::Truth(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Content, E> {
        Ok(Number::from_f64(number).map_or(Content::Null, Content::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Content::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let key = Text {
                value: key.value,
                mark: mark(&key.referenced),
            };
            entries.push((key, map.next_value()?));
        }
        Ok(Content::Map(entries))
    }
}

/// The library's location as a byte range.
pub(super) fn mark(location: &Location) -> Range<usize> {
    let span = location.span();
    let start = span
        .byte_offset()
        .and_then(|offset| usize::try_from(offset).ok())
        .unwrap_or_default();
    let length = span
        .byte_len()
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or_default();
    start..start.saturating_add(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{parse_text, write};
    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z0-9 :{}~.$#'\"é\\\\-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z._-]{1,6}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// Every mark lies inside the text, and a plain text is marked as it stands there.
    fn marks_fit(node: &Node, text: &str) {
        assert!(text.get(node.mark.clone()).is_some(), "{node:?}");
        node.elements()
            .iter()
            .for_each(|element| marks_fit(element, text));
        for (key, value) in node.entries() {
            assert!(
                text.get(key.mark.clone())
                    .is_some_and(|marked| marked.contains(&key.value)),
                "{key:?}"
            );
            marks_fit(value, text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in value()) {
            let text = write(&value).unwrap();
            let node = parse_text(&text).map_err(|error| TestCaseError::fail(format!("{error} in\n{text}")))?;
            prop_assert_eq!(node.to_json(), value, "in\n{}", text);
            marks_fit(&node, &text);
        }
    }

    #[test]
    fn words_of_older_yaml_are_plain_texts() {
        let node = parse_text("[yes, on, off, no, n, 1.5, ~]").unwrap();
        assert_eq!(
            node.to_json(),
            json!(["yes", "on", "off", "no", "n", 1.5, null])
        );
    }
}
