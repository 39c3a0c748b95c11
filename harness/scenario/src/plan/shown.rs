//! Values for people, in one line of bounded length.

use itertools::Itertools as _;
use serde_json::Value;

/// How many characters of a value are shown.
pub(crate) const SHOWN: usize = 160;

/// A value: texts in backquotes, the rest as JSON, cut when long.
pub(crate) fn value(value: Option<&Value>) -> String {
    match value {
        None => "absent".into(),
        Some(Value::String(text)) if text.is_empty() => "empty".into(),
        Some(Value::String(text)) => format!("`{}`", cut(text)),
        Some(other) => cut(&other.to_string()),
    }
}

/// A text as one line of bounded length.
pub(crate) fn cut(text: &str) -> String {
    let line: String = text.chars().flat_map(visible).take(SHOWN + 1).collect();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

fn visible(character: char) -> Vec<char> {
    if character.is_control() {
        character.escape_default().collect()
    } else {
        vec![character]
    }
}

/// How often: `once`, `twice`, `3 times`.
pub(crate) fn times(number: u32) -> String {
    match number {
        1 => "once".into(),
        2 => "twice".into(),
        more => format!("{more} times"),
    }
}

/// The statuses an answer may have, behind a word: ` answered 200 or 202`; nothing where any will do.
pub(crate) fn statuses(before: &str, statuses: &[u16]) -> String {
    let list = statuses.iter().map(u16::to_string).join(" or ");
    if list.is_empty() {
        String::new()
    } else {
        format!("{before} {list}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_values_are_cut_and_control_characters_escaped() {
        assert_eq!(value(Some(&json!("a\r\nb"))), "`a\\r\\nb`");
        assert_eq!(value(Some(&json!({"a": [1]}))), r#"{"a":[1]}"#);
        assert!(cut(&"x".repeat(500)).chars().count() == SHOWN + 1);
        assert_eq!(value(None), "absent");
    }
}
