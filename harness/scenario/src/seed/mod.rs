//! Seed files: the workspaces that a stand-alone platform knows before its first request.
//!
//! A file is strict YAML, and therefore JSON as well. It holds no credential: it names the variables of the environment that do.

use std::collections::BTreeSet;
use std::ops::Range;

use protocol::DeliveryMode;

use crate::diagnostic::{Code, Diagnostic};
use crate::reading::{Reader, record, words};
use crate::source::Source;
use crate::yaml::Node;

record! {
    /// The workspaces that a stand-alone platform knows.
    struct SeedFile {
        /// The workspaces.
        workspaces: Vec<Seed>,
    }

    /// A workspace to begin with.
    pub struct Seed: PartialEq, Eq {
        /// A UUID.
        pub id: String,
        /// What it is called.
        pub name: String,
        /// The id of the workspace above it.
        pub parent: Option<String>,
        /// Variables of the environment that hold live tokens.
        pub tokens_from: Vec<String> = Vec::new(),
        /// The variable of the environment that holds the inbound secret.
        pub secret_from: Option<String>,
        /// What the inbound secret is otherwise; minted unless said otherwise.
        pub secret: Option<SeedSecret>,
        /// How messages reach it.
        pub delivery: DeliveryMode = DeliveryMode::Push,
    }
}

words! {
    /// The inbound secret of a workspace.
    pub enum SeedSecret = "inbound secret" {
        /// The platform mints one.
        Minted = "minted",
        /// It is NULL, as in a workspace older than the secret.
        Null = "absent",
    }
}
words!(for DeliveryMode);

/// Reads a seed file; all mistakes come at once.
pub fn parse(source: &Source) -> Result<Vec<Seed>, Vec<Diagnostic>> {
    Reader::file(source.clone(), |file: SeedFile, node, reader| {
        let nodes = node.get("workspaces").into_iter().flat_map(Node::elements);
        let mut known = BTreeSet::new();
        for (section, node) in file.workspaces.iter().zip(nodes) {
            check(section, node, reader);
            if !known.insert(section.id.clone()) {
                let message = "a second workspace of this id";
                report(
                    reader,
                    place(node, "id"),
                    message,
                    "each workspace has an id of its own",
                );
            }
        }
        file.workspaces
    })
}

fn place<'n>(section: &'n Node, key: &str) -> &'n Range<usize> {
    section.get(key).map_or(&section.mark, |node| &node.mark)
}

fn report(reader: &mut Reader<'_>, mark: &Range<usize>, message: &str, help: &str) {
    reader.report(Code::BadValue, mark, message).help(help);
}

fn check(section: &Seed, node: &Node, reader: &mut Reader<'_>) {
    for (key, id) in [
        ("id", Some(&section.id)),
        ("parent", section.parent.as_ref()),
    ] {
        if let Some(id) = id.filter(|id| !is_uuid(id)) {
            let message = format!("`{id}` is not a UUID");
            report(
                reader,
                place(node, key),
                &message,
                "write it as `7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11`",
            );
        }
    }
    if section.name.trim().is_empty() {
        report(
            reader,
            place(node, "name"),
            "a workspace without a name",
            "people see it in lists",
        );
    }
    let tokens = node.get("tokens-from").into_iter().flat_map(Node::elements);
    for variable in tokens.chain(node.get("secret-from")) {
        let Some(name) = reader.text(variable) else {
            continue;
        };
        if !is_variable(&name) {
            let message = format!("`{name}` is not the name of a variable");
            let help =
                "credentials come from the environment; name a variable such as `WRITER_TOKEN`";
            report(reader, &variable.mark, &message, help);
        }
    }
    if section.secret_from.is_some() && section.secret.is_some() {
        let message = "the inbound secret is given twice";
        report(
            reader,
            place(node, "secret-from"),
            message,
            "give one of `secret` and `secret-from`",
        );
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn is_variable(text: &str) -> bool {
    let begins = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    begins
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11";

    fn read(text: &str) -> Result<Vec<Seed>, Vec<String>> {
        let sentences = |all: Vec<Diagnostic>| all.into_iter().map(|one| one.message).collect();
        parse(&Source::new("seed.yaml", text)).map_err(sentences)
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
        assert_eq!(
            (seeds[0].delivery, seeds[0].secret),
            (DeliveryMode::Poll, None)
        );
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
