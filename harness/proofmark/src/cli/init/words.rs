//! What was typed, as a manifest says it: it lies in one place and is read from another.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::error::InitError;

/// Programs that run other programs: their name says nothing about the runtime.
const INTERPRETERS: [&str; 14] = [
    "python", "python3", "node", "deno", "bun", "npx", "uv", "uvx", "ruby", "java", "sh", "bash",
    "env", "php",
];
/// The schema's place in a checkout of Proofmark, and its name anywhere.
const SCHEMAS: [&str; 2] = ["scenarios/runtime.schema.json", "runtime.schema.json"];

/// The name of a runtime that was given none.
pub(super) fn usual_name(program: &str, directory: &Path) -> String {
    let of_program = Path::new(program)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let own = of_program.filter(|name| {
        let bare = name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
        !INTERPRETERS.contains(&name.as_str()) && !INTERPRETERS.contains(&bare)
    });
    let of_directory = || {
        directory
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    own.or_else(of_directory)
        .unwrap_or_else(|| "runtime".into())
}

/// The words of a command, with files named from the manifest's directory.
pub(super) fn beside(words: &[String], directory: &Path) -> io::Result<Vec<String>> {
    let mut written = Vec::new();
    for (position, word) in words.iter().enumerate() {
        // A program without a slash is looked up in PATH, even if a file here has its name.
        let may_be_file = position > 0 || word.contains('/');
        let path = Path::new(word);
        let is_path = path.is_file() || (path.is_dir() && (word.contains('/') || word == "."));
        if !may_be_file || !is_path {
            written.push(word.clone());
            continue;
        }
        let absolute = std::path::absolute(path)?;
        if path.is_absolute() && !absolute.starts_with(directory) {
            // Of the machine, and not of the project.
            written.push(literal(word));
            continue;
        }
        let relative = from(directory, &absolute);
        written.push(if relative.as_os_str().is_empty() {
            "${MANIFEST_DIR}".to_owned()
        } else {
            format!("${{MANIFEST_DIR}}/{}", literal(&relative.to_string_lossy()))
        });
    }
    Ok(written)
}

/// A text in which nothing is a placeholder.
fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// The way from a directory to a path, both absolute.
fn from(directory: &Path, path: &Path) -> PathBuf {
    let (directory, path) = (plain(directory), plain(path));
    let common = directory
        .iter()
        .zip(&path)
        .take_while(|(one, other)| one == other)
        .count();
    let up = directory.iter().skip(common).map(|_| "..".into());
    up.chain(path.into_iter().skip(common)).collect()
}

/// The components of an absolute path, with `..` resolved by name.
fn plain(path: &Path) -> Vec<std::ffi::OsString> {
    let mut components = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                components.pop();
            }
            Component::Normal(name) => components.push(name.to_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    components
}

/// The place of a token file as a manifest writes it.
pub(super) fn token_file(typed: &str) -> Result<String, InitError> {
    if typed.starts_with("${") {
        return Ok(typed.to_owned());
    }
    let below = typed
        .strip_prefix("~/")
        .or_else(|| typed.strip_prefix("$HOME/"))
        .unwrap_or(typed);
    let is_below = Path::new(below)
        .components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir));
    if below.is_empty() || !is_below {
        return Err(InitError::TokenFile(typed.to_owned()));
    }
    Ok(format!(
        "${{HOME}}/{}",
        literal(below.trim_start_matches("./"))
    ))
}

/// Where an editor finds the schema, from the manifest's directory; absent if it must be written first.
pub(super) fn schema_beside(directory: &Path) -> Option<String> {
    directory.ancestors().find_map(|ancestor| {
        let found = SCHEMAS
            .iter()
            .map(|name| ancestor.join(name))
            .find(|path| path.is_file())?;
        Some(from(directory, &found).to_string_lossy().into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_gives_no_name() {
        let directory = Path::new("/srv/my-runtime");
        assert_eq!(usual_name("python3.12", directory), "my-runtime");
        assert_eq!(usual_name("/usr/bin/node", directory), "my-runtime");
        assert_eq!(usual_name("./bin/agent", directory), "agent");
        assert_eq!(usual_name("python", Path::new("/")), "runtime");
    }

    #[test]
    fn files_are_named_from_the_manifest_and_other_words_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (project, manifests) = (
            directory.path().join("project"),
            directory.path().join("manifests"),
        );
        std::fs::create_dir_all(&project).unwrap();
        std::fs::create_dir_all(&manifests).unwrap();
        let program = project.join("a b.py").to_string_lossy().into_owned();
        std::fs::write(&program, "").unwrap();
        let words = [
            "python3".to_owned(),
            program.clone(),
            "--port".into(),
            "${PORT}".into(),
            "/".into(),
        ];
        assert_eq!(
            beside(&words, &project).unwrap(),
            [
                "python3",
                "${MANIFEST_DIR}/a b.py",
                "--port",
                "${PORT}",
                "/"
            ]
        );
        assert_eq!(beside(&words, &manifests).unwrap()[1], program);
        assert_eq!(
            from(&manifests, Path::new(&program)),
            Path::new("../project/a b.py")
        );
    }

    #[test]
    fn a_token_file_lies_where_a_stage_has_a_place_for_it() {
        assert_eq!(token_file("${STATE}/token").unwrap(), "${STATE}/token");
        assert_eq!(
            token_file("~/.agent/token").unwrap(),
            "${HOME}/.agent/token"
        );
        assert_eq!(token_file("state/token").unwrap(), "${HOME}/state/token");
        for outside in ["/etc/token", "../token", "", "~/"] {
            assert!(
                matches!(token_file(outside), Err(InitError::TokenFile(_))),
                "{outside}"
            );
        }
    }
}
