//! Conditions against values.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::condition::{fits, text_fits};
use super::super::testing::{conditions, equals, template};
use crate::plan::{JsonType, Matcher, Pattern};

fn pattern(text: &str) -> Matcher {
    Matcher::Matches(Pattern(regex::Regex::new(text).unwrap()))
}

fn not(inner: Matcher) -> Matcher {
    Matcher::Not(Box::new(inner))
}

fn accepts_and_refuses(matcher: &Matcher, good: Option<&Value>, bad: Option<&Value>) {
    assert!(fits(matcher, good), "{matcher} should fit {good:?}");
    assert!(!fits(matcher, bad), "{matcher} should not fit {bad:?}");
    assert!(!matcher.to_string().is_empty());
}

#[test]
fn every_operator_accepts_and_refuses() {
    let range = Matcher::Range {
        at_least: Some(1.0),
        at_most: Some(2.0),
    };
    let fields = Matcher::Fields(conditions([
        ("a.b", Matcher::Is(json!(1))),
        ("c", Matcher::Absent),
    ]));
    for (matcher, good, bad) in [
        (equals("x"), Some(json!("x")), Some(json!("X"))),
        (equals("1"), Some(json!("1")), Some(json!(1))),
        (Matcher::Is(json!(1)), Some(json!(1.0)), Some(json!("1"))),
        (Matcher::Is(json!(null)), Some(json!(null)), None),
        (
            Matcher::Is(json!([1, {"a": 2}])),
            Some(json!([1.0, {"a": 2.0}])),
            Some(json!([1])),
        ),
        (Matcher::Absent, None, Some(json!(null))),
        (Matcher::Present, Some(json!(null)), None),
        (pattern("^a.c$"), Some(json!("abc")), Some(json!("xabc"))),
        (
            Matcher::Contains(template("b")),
            Some(json!("abc")),
            Some(json!(["b"])),
        ),
        (
            Matcher::StartsWith(template("a")),
            Some(json!("abc")),
            Some(json!("cba")),
        ),
        (
            Matcher::OneOf(vec![equals("a"), Matcher::Absent]),
            None,
            Some(json!("b")),
        ),
        (not(equals("a")), None, Some(json!("a"))),
        (
            Matcher::Type(JsonType::Integer),
            Some(json!(1)),
            Some(json!(1.0)),
        ),
        (
            Matcher::Type(JsonType::Number),
            Some(json!(1.5)),
            Some(json!("1")),
        ),
        (
            Matcher::Type(JsonType::Object),
            Some(json!({})),
            Some(json!([])),
        ),
        (Matcher::Length(2), Some(json!("üb")), Some(json!([1]))),
        (
            fields,
            Some(json!({"a": {"b": 1}})),
            Some(json!({"a": {"b": 1}, "c": 0})),
        ),
        (range, Some(json!(2)), Some(json!(2.5))),
        (
            Matcher::Both(vec![Matcher::Present, not(equals("a"))]),
            Some(json!("b")),
            None,
        ),
    ] {
        accepts_and_refuses(&matcher, good.as_ref(), bad.as_ref());
    }
}

#[test]
fn every_operator_on_lists_accepts_and_refuses() {
    for (matcher, good, bad) in [
        (
            Matcher::Any(Box::new(equals("a"))),
            Some(json!(["b", "a"])),
            Some(json!([])),
        ),
        (
            Matcher::All(Box::new(equals("a"))),
            Some(json!(["a", "a"])),
            Some(json!([])),
        ),
        (
            Matcher::None(Box::new(equals("a"))),
            Some(json!([])),
            Some(json!(["a"])),
        ),
        (
            Matcher::None(Box::new(equals("a"))),
            Some(json!(["b"])),
            None,
        ),
    ] {
        accepts_and_refuses(&matcher, good.as_ref(), bad.as_ref());
    }
}

#[test]
fn a_text_without_a_type_compares_with_numbers_by_its_spelling() {
    assert!(text_fits(&Matcher::Is(json!(5)), Some("5")));
    assert!(!text_fits(&Matcher::Is(json!(5)), Some("05")));
    assert!(text_fits(&Matcher::Is(json!(true)), Some("true")));
    assert!(text_fits(
        &Matcher::Range {
            at_least: Some(3.0),
            at_most: None
        },
        Some(" 10 ")
    ));
    assert!(!text_fits(
        &Matcher::Range {
            at_least: Some(3.0),
            at_most: None
        },
        Some("ten")
    ));
    assert!(text_fits(
        &Matcher::OneOf(vec![Matcher::Is(json!(5)), Matcher::Absent]),
        None
    ));
}

fn any_value() -> impl Strategy<Value = Option<Value>> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::option::of(value)
}

fn any_matcher() -> impl Strategy<Value = Matcher> {
    let leaf = prop_oneof![
        Just(Matcher::Absent),
        Just(Matcher::Present),
        "[a-c]{0,3}".prop_map(|text| equals(&text)),
        "[a-c]{0,2}".prop_map(|text| Matcher::Contains(template(&text))),
        (0_u64..4).prop_map(Matcher::Length),
        Just(Matcher::Type(JsonType::Array)),
        any::<i64>().prop_map(|number| Matcher::Is(json!(number))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Matcher::OneOf),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Matcher::Both),
            inner.clone().prop_map(not),
            inner
                .clone()
                .prop_map(|inner| Matcher::Any(Box::new(inner))),
            inner.prop_map(|inner| Matcher::All(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn not_is_the_opposite(matcher in any_matcher(), value in any_value()) {
        prop_assert_ne!(fits(&not(matcher.clone()), value.as_ref()), fits(&matcher, value.as_ref()));
        prop_assert_eq!(fits(&not(not(matcher.clone())), value.as_ref()), fits(&matcher, value.as_ref()));
    }

    #[test]
    fn a_value_is_itself(value in any_value()) {
        if let Some(value) = &value {
            prop_assert!(fits(&Matcher::Is(value.clone()), Some(value)));
        }
        prop_assert_ne!(fits(&Matcher::Absent, value.as_ref()), fits(&Matcher::Present, value.as_ref()));
    }

    #[test]
    fn both_is_every_and_one_of_is_some(one in any_matcher(), two in any_matcher(), value in any_value()) {
        let (first, second) = (fits(&one, value.as_ref()), fits(&two, value.as_ref()));
        let pair = vec![one, two];
        prop_assert_eq!(fits(&Matcher::Both(pair.clone()), value.as_ref()), first && second);
        prop_assert_eq!(fits(&Matcher::OneOf(pair), value.as_ref()), first || second);
    }

    #[test]
    fn a_header_fits_the_text_it_is(text in "\\PC{0,20}") {
        prop_assert!(text_fits(&Matcher::Equals(crate::plan::Template::literal(text.clone())), Some(&text)));
    }
}
