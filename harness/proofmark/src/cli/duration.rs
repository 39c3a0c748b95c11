//! Durations on the command line: `250ms`, `2s`, `1m`.

use std::time::Duration;

/// Reads a duration; the message says what was wrong and what is right.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    scenario::parse_duration(text)
        .ok_or_else(|| "a duration is a whole number and a unit, such as 250ms, 2s or 1m".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_required() {
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("2s"), Ok(Duration::from_secs(2)));
        assert!(parse("2").is_err());
        assert!(parse("soon").is_err());
    }
}
