//! Texts with placeholders.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde_json::Value;

use crate::diagnostic::{Code, did_you_mean};
use crate::reading::{self, Read, Reader, Schema, Template};
use crate::yaml::{Content, Node};

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Value(Placeholder),
}

/// What a placeholder stands for; a stage gives most of them their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placeholder {
    /// `PLATFORM_URL`: the platform's address.
    PlatformUrl,
    /// `WORKSPACE_ID`.
    WorkspaceId,
    /// `CONFIGS`: the directory of credentials and configuration.
    Configs,
    /// `STATE`: a directory for all other files that are kept.
    State,
    /// `HOME`.
    Home,
    /// `SCRATCH`: a directory for temporary files.
    Scratch,
    /// `PORT`: the port to listen on.
    Port,
    /// `URL`: `http://localhost:PORT`.
    Url,
    /// `MANIFEST_DIR`: where the manifest lies.
    ManifestDirectory,
    /// `WORKSPACE_TOKEN`: a token that the workspace has before the start.
    WorkspaceToken,
    /// `ORG_ID`: the organisation of the tenant.
    Organisation,
    /// `PEER_ID`: the workspace that a triggered message is for.
    Peer,
    /// `TEXT`: what a triggered message says.
    Text,
    /// `PROOFMARK`: this program itself, for runtimes that are part of it.
    Proofmark,
    /// `ENV:NAME`: a variable of the environment the suite runs in.
    Environment(String),
}

impl Rendering {
    /// A text without placeholders.
    pub fn literal(text: &str) -> Self {
        Self(vec![Piece::Literal(text.to_owned())])
    }

    /// A placeholder alone.
    pub fn of(placeholder: &Placeholder) -> Self {
        Self(vec![Piece::Value(placeholder.clone())])
    }

    /// The path of the workspace's activity feed.
    pub(super) fn activity() -> Self {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        Self(vec![
            literal("/workspaces/"),
            Piece::Value(Placeholder::WorkspaceId),
            literal("/activity"),
        ])
    }

    /// The text with every placeholder replaced.
    pub fn render(&self, value: impl Fn(&Placeholder) -> String) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Value(placeholder) => value(placeholder),
            })
            .collect()
    }

    /// The placeholders in it.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Value(placeholder) => Some(placeholder),
            Piece::Literal(_) => None,
        })
    }
}

impl Placeholder {
    /// Those without an argument, by name.
    const PLAIN: [(&'static str, Self); 14] = [
        ("PLATFORM_URL", Self::PlatformUrl),
        ("WORKSPACE_ID", Self::WorkspaceId),
        ("CONFIGS", Self::Configs),
        ("STATE", Self::State),
        ("HOME", Self::Home),
        ("SCRATCH", Self::Scratch),
        ("PORT", Self::Port),
        ("URL", Self::Url),
        ("MANIFEST_DIR", Self::ManifestDirectory),
        ("WORKSPACE_TOKEN", Self::WorkspaceToken),
        ("ORG_ID", Self::Organisation),
        ("PEER_ID", Self::Peer),
        ("TEXT", Self::Text),
        ("PROOFMARK", Self::Proofmark),
    ];
}

impl Rendering {
    /// Reads a text at a node, or a part of one.
    pub(super) fn check(text: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match Template::parse(text) {
            Ok(template) => {
                let pieces = template.pieces.into_iter().filter_map(|piece| match piece {
                    reading::Piece::Literal(text) => Some(Piece::Literal(text)),
                    reading::Piece::Variable(name) => {
                        Placeholder::named(&name, node, reader).map(Piece::Value)
                    }
                });
                Some(Self(pieces.collect()))
            }
            Err(error) => {
                error.report(node, "name a placeholder, such as `${PORT}`", reader);
                None
            }
        }
    }

    /// The texts in a value by what stands there.
    pub(super) fn all_in(node: &Node, reader: &mut Reader<'_>, texts: &mut BTreeMap<String, Self>) {
        if let Content::Text(text) = &node.content
            && let Some(rendering) = Self::check(text, node, reader)
        {
            texts.insert(text.clone(), rendering);
        }
        node.elements()
            .iter()
            .for_each(|element| Self::all_in(element, reader, texts));
        node.entries()
            .iter()
            .for_each(|(_, value)| Self::all_in(value, reader, texts));
    }
}

impl Placeholder {
    fn named(name: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Some(variable) = name.strip_prefix("ENV:") {
            return Some(Self::Environment(variable.to_owned()));
        }
        let found = Self::PLAIN.into_iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let known = Self::PLAIN.map(|(known, _)| known);
            let help = did_you_mean(name, known)
                .unwrap_or_else(|| format!("known are {}, and ENV:NAME", known.join(", ")));
            let message = format!("unknown placeholder `${{{name}}}`");
            reader
                .report(Code::UnknownVariable, &node.mark, message)
                .label("stands for nothing")
                .help(help);
        }
        found.map(|(_, placeholder)| placeholder)
    }
}

impl Read for Rendering {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node)?;
        Self::check(&text, node, reader)
    }
}

/// Where a text with placeholders is used, and what has no value there.
pub(super) trait Place {
    /// Reports what it must not say.
    fn check(rendering: &Rendering, node: &Node, reader: &mut Reader<'_>);
}

/// A text that is used at one place.
pub(super) struct At<P>(PhantomData<P>);

impl<P: Place> Read<Rendering> for At<P> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Rendering> {
        let rendering = Rendering::read(node, reader)?;
        P::check(&rendering, node, reader);
        Some(rendering)
    }
}

/// Where a runtime is launched.
pub(super) struct Launching;

impl Place for Launching {
    fn check(rendering: &Rendering, node: &Node, reader: &mut Reader<'_>) {
        if rendering
            .placeholders()
            .any(|it| matches!(it, Placeholder::Peer | Placeholder::Text))
        {
            reader
                .report(Code::UnknownVariable, &node.mark, "nobody is written to at the launch")
                .label("`${PEER_ID}` and `${TEXT}` belong to triggers")
                .help("put the program that needs them under `trigger: { peer-message: { exec: [..] } }`");
        }
    }
}

/// Before any start, when nothing of a stage exists yet.
pub(super) struct SettingUp;

impl Place for SettingUp {
    fn check(rendering: &Rendering, node: &Node, reader: &mut Reader<'_>) {
        let exists = |it: &Placeholder| {
            matches!(
                it,
                Placeholder::ManifestDirectory | Placeholder::Environment(_)
            )
        };
        if !rendering.placeholders().all(exists) {
            reader
                .report(
                    Code::UnknownVariable,
                    &node.mark,
                    "the setup knows no stage",
                )
                .label("runs once, before any start")
                .help("put what it makes below `${MANIFEST_DIR}`");
        }
    }
}

/// Anywhere: the triggers know everything.
pub(super) struct Triggering;

impl Place for Triggering {
    fn check(_: &Rendering, _: &Node, _: &mut Reader<'_>) {}
}

/// A path below the stage of a file that is rendered, or that is kept.
pub(super) struct BelowStage<const KEPT: bool>;

impl<const KEPT: bool> Read<Rendering> for BelowStage<KEPT> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Rendering> {
        let path = At::<Launching>::read(node, reader)?;
        let is_below = matches!(
            path.0.first(),
            Some(Piece::Value(
                Placeholder::Configs
                    | Placeholder::State
                    | Placeholder::Home
                    | Placeholder::Scratch
            ))
        );
        if !is_below || reader.text(node)?.split('/').any(|part| part == "..") {
            let message = if KEPT {
                "a state file leaves the stage"
            } else {
                "a rendered file leaves the stage"
            };
            reader
                .report(Code::BadPath, &node.mark, message)
                .help("begin its path with `${CONFIGS}`, `${STATE}`, `${HOME}` or `${SCRATCH}`");
        }
        Some(path)
    }
}

/// Program and arguments.
pub(super) struct Argv<P>(PhantomData<P>);

impl<P: Place> Read<Vec<Rendering>> for Argv<P> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<Rendering>> {
        let words = Vec::<At<P>>::read(node, reader)?;
        if node.elements().is_empty() {
            reader
                .report(Code::BadValue, &node.mark, "a program without a name")
                .help("write program and arguments as a list: `[python3, \"${MANIFEST_DIR}/runtime.py\"]`");
        }
        Some(words)
    }

    fn shape(schema: &mut Schema) -> Value {
        Vec::<String>::shape(schema)
    }
}
