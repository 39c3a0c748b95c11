//! What the fields of a workspace may hold (contract 4.9, 4.10).

use std::path::{Component, Path};

/// What a workspace may do to its directory.
pub(super) const ACCESS: [&str; 3] = ["none", "read_only", "read_write"];

/// The longest texts, in characters.
const LENGTHS: [(&str, usize); 4] = [
    ("name", 255),
    ("role", 1000),
    ("model", 100),
    ("runtime", 100),
];
/// Characters that would upset the YAML which a provisioner writes names and roles into.
const BANNED: &str = "{}[]|>*&!";

/// Why a text cannot stand in a field.
pub(super) fn check(field: &str, text: &str) -> Result<(), String> {
    let most = LENGTHS
        .iter()
        .find(|(name, _)| *name == field)
        .map_or(usize::MAX, |(_, most)| *most);
    if text.chars().count() > most {
        return Err(format!("{field} must be at most {most} characters"));
    }
    if text.contains(['\n', '\r']) {
        return Err(format!("{field} must not contain newlines"));
    }
    if matches!(field, "name" | "role") && text.contains(|character| BANNED.contains(character)) {
        return Err(format!("{field} must not contain any of {BANNED}"));
    }
    Ok(())
}

/// Whether a path stays below where it starts.
pub(super) fn is_inside(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Whether a path can be a workspace's directory: absolute and without a way up.
pub(super) fn is_directory(path: &str) -> bool {
    path.starts_with('/')
        && path != "/"
        && !path.split('/').any(|part| part == "..")
        && !path.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_newlines_and_banned_characters() {
        assert!(check("name", &"ä".repeat(255)).is_ok());
        assert!(check("name", &"ä".repeat(256)).is_err());
        assert!(check("model", "a\nb").is_err());
        assert!(check("role", "a|b").is_err() && check("model", "a|b").is_ok());
    }

    #[test]
    fn paths_do_not_lead_out() {
        assert!(is_inside("") && is_inside("a/b"));
        assert!(!is_inside("../a") && !is_inside("/a") && !is_inside("a/../../b"));
        assert!(
            is_directory("/srv/work")
                && !is_directory("srv")
                && !is_directory("/srv/../etc")
                && !is_directory("/")
        );
    }
}
