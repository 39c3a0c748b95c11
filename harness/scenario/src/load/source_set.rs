//! Files as pairs of relative path and text, wherever they came from.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Texts by path relative to the scenarios directory, sorted.
#[derive(Debug, Clone, Default)]
pub struct SourceSet(Vec<(PathBuf, Arc<str>)>);

impl SourceSet {
    /// Takes pairs as they are, such as those embedded in a binary.
    pub fn new(files: impl IntoIterator<Item = (PathBuf, Arc<str>)>) -> Self {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort();
        Self(files)
    }

    /// Reads every `.yaml` and `.yml` file at the root and one folder below; hidden files and folders are left out.
    pub fn read_directory(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in visible(root)? {
            if entry.is_dir() {
                for file in visible(&entry)? {
                    read_scenario(root, &file, &mut files)?;
                }
            } else {
                read_scenario(root, &entry, &mut files)?;
            }
        }
        Ok(Self::new(files))
    }

    /// Paths and texts in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Arc<str>)> {
        self.0.iter().map(|(path, text)| (path.as_path(), text))
    }
}

fn visible(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn read_scenario(root: &Path, path: &Path, files: &mut Vec<(PathBuf, Arc<str>)>) -> io::Result<()> {
    let is_yaml = path
        .extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml");
    if is_yaml && path.is_file() {
        let text = std::fs::read_to_string(path)?;
        let relative = path.strip_prefix(root).unwrap_or(path);
        files.push((relative.to_owned(), Arc::from(text)));
    }
    Ok(())
}
