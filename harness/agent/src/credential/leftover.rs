//! Temporary files that a crash left behind (RST-005).

use std::path::Path;

/// Removes what an interrupted replacement of one of `names` left in `directory`.
///
/// Such a file may hold a credential, so it goes even if another runtime wrote it; a symlink goes, its target stays.
pub(crate) fn remove_leftovers(directory: &Path, names: &[&str]) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let is_leftover = found.to_str().is_some_and(|found| {
            names.iter().any(|name| {
                found.strip_prefix(name).is_some_and(|rest| {
                    rest.starts_with('.') && rest.strip_suffix(".tmp").is_some()
                })
            })
        });
        if is_leftover {
            // A directory of that name stays: it is nothing we wrote.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_temporary_files_of_the_given_names_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        for name in [
            ".auth_token",
            ".auth_token.tmp",
            ".auth_token.0f.tmp",
            ".auth_tokens.tmp",
            "other.tmp",
        ] {
            std::fs::write(directory.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(directory.path().join(".auth_token.d.tmp")).unwrap();
        remove_leftovers(directory.path(), &[".auth_token"]);
        let mut left: Vec<_> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ".auth_token",
                ".auth_token.d.tmp",
                ".auth_tokens.tmp",
                "other.tmp"
            ]
        );
    }
}
