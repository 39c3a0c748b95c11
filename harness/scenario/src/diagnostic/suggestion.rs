//! "Did you mean": the known word nearest to a misspelt one.

use strsim::osa_distance;

/// The known word that needs the fewest edits, if they are few enough to be a slip.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|candidate| {
            (
                osa_distance(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(edits, candidate)| *edits <= limit || extends(word, candidate))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// A help text: the nearest word, or all of them when none is near.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let known: Vec<_> = known.into_iter().collect();
    if let Some(candidate) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    let quoted: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => None,
        [only] => Some(format!("only {only} is known here")),
        many if many.len() <= 40 => Some(format!("known are {}", many.join(", "))),
        _ => None,
    }
}

/// `receiver` for `receive`: one is the beginning of the other, and long enough to mean something.
fn extends(word: &str, candidate: &str) -> bool {
    let shorter = word.len().min(candidate.len());
    shorter >= 4 && (word.starts_with(candidate) || candidate.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["within", "until", "environment"];
        assert_eq!(nearest("witin", known), Some("within"));
        assert_eq!(nearest("wihtin", known), Some("within"));
        assert_eq!(nearest("Until", known), Some("until"));
        assert_eq!(nearest("sleep", known), None);
        assert_eq!(
            did_you_mean("sleep", known).unwrap(),
            "known are `within`, `until`, `environment`"
        );
        assert_eq!(did_you_mean("x", []), None);
    }
}
