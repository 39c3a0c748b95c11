//! Path patterns, the same for selecting requests and files.

/// A pattern over paths: a segment `**` stands for one or more segments of any kind, `*` for a segment that is not empty or, beside other
/// characters, for any run of characters in it. The rest is literal; case counts, and nothing is decoded.
#[derive(Debug, Clone, Copy)]
pub struct PathPattern<'a>(pub &'a str);

impl PathPattern<'_> {
    /// Whether a path fits as it is written on the request line or below a directory.
    pub fn fits(self, path: &str) -> bool {
        let pattern: Vec<&str> = self.0.split('/').collect();
        let path: Vec<&str> = path.split('/').collect();
        segments_fit(&pattern, &path)
    }
}

/// Recursion is bounded by the length of the pattern, not of the path, which the subject controls.
fn segments_fit(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) | (["**"], [_, ..]) => true,
        (["**", rest @ ..], [_, after @ ..]) => {
            (0..after.len()).any(|more| segments_fit(rest, after.get(more..).unwrap_or_default()))
        }
        ([wanted, rest @ ..], [segment, after @ ..]) => {
            segment_fits(wanted, segment) && segments_fit(rest, after)
        }
        _ => false,
    }
}

fn segment_fits(wanted: &str, segment: &str) -> bool {
    if wanted == "*" {
        return !segment.is_empty();
    }
    let Some((start, rest)) = wanted.split_once('*') else {
        return wanted == segment;
    };
    let Some(mut left) = segment.strip_prefix(start) else {
        return false;
    };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return left.ends_with(piece);
        }
        let Some((_, after)) = left.split_once(piece) else {
            return false;
        };
        left = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        PathPattern(pattern).fits(path)
    }

    #[test]
    fn a_star_is_one_segment_and_two_are_any_rest() {
        for (pattern, path, expected) in [
            ("/registry/register", "/registry/register", true),
            ("/registry/register", "/registry/register/", false),
            ("/registry/register", "//registry/register", false),
            ("/registry/register", "/Registry/register", false),
            ("/workspaces/*/a2a", "/workspaces/w1/a2a", true),
            ("/workspaces/*/a2a", "/workspaces//a2a", false),
            ("/workspaces/*/a2a", "/workspaces/w1/x/a2a", false),
            ("/registry/**", "/registry/discover/w1", true),
            ("/registry/**", "/registry/", true),
            ("/registry/**", "/registry", false),
            ("/workspaces/**", "/workspaces/w1/x/a2a", true),
            ("/**", "/", true),
            ("**", "/anything/at/all", true),
            ("/**/a2a", "/workspaces/w1/a2a", true),
            ("/**/register", "/registry/register", true),
            ("/**/register", "/register", false),
            ("/**/register", "/registry/", false),
            ("/**/w1/**", "/workspaces/w1/x/a2a", true),
            ("/a%20b", "/a b", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn beside_other_characters_a_star_is_any_text() {
        for (pattern, name, expected) in [
            (".auth_token", ".auth_token", true),
            (".auth_token", ".auth_token.tmp", false),
            (".auth*", ".auth_token", true),
            ("*.tmp", "a.tmp", true),
            ("*.tmp", ".tmp", true),
            ("*.tmp", "a.tmp.x", false),
            ("*", "a", true),
            ("*", "", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("configs/.auth*", "configs/.auth_token", true),
            ("configs/.auth*", "configs/.auth/token", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_long_path_is_no_deep_recursion() {
        assert!(!fits("/**/register/**/x", &"/a".repeat(50_000)));
    }

    proptest! {
        #[test]
        fn a_path_without_stars_fits_itself_and_the_wildcards(path in "(/[a-z0-9%._-]{1,8}){1,5}") {
            prop_assert!(fits(&path, &path));
            prop_assert!(fits("/**", &path));
            let starred: String = path.split('/').skip(1).map(|_| "/*").collect();
            prop_assert!(fits(&starred, &path));
            let slashed = format!("{path}/");
            prop_assert!(!fits(&path, &slashed));
        }

        #[test]
        fn every_path_fits_its_starred_forms(
            segments in prop::collection::vec("[a-z0-9-]{1,6}", 1..6), starred in any::<prop::sample::Index>()
        ) {
            let path = format!("/{}", segments.join("/"));
            let index = starred.index(segments.len());
            let mut pattern = segments.clone();
            for stars in ["*", "**"] {
                pattern[index] = stars.into();
                let starred = format!("/{}", pattern.join("/"));
                prop_assert!(fits(&starred, &path), "{} {}", starred, path);
            }
            let rest = format!("/{}/**", segments[..index].join("/")).replace("//", "/");
            prop_assert!(fits(&rest, &path), "{} {}", rest, path);
        }

        #[test]
        fn a_pattern_without_stars_fits_nothing_else(one in "(/[a-z]{1,3}){1,4}", other in "(/[a-z]{1,3}){1,4}") {
            prop_assert_eq!(fits(&one, &other), one == other);
        }

        #[test]
        fn a_name_fits_every_pattern_made_by_starring_a_part_of_it(name in "[a-z._]{1,12}", cut in 0_usize..12, end in 0_usize..12) {
            let cut = cut.min(name.len());
            let end = end.clamp(cut, name.len().max(cut)).min(name.len());
            let pattern = format!("{}*{}", &name[..cut], &name[end..]);
            prop_assert!(fits(&pattern, &name), "{} {}", pattern, name);
        }
    }
}
