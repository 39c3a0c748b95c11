//! What a path must look like before the disk is asked (FILE-002, FILE-005).

const ROOTS: [&str; 4] = ["/configs", "/workspace", "/home", "/plugins"];

/// Holds a canonical path below one of the roots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdmittedPath {
    /// First segment, with its slash.
    pub(super) root: String,
    /// The rest, without a slash at either end; empty for the root itself.
    pub(super) rest: String,
}

/// Checks in the order of the contract; looking at whole segments is what keeps `/configsX` out.
pub(super) fn admit(path: Option<&str>) -> Result<AdmittedPath, &'static str> {
    let path = path
        .filter(|path| !path.is_empty())
        .ok_or("path query required")?;
    if !path.starts_with('/') {
        return Err("path must be absolute");
    }
    let is_below = |root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if !ROOTS.iter().any(|root| is_below(root)) {
        return Err("path must be under /configs, /workspace, /home, or /plugins");
    }
    let is_canonical = path[1..]
        .split('/')
        .all(|segment| !segment.is_empty() && segment != ".");
    if !is_canonical || path.contains("..") || path.contains('\0') {
        return Err("invalid path");
    }
    let (root, rest) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    Ok(AdmittedPath {
        root: format!("/{root}"),
        rest: rest.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_mistake_has_its_text() {
        for (path, text) in [
            (None, "path query required"),
            (Some(""), "path query required"),
            (Some("configs/x"), "path must be absolute"),
            (
                Some("/etc/passwd"),
                "path must be under /configs, /workspace, /home, or /plugins",
            ),
            (
                Some("/configsX/a"),
                "path must be under /configs, /workspace, /home, or /plugins",
            ),
            (
                Some("/workspace-evil/a"),
                "path must be under /configs, /workspace, /home, or /plugins",
            ),
            (
                Some("//configs/a"),
                "path must be under /configs, /workspace, /home, or /plugins",
            ),
            (Some("/workspace/../etc/passwd"), "invalid path"),
            (Some("/workspace/a..b"), "invalid path"),
            (Some("/workspace//a"), "invalid path"),
            (Some("/workspace/./a"), "invalid path"),
            (Some("/workspace/a/"), "invalid path"),
        ] {
            assert_eq!(admit(path), Err(text), "{path:?}");
        }
    }

    #[test]
    fn a_path_below_a_root_is_taken_apart() {
        let admitted = admit(Some("/workspace/a/b.txt")).unwrap();
        assert_eq!(
            (admitted.root.as_str(), admitted.rest.as_str()),
            ("/workspace", "a/b.txt")
        );
        assert_eq!(admit(Some("/configs")).unwrap().rest, "");
    }

    proptest! {
        #[test]
        fn what_is_admitted_has_no_dots_to_climb_with(path in "/(configs|workspace|home|plugins)[a-z./]{0,12}") {
            if let Ok(admitted) = admit(Some(&path)) {
                prop_assert!(ROOTS.contains(&admitted.root.as_str()));
                prop_assert!(admitted.rest.split('/').all(|segment| segment != ".." && segment != "."));
            }
        }
    }
}
