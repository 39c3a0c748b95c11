//! A file's text after substitution, with the way back to what its author wrote.

use std::ops::Range;

use crate::plan::Source;

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
        Self { source, text, replacements: Vec::new() }
    }

    /// A text in which every placeholder that has a value is replaced.
    pub(crate) fn substituted(source: Source, value: impl Fn(&Placeholder) -> Option<String>) -> Self {
        let mut text = String::new();
        let mut replacements = Vec::new();
        let mut done = 0;
        for placeholder in placeholders(&source.text) {
            let Some(value) = value(&placeholder) else { continue };
            text.push_str(source.text.get(done..placeholder.range.start).unwrap_or_default());
            let start = text.len();
            text.push_str(&value);
            done = placeholder.range.end;
            replacements.push(Replacement { original: placeholder.range, expanded: start..text.len() });
        }
        text.push_str(source.text.get(done..).unwrap_or_default());
        Self { source, text, replacements }
    }

    /// A text of the same length in which placeholders are plain words, so that it parses before they have values.
    pub(crate) fn veiled(source: &Source) -> String {
        let mut text = source.text.to_string();
        for placeholder in placeholders(&source.text) {
            let word =
                source.text.get(placeholder.range.clone()).unwrap_or_default().replace(['$', '{', '}'], "_");
            text.replace_range(placeholder.range, &word);
        }
        text
    }

    /// The author's range for a range of the expanded text.
    pub(crate) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.original_offset(range.start, false);
        let end = self.original_offset(range.end, true);
        start..end.max(start)
    }

    fn original_offset(&self, offset: usize, is_end: bool) -> usize {
        let mut result = offset;
        for replacement in &self.replacements {
            let Range { start, end } = replacement.expanded;
            let inside =
                if is_end { offset > start && offset <= end } else { offset >= start && offset < end };
            if inside {
                return if is_end { replacement.original.end } else { replacement.original.start };
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
        let escaped = text.get(..start).is_some_and(|before| before.ends_with('$'));
        let after = text.get(start + 2..).unwrap_or_default();
        let line = after.split('\n').next().unwrap_or_default();
        let Some((inside, _)) = line.split_once('}').filter(|_| !escaped) else { continue };
        let family = ["matrix", "with"].into_iter().find_map(|family| {
            let name = inside.trim().strip_prefix(family)?.strip_prefix('.')?;
            Some((family, name.to_owned()))
        });
        if let Some((family, name)) = family {
            found.push(Placeholder { family, name, range: start..start + 2 + inside.len() + 1 });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn source(text: &str) -> Source {
        Source { file: PathBuf::from("a/x.yaml"), text: Arc::from(text) }
    }

    #[test]
    fn places_after_a_substitution_point_at_the_authors_text() {
        let text = "a: ${matrix.face}\nb: [${ matrix.face }, c]\n";
        let document = Document::substituted(source(text), |_| Some("waf-empty-and-long".into()));
        assert_eq!(document.text, "a: waf-empty-and-long\nb: [waf-empty-and-long, c]\n");
        let c = document.text.rfind('c').unwrap();
        assert_eq!(text.get(document.original(&(c..c + 1))), Some("c"));
        let inside = document.text.find("empty").unwrap();
        assert_eq!(text.get(document.original(&(inside..inside + 5))), Some("${matrix.face}"));
    }

    #[test]
    fn escapes_and_other_variables_are_left_alone() {
        assert_eq!(placeholders("$${matrix.x} ${auth_token} ${matrix.y\n}"), []);
        let veiled = Document::veiled(&source("{ edge: ${matrix.face}, x: ${with.y} }"));
        assert_eq!(veiled, "{ edge: __matrix.face_, x: __with.y_ }");
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
