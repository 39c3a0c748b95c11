//! Path patterns: `*` is one segment, `**` the rest.

/// Whether a path as written on the request line fits a pattern; case-sensitive, nothing is decoded.
pub(crate) fn path_fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    segments_fit(&pattern, &path)
}

fn segments_fit(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) | (["**"], [_, ..]) => true,
        (["**", rest @ ..], [_, tail @ ..]) => segments_fit(rest, tail) || segments_fit(pattern, tail),
        (["*", rest @ ..], [segment, tail @ ..]) => !segment.is_empty() && segments_fit(rest, tail),
        ([wanted, rest @ ..], [segment, tail @ ..]) => wanted == segment && segments_fit(rest, tail),
        _ => false,
    }
}

/// Whether a file name fits a glob in which `*` stands for any characters.
pub(crate) fn glob_fits(glob: &str, name: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else { return glob == name };
    let Some(mut left) = name.strip_prefix(start) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return left.ends_with(piece);
        }
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        for (pattern, path, fits) in [
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
            ("/**", "/", true),
            ("/**/a2a", "/workspaces/w1/a2a", true),
            ("/a%20b", "/a b", false),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_glob_star_is_any_text() {
        for (glob, name, fits) in [
            (".auth_token", ".auth_token", true),
            (".auth_token", ".auth_token.tmp", false),
            (".auth*", ".auth_token", true),
            ("*.tmp", "a.tmp", true),
            ("*.tmp", "a.tmp.x", false),
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
        ] {
            assert_eq!(glob_fits(glob, name), fits, "{glob} {name}");
        }
    }

    proptest! {
        #[test]
        fn a_path_without_stars_fits_itself_and_the_wildcards(path in "(/[a-z0-9%._-]{1,8}){1,5}") {
            prop_assert!(path_fits(&path, &path));
            prop_assert!(path_fits("/**", &path));
            let starred: String = path.split('/').skip(1).map(|_| "/*").collect();
            prop_assert!(path_fits(&starred, &path));
            let slashed = format!("{path}/");
            prop_assert!(!path_fits(&path, &slashed));
        }

        #[test]
        fn a_name_fits_every_glob_made_by_starring_a_part_of_it(name in "[a-z._]{0,12}", cut in 0_usize..12, end in 0_usize..12) {
            let cut = cut.min(name.len());
            let end = end.clamp(cut, name.len().max(cut)).min(name.len());
            let glob = format!("{}*{}", &name[..cut], &name[end..]);
            prop_assert!(glob_fits(&glob, &name), "{} {}", glob, name);
        }
    }
}
