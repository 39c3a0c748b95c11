//! A file's text after substitution, with the way back to what its author wrote.

use std::ops::Range;

use super::Source;

/// A text ready to be parsed, and the text it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// As the author wrote it.
    pub(crate) source: Source,
    /// After substitution.
    pub(crate) text: String,
    replacements: Vec<Replacement>,
}

/// A substituted place.
#[derive(Debug, Clone)]
struct Replacement {
    original: Range<usize>,
    expanded: Range<usize>,
}

/// `${matrix.NAME}` or `${with.NAME}` in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placeholder {
    /// `matrix` or `with`.
    pub(crate) family: &'static str,
    /// The name after the dot.
    pub(crate) name: String,
    /// Byte range from `$` to `}`.
    pub(crate) range: Range<usize>,
}

impl Document {
    /// A text as it is.
    pub(crate) fn plain(source: Source) -> Self {
        let text = source.text.to_string();
        Self {
            source,
            text,
            replacements: Vec::new(),
        }
    }

    /// A text in which every placeholder that has a value is replaced.
    pub(crate) fn substituted(
        source: Source,
        value: impl Fn(&Placeholder) -> Option<String>,
    ) -> Self {
        let mut text = String::new();
        let mut replacements = Vec::new();
        let mut done = 0;
        for placeholder in placeholders(&source.text) {
            let Some(value) = value(&placeholder) else {
                continue;
            };
            text.push_str(
                source
                    .text
                    .get(done..placeholder.range.start)
                    .unwrap_or_default(),
            );
            let start = text.len();
            text.push_str(&value);
            done = placeholder.range.end;
            replacements.push(Replacement {
                original: placeholder.range,
                expanded: start..text.len(),
            });
        }
        text.push_str(source.text.get(done..).unwrap_or_default());
        Self {
            source,
            text,
            replacements,
        }
    }

    /// A text of the same length in which placeholders are plain words, so that it parses before they have values.
    pub(crate) fn veiled(source: Source) -> Self {
        let mut text = source.text.to_string();
        for placeholder in placeholders(&source.text) {
            let word = source
                .text
                .get(placeholder.range.clone())
                .unwrap_or_default()
                .replace(['$', '{', '}'], "_");
            text.replace_range(placeholder.range, &word);
        }
        Self {
            source,
            text,
            replacements: Vec::new(),
        }
    }

    /// The author's range for a range of the expanded text.
    pub(crate) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.original_offset(range.start, false);
        let end = self.original_offset(range.end, true);
        start..end.max(start)
    }

    /// The author's range for a range of the expanded text; of a map or list, which is marked at its beginning only, the first word.
    pub(crate) fn widened(&self, range: &Range<usize>) -> Range<usize> {
        let range = self.original(range);
        let rest = self.source.text.get(range.start..).unwrap_or_default();
        if range.len() > 1 || !(range.is_empty() || rest.starts_with(['{', '['])) {
            return range;
        }
        let skipped = rest.len() - rest.trim_start_matches(['{', '[', ' ', '"', '\'']).len();
        let word = rest.get(skipped..).unwrap_or_default();
        let length = word
            .find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)))
            .unwrap_or(word.len());
        if length == 0 {
            range
        } else {
            range.start + skipped..range.start + skipped + length
        }
    }

    /// In flow style `{` of `${...}` opens a map, which is never meant: what to do about it, where that happened.
    pub(crate) fn unquoted_variable(&self, mark: &Range<usize>) -> Option<String> {
        let start = self
            .text
            .get(..mark.start)?
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let line = self.text.get(start..)?.lines().next()?;
        let bare = [": ${", "[${", "[ ${", ", ${"]
            .iter()
            .any(|sign| line.contains(sign));
        bare.then(|| {
            "between braces or brackets a text with variables needs quotes: `\"${auth_token}\"`"
                .into()
        })
    }

    /// What to do about a file that is no map from its first letter on, where the mark is there.
    pub(crate) fn beginning(&self, mark: &Range<usize>) -> Option<String> {
        self.text.get(..mark.start)?.trim().is_empty().then(|| {
            "a file is a map of keys and begins with `scenario:`, `fragment:` or `requirements:`".into()
        })
    }

    fn original_offset(&self, offset: usize, is_end: bool) -> usize {
        let mut result = offset;
        for replacement in &self.replacements {
            let Range { start, end } = replacement.expanded;
            let inside = if is_end {
                offset > start && offset <= end
            } else {
                offset >= start && offset < end
            };
            if inside {
                return if is_end {
                    replacement.original.end
                } else {
                    replacement.original.start
                };
            }
            if offset < end || (offset == end && !is_end && start == end) {
                break;
            }
            result = replacement.original.end + (offset - end);
        }
        result
    }
}

/// Every placeholder of a text; `$${` is not one.
pub(crate) fn placeholders(text: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("${") {
        let escaped = text
            .get(..start)
            .is_some_and(|before| before.ends_with('$'));
        let after = text.get(start + 2..).unwrap_or_default();
        let line = after.split('\n').next().unwrap_or_default();
        let Some((inside, _)) = line.split_once('}').filter(|_| !escaped) else {
            continue;
        };
        let family = ["matrix", "with"].into_iter().find_map(|family| {
            let name = inside.trim().strip_prefix(family)?.strip_prefix('.')?;
            Some((family, name.to_owned()))
        });
        if let Some((family, name)) = family {
            found.push(Placeholder {
                family,
                name,
                range: start..start + 2 + inside.len() + 1,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(text: &str) -> Source {
        Source::new("a/x.yaml", text)
    }

    #[test]
    fn places_after_a_substitution_point_at_the_authors_text() {
        let text = "a: ${matrix.face}\nb: [${ matrix.face }, c]\n";
        let document = Document::substituted(source(text), |_| Some("waf-empty-and-long".into()));
        assert_eq!(
            document.text,
            "a: waf-empty-and-long\nb: [waf-empty-and-long, c]\n"
        );
        let c = document.text.rfind('c').unwrap();
        assert_eq!(text.get(document.original(&(c..c + 1))), Some("c"));
        let inside = document.text.find("empty").unwrap();
        assert_eq!(
            text.get(document.original(&(inside..inside + 5))),
            Some("${matrix.face}")
        );
    }

    #[test]
    fn escapes_and_other_variables_are_left_alone() {
        assert_eq!(placeholders("$${matrix.x} ${auth_token} ${matrix.y\n}"), []);
        let veiled = Document::veiled(source("{ edge: ${matrix.face}, x: ${with.y} }"));
        assert_eq!(veiled.text, "{ edge: __matrix.face_, x: __with.y_ }");
    }

    proptest! {
        #[test]
        fn ranges_stay_inside_the_text(text in "(a|\n|\\$\\{matrix\\.x\\}|ä|\\$){0,20}", value in "[a-z]{0,6}") {
            let document = Document::substituted(source(&text), |_| Some(value.clone()));
            for start in 0..=document.text.len() {
                let original = document.original(&(start..document.text.len()));
                prop_assert!(original.start <= original.end && original.end <= text.len());
            }
        }
    }
}
