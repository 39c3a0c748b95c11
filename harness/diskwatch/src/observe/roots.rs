//! The watched directories, which may come into being, go and be replaced while we watch.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::place::Place;

/// All watched directories.
pub(crate) struct Roots(Vec<Root>);

struct Root {
    given: PathBuf,
    /// Without symbolic links, as far as it exists.
    canonical: PathBuf,
    /// Device and inode while it exists.
    identity: Option<(u64, u64)>,
}

impl Roots {
    /// Takes the directories as given; relative ones are below the working directory.
    pub(crate) fn new(directories: &[PathBuf]) -> io::Result<Self> {
        let roots = directories.iter().map(|directory| {
            let given = std::path::absolute(directory)?;
            let canonical = canonical_prefix(&given);
            let identity = identity(&given);
            Ok(Root {
                given,
                canonical,
                identity,
            })
        });
        Ok(Self(roots.collect::<io::Result<_>>()?))
    }

    /// Learns where each directory is now.
    pub(crate) fn refresh(&mut self) {
        for root in &mut self.0 {
            let now = identity(&root.given);
            if now != root.identity || now.is_none() {
                root.canonical = canonical_prefix(&root.given);
                root.identity = now;
            }
        }
    }

    /// Names a canonical path relative to the nearest watched directory above it.
    pub(crate) fn place(&self, canonical: &Path) -> Option<Place> {
        let below = self.0.iter().enumerate().filter_map(|(position, root)| {
            let rest = canonical.strip_prefix(&root.canonical).ok()?;
            Some((rest.components().count(), position, rest))
        });
        let (_, position, rest) = below.min_by_key(|(depth, position, _)| (*depth, *position))?;
        let rest = rest.to_string_lossy();
        Some(Place::below(
            position,
            if rest.is_empty() {
                ".".into()
            } else {
                rest.into_owned()
            },
        ))
    }

    /// Names an entry of a directory that is a watched one by another path, such as a bind mount.
    pub(crate) fn place_by_identity(&self, directory: &Path, name: &str) -> Option<Place> {
        let known = identity(directory)?;
        let position = self
            .0
            .iter()
            .position(|root| root.identity == Some(known))?;
        Some(Place::below(position, name))
    }

    /// Where a place is for us.
    pub(crate) fn path(&self, place: &Place) -> PathBuf {
        match place.root.and_then(|position| self.0.get(position)) {
            Some(root) if place.path == "." => root.canonical.clone(),
            Some(root) => root.canonical.join(&place.path),
            None => PathBuf::from(&place.path),
        }
    }

    /// The watched directories as places.
    pub(crate) fn tops(&self) -> Vec<Place> {
        (0..self.0.len())
            .map(|position| Place::below(position, "."))
            .collect()
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path)
        .ok()
        .map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Resolves the longest beginning that exists and keeps the rest as it is.
pub(super) fn canonical_prefix(path: &Path) -> PathBuf {
    for beginning in path.ancestors() {
        if let Ok(canonical) = beginning.canonicalize() {
            return match path.strip_prefix(beginning) {
                Ok(rest) if rest.as_os_str().is_empty() => canonical,
                Ok(rest) => canonical.join(rest),
                Err(_) => canonical,
            };
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_directory_that_does_not_exist_yet_is_placed_by_its_parent() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        symlink(&base, base.join("alias")).unwrap();
        let mut roots = Roots::new(&[base.join("alias/later/configs")]).unwrap();
        let path = base.join("later/configs/.auth_token");
        assert_eq!(roots.place(&path), Some(Place::below(0, ".auth_token")));
        fs::create_dir_all(base.join("later/configs")).unwrap();
        roots.refresh();
        assert_eq!(roots.place(&path), Some(Place::below(0, ".auth_token")));
        assert_eq!(
            roots.place(&base.join("later/configs")),
            Some(Place::below(0, "."))
        );
        assert_eq!(roots.place(&base.join("later")), None);
        assert_eq!(roots.path(&Place::below(0, ".auth_token")), path);
    }

    #[test]
    fn a_replaced_directory_is_followed() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        fs::create_dir(base.join("configs")).unwrap();
        let mut roots = Roots::new(&[base.join("configs")]).unwrap();
        fs::rename(base.join("configs"), base.join("elsewhere")).unwrap();
        symlink(base.join("elsewhere"), base.join("configs")).unwrap();
        roots.refresh();
        // The identity is the same, so the place is still known by it.
        assert_eq!(
            roots.place_by_identity(&base.join("elsewhere"), "a"),
            Some(Place::below(0, "a"))
        );
    }

    #[test]
    fn the_nearest_of_nested_directories_names_a_path() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        let roots = Roots::new(&[base.clone(), base.join("configs")]).unwrap();
        assert_eq!(
            roots.place(&base.join("configs/a")),
            Some(Place::below(1, "a"))
        );
        assert_eq!(roots.place(&base.join("a")), Some(Place::below(0, "a")));
    }
}
