//! Path patterns of faults.

/// Whether a path matches a pattern: `*` is one segment, a last `**` is any rest (also none), other segments are literal.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut wanted = pattern.split('/').peekable();
    while let Some(segment) = wanted.next() {
        if segment == "**" && wanted.peek().is_none() {
            return true;
        }
        match segments.next() {
            Some(found) if segment == found || (segment == "*" && !found.is_empty()) => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn a_star_is_one_segment_and_two_stars_are_the_rest() {
        assert!(matches("/workspaces/*/a2a", "/workspaces/w1/a2a"));
        assert!(!matches("/workspaces/*/a2a", "/workspaces/w1/x/a2a"));
        assert!(!matches("/workspaces/*/a2a", "/workspaces//a2a"));
        assert!(matches("/workspaces/**", "/workspaces/w1/x/a2a"));
        assert!(matches("/workspaces/**", "/workspaces"));
        assert!(matches("**", "/anything/at/all"));
        assert!(!matches("/registry/register", "/registry/register/"));
    }

    proptest! {
        #[test]
        fn every_path_matches_itself_and_its_starred_forms(
            segments in prop::collection::vec("[a-z0-9-]{1,6}", 1..6), starred in any::<prop::sample::Index>()
        ) {
            let path = format!("/{}", segments.join("/"));
            prop_assert!(matches(&path, &path));
            let index = starred.index(segments.len());
            let mut pattern = segments.clone();
            pattern[index] = "*".into();
            let starred = format!("/{}", pattern.join("/"));
            prop_assert!(matches(&starred, &path));
            let rest = format!("/{}/**", segments[..index].join("/")).replace("//", "/");
            prop_assert!(matches(&rest, &path), "{} {}", rest, path);
        }

        #[test]
        fn a_pattern_without_stars_matches_nothing_else(one in "(/[a-z]{1,3}){1,4}", other in "(/[a-z]{1,3}){1,4}") {
            prop_assert_eq!(matches(&one, &other), one == other);
        }
    }
}
