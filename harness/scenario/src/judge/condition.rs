//! Matchers against values.
//!
//! A matcher is resolved first (its templates become literal texts), so that an unknown variable can never make a negative condition true.

use serde_json::Value;

use super::finding::Difference;
use super::value::{as_text, at_path};
use super::variable::{Context, Unresolved};
use crate::plan::{JsonType, Matcher, Template, shown};

/// The matcher with its variables replaced by their values.
pub(crate) fn resolved(matcher: &Matcher, context: &Context<'_>) -> Result<Matcher, Unresolved> {
    let literal = |template: &Template| context.resolve(template).map(Template::literal);
    let each = |list: &[Matcher]| {
        list.iter()
            .map(|inner| resolved(inner, context))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match matcher {
        Matcher::Equals(text) => Matcher::Equals(literal(text)?),
        Matcher::Contains(text) => Matcher::Contains(literal(text)?),
        Matcher::StartsWith(text) => Matcher::StartsWith(literal(text)?),
        Matcher::OneOf(list) => Matcher::OneOf(each(list)?),
        Matcher::Both(list) => Matcher::Both(each(list)?),
        Matcher::Not(inner) => Matcher::Not(Box::new(resolved(inner, context)?)),
        Matcher::Any(inner) => Matcher::Any(Box::new(resolved(inner, context)?)),
        Matcher::All(inner) => Matcher::All(Box::new(resolved(inner, context)?)),
        Matcher::None(inner) => Matcher::None(Box::new(resolved(inner, context)?)),
        Matcher::Fields(fields) => Matcher::Fields(
            fields
                .iter()
                .map(|(path, inner)| Ok((path.clone(), resolved(inner, context)?)))
                .collect::<Result<_, Unresolved>>()?,
        ),
        Matcher::Is(_)
        | Matcher::Absent
        | Matcher::Present
        | Matcher::Matches(_)
        | Matcher::Type(_)
        | Matcher::Length(_)
        | Matcher::Range { .. } => matcher.clone(),
    })
}

/// Whether a value, or its absence, fits a resolved matcher.
pub(crate) fn fits(matcher: &Matcher, value: Option<&Value>) -> bool {
    let text = value.and_then(Value::as_str);
    let list = value.and_then(Value::as_array);
    match matcher {
        Matcher::Absent => value.is_none(),
        Matcher::Present => value.is_some(),
        Matcher::Equals(wanted) => text.is_some_and(|text| text == wanted.to_string()),
        Matcher::Is(wanted) => value.is_some_and(|value| same(wanted, value)),
        Matcher::Matches(pattern) => text.is_some_and(|text| pattern.0.is_match(text)),
        Matcher::Contains(part) => text.is_some_and(|text| text.contains(&part.to_string())),
        Matcher::StartsWith(part) => text.is_some_and(|text| text.starts_with(&part.to_string())),
        Matcher::OneOf(several) => several.iter().any(|inner| fits(inner, value)),
        Matcher::Both(several) => several.iter().all(|inner| fits(inner, value)),
        Matcher::Not(inner) => !fits(inner, value),
        Matcher::Type(wanted) => value.is_some_and(|value| is_of_type(value, *wanted)),
        Matcher::Length(wanted) => list
            .map(Vec::len)
            .or_else(|| text.map(|text| text.chars().count()))
            .is_some_and(|length| length as u64 == *wanted),
        Matcher::Any(inner) => {
            list.is_some_and(|list| list.iter().any(|element| fits(inner, Some(element))))
        }
        Matcher::All(inner) => list.is_some_and(|list| {
            !list.is_empty() && list.iter().all(|element| fits(inner, Some(element)))
        }),
        Matcher::None(inner) => {
            list.is_some_and(|list| !list.iter().any(|element| fits(inner, Some(element))))
        }
        Matcher::Fields(fields) => value.is_some_and(|value| {
            value.is_object()
                && fields
                    .iter()
                    .all(|(path, inner)| fits(inner, at_path(value, path)))
        }),
        Matcher::Range { at_least, at_most } => {
            value.and_then(Value::as_f64).is_some_and(|number| {
                at_least.is_none_or(|least| number >= least)
                    && at_most.is_none_or(|most| number <= most)
            })
        }
    }
}

/// Whether a text that carries its type nowhere (a header, a query parameter) fits; numbers and booleans compare by their spelling.
pub(crate) fn text_fits(matcher: &Matcher, text: Option<&str>) -> bool {
    let value = text.map(|text| Value::String(text.to_owned()));
    match matcher {
        Matcher::Is(wanted @ (Value::Number(_) | Value::Bool(_))) => {
            text.map(str::to_owned) == Some(wanted.to_string())
        }
        Matcher::Range { .. } => {
            let number = text
                .and_then(|text| text.trim().parse::<f64>().ok())
                .and_then(serde_json::Number::from_f64);
            fits(matcher, number.map(Value::Number).as_ref())
        }
        Matcher::Not(inner) => !text_fits(inner, text),
        Matcher::OneOf(several) => several.iter().any(|inner| text_fits(inner, text)),
        Matcher::Both(several) => several.iter().all(|inner| text_fits(inner, text)),
        _ => fits(matcher, value.as_ref()),
    }
}

/// Equality as JSON, with numbers compared by value.
fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.as_f64().is_some() && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, inner)| other.get(key).is_some_and(|found| same(inner, found)))
        }
        _ => wanted == value,
    }
}

fn is_of_type(value: &Value, wanted: JsonType) -> bool {
    match wanted {
        JsonType::String => value.is_string(),
        JsonType::Integer => value.is_i64() || value.is_u64(),
        JsonType::Number => value.is_number(),
        JsonType::Boolean => value.is_boolean(),
        JsonType::Object => value.is_object(),
        JsonType::Array => value.is_array(),
        JsonType::Null => value.is_null(),
    }
}

/// The difference between a value and a resolved matcher, if there is one.
pub(crate) fn difference(
    field: impl Into<String>,
    matcher: &Matcher,
    value: Option<&Value>,
) -> Option<Difference> {
    (!fits(matcher, value))
        .then(|| Difference::new(field, matcher.to_string(), shown::value(value)))
}

/// The difference between a header or query parameter and a resolved matcher, if there is one.
pub(crate) fn text_difference(
    field: impl Into<String>,
    matcher: &Matcher,
    text: Option<&str>,
) -> Option<Difference> {
    let seen = || shown::value(text.map(|text| Value::String(text.to_owned())).as_ref());
    (!text_fits(matcher, text)).then(|| Difference::new(field, matcher.to_string(), seen()))
}

/// A JSON value as the text a capture keeps.
pub(crate) fn captured(value: Option<&Value>, path: &str) -> Result<String, String> {
    value
        .map(as_text)
        .ok_or_else(|| format!("`{path}` was absent"))
}
