//! Which path is meant, and what it had and has.

use serde::{Deserialize, Serialize};

use super::state::State;

/// A path relative to a watched directory, or an absolute one outside of all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// The position of the watched directory in the request; absent outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<usize>,
    /// The path; `.` is the watched directory itself.
    pub path: String,
}

/// A path that had one state and has another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// Which path.
    pub path: Place,
    /// What was there.
    pub before: Option<State>,
    /// What is there.
    pub after: Option<State>,
}

impl Place {
    /// A path below a watched directory.
    pub fn below(root: usize, path: impl Into<String>) -> Self {
        Self {
            root: Some(root),
            path: path.into(),
        }
    }

    /// An absolute path outside of all watched directories.
    pub fn outside(path: impl Into<String>) -> Self {
        Self {
            root: None,
            path: path.into(),
        }
    }

    /// Whether this is the other path or lies below it.
    pub(crate) fn is_within(&self, directory: &Self) -> bool {
        self.root == directory.root
            && (directory.path == "."
                || self.path == directory.path
                || self
                    .path
                    .strip_prefix(&directory.path)
                    .is_some_and(|rest| rest.starts_with('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_with_the_same_beginning_is_not_within() {
        let directory = Place::below(0, "a");
        assert!(
            Place::below(0, "a").is_within(&directory)
                && Place::below(0, "a/b").is_within(&directory)
        );
        assert!(
            !Place::below(0, "ab").is_within(&directory)
                && !Place::below(1, "a/b").is_within(&directory)
        );
        assert!(Place::below(0, "x").is_within(&Place::below(0, ".")));
    }
}
