//! Durations, as files have them.

use std::time::Duration;

use serde_json::{Value, json};

use super::reader::Reader;
use super::record::Read;
use super::schema::{Schema, substitutable};
use crate::diagnostic::Code;
use crate::yaml::Node;

/// What a duration looks like.
const DURATION: &str = "^[0-9]+(ms|s|m)$";

impl Read for Duration {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node)?;
        let duration = parse_duration(&text);
        if duration.is_none() {
            let digits = text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty();
            let help = if digits {
                format!("did you mean `{text}ms` or `{text}s`?")
            } else {
                "write a whole number and a unit: `250ms`, `2s` or `1m`".into()
            };
            reader
                .report(
                    Code::BadDuration,
                    &node.mark,
                    format!("`{text}` is not a duration"),
                )
                .help(help);
        }
        duration
    }

    fn shape(_: &mut Schema) -> Value {
        substitutable(json!({ "type": "string", "pattern": DURATION }))
    }
}

/// Reads `250ms`, `2s` or `1m`; a number alone is not a duration.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let milliseconds = match unit {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        _ => return None,
    };
    Some(Duration::from_millis(milliseconds))
}

/// Writes a duration in the greatest unit that keeps it whole; below a millisecond is cut off.
pub fn print_duration(duration: Duration) -> String {
    match duration.as_millis() {
        0 => "0ms".into(),
        whole if whole % 60_000 == 0 => format!("{}m", whole / 60_000),
        whole if whole % 1_000 == 0 => format!("{}s", whole / 1_000),
        whole => format!("{whole}ms"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_milliseconds_seconds_and_minutes() {
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("2s"), Some(Duration::from_secs(2)));
        assert_eq!(parse_duration("1m"), Some(Duration::from_mins(1)));
        for bad in [
            "",
            "2",
            "s",
            "2h",
            "1.5s",
            "-1s",
            "2 s",
            "2S",
            "99999999999999999999s",
            "307445734561826m1",
        ] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
        assert_eq!(parse_duration("18446744073709551615m"), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(milliseconds in 0_u64..10_000_000_000) {
            let duration = Duration::from_millis(milliseconds);
            prop_assert_eq!(parse_duration(&print_duration(duration)), Some(duration));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
            let _ = parse_duration(&text);
        }
    }
}
