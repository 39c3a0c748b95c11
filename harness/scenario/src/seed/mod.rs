//! Seed files: the workspaces that a stand-alone platform knows before anybody talks to it.
//!
//! A file is strict YAML, and therefore JSON as well. It holds no credential: it names the variables of the environment that do.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic};
use crate::language::{Located, Text, parse as parse_yaml};
use crate::load::Document;
use crate::lowering::shape_mistake;
use crate::plan::Source;

/// A seed file's text, and the name it is shown under.
#[derive(Debug, Clone)]
pub struct SeedSource {
    /// The file as typed.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

/// A workspace to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// A UUID.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The workspace above it.
    pub parent: Option<String>,
    /// Variables of the environment that hold live tokens.
    pub tokens_from: Vec<String>,
    /// Where its inbound secret comes from.
    pub secret: SeedSecret,
    /// Whether it polls its messages, from r2 on.
    pub polls: bool,
}

/// Where the inbound secret of a workspace comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeedSecret {
    /// The platform mints one.
    Minted,
    /// It is NULL, as in a workspace older than the secret.
    Null,
    /// A variable of the environment holds it.
    From(String),
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SeedFile {
    /// The workspaces.
    workspaces: Vec<Located<SeedSection>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SeedSection {
    /// A UUID.
    id: Text,
    /// What it is called.
    name: Text,
    /// The id of the workspace above it.
    #[serde(default)]
    parent: Option<Text>,
    /// Variables of the environment that hold live tokens.
    #[serde(default)]
    tokens_from: Vec<Text>,
    /// The variable of the environment that holds the inbound secret.
    #[serde(default)]
    secret_from: Option<Text>,
    /// What the inbound secret is otherwise.
    #[serde(default)]
    secret: Option<SecretWord>,
    /// How messages reach it.
    #[serde(default)]
    delivery: DeliveryWord,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SecretWord {
    Minted,
    Absent,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum DeliveryWord {
    #[default]
    Push,
    Poll,
}

/// Reads a seed file; all mistakes come at once, unless the shape is wrong.
pub fn parse(source: &SeedSource) -> Result<Vec<Seed>, Vec<Diagnostic>> {
    let plain = Source { file: source.file.clone(), text: Arc::from(source.text.as_str()) };
    let document = Document::plain(plain.clone());
    let file: SeedFile =
        parse_yaml(&source.text).map_err(|mistake| vec![shape_mistake(&document, mistake)])?;
    let mut diagnostics = Vec::new();
    let mut known = BTreeSet::new();
    let mut report = |at: &Text, message: String, help: &str| {
        let diagnostic = Diagnostic::new(Code::BadValue, &plain, at.mark.clone(), message);
        diagnostics.push(diagnostic.help(help));
    };
    for section in &file.workspaces {
        let written = &section.value;
        for id in [Some(&written.id), written.parent.as_ref()].into_iter().flatten() {
            if !is_uuid(&id.value) {
                let message = format!("`{}` is not a UUID", id.value);
                report(id, message, "write it as `7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11`");
            }
        }
        if !known.insert(written.id.value.as_str()) {
            report(
                &written.id,
                "a second workspace of this id".into(),
                "each workspace has an id of its own",
            );
        }
        if written.name.value.trim().is_empty() {
            report(&written.name, "a workspace without a name".into(), "people see it in lists");
        }
        for variable in written.tokens_from.iter().chain(&written.secret_from) {
            if !is_variable(&variable.value) {
                let message = format!("`{}` is not the name of a variable", variable.value);
                report(
                    variable,
                    message,
                    "credentials come from the environment; name a variable such as `WRITER_TOKEN`",
                );
            }
        }
        if let (Some(from), Some(_)) = (&written.secret_from, written.secret) {
            report(
                from,
                "the inbound secret is given twice".into(),
                "give one of `secret` and `secret-from`",
            );
        }
    }
    if diagnostics.is_empty() {
        Ok(file.workspaces.into_iter().map(|section| seed(section.value)).collect())
    } else {
        Err(diagnostics)
    }
}

fn seed(written: SeedSection) -> Seed {
    Seed {
        id: written.id.value,
        name: written.name.value,
        parent: written.parent.map(|parent| parent.value),
        tokens_from: written.tokens_from.into_iter().map(|variable| variable.value).collect(),
        secret: match (written.secret_from, written.secret) {
            (Some(variable), _) => SeedSecret::From(variable.value),
            (None, Some(SecretWord::Absent)) => SeedSecret::Null,
            (None, Some(SecretWord::Minted) | None) => SeedSecret::Minted,
        },
        polls: written.delivery == DeliveryWord::Poll,
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_variable(text: &str) -> bool {
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    begins && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11";

    fn read(text: &str) -> Result<Vec<Seed>, Vec<String>> {
        let source = SeedSource { file: "seed.yaml".into(), text: text.into() };
        let sentences = |all: Vec<Diagnostic>| all.into_iter().map(|one| one.message).collect();
        parse(&source).map_err(sentences)
    }

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = format!(
            "workspaces:\n  - id: {ID}\n    name: writer\n    tokens-from: [WRITER]\n    delivery: poll\n"
        );
        let json = format!(
            r#"{{"workspaces": [{{"id": "{ID}", "name": "writer", "tokens-from": ["WRITER"], "delivery": "poll"}}]}}"#
        );
        let seeds = read(&yaml).unwrap();
        assert_eq!(seeds, read(&json).unwrap());
        assert_eq!((seeds[0].polls, &seeds[0].secret), (true, &SeedSecret::Minted));
        assert_eq!(seeds[0].tokens_from, ["WRITER"]);
    }

    #[test]
    fn every_mistake_is_told() {
        let text = format!(
            "workspaces:\n  - {{id: nobody, name: a}}\n  - {{id: {ID}, name: ' ', tokens-from: [a b]}}\n  - {{id: {ID}, name: c, \
             secret: absent, secret-from: S}}\n"
        );
        let sentences = read(&text).unwrap_err();
        assert_eq!(
            sentences,
            [
                "`nobody` is not a UUID",
                "a workspace without a name",
                "`a b` is not the name of a variable",
                "a second workspace of this id",
                "the inbound secret is given twice",
            ]
        );
        assert!(read("workspaces: [{id: a, nam: b}]").is_err());
        assert!(read("").is_err());
    }
}
