//! By which means a runtime is made to act.

use std::collections::BTreeMap;

use protocol::Trigger;
use serde_json::{Value, json};

use super::rendering::{Argv, Rendering, Triggering};
use crate::diagnostic::Code;
use crate::reading::{Field, Read, Reader, Schema, Tag as _, record, tags};
use crate::yaml::Node;

/// By which means a runtime is made to act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// An A2A message whose text it obeys.
    Directive(Rendering),
    /// A tool of MCP.
    Tool(Tool),
    /// A program that is run to its end.
    Program(Vec<Rendering>),
    /// A message to it, which it answers.
    Reply,
    /// A key of `config.yaml`, read at the next start.
    ConfigKey(String),
    /// A finished delegation in its list.
    DelegationRow,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its arguments; placeholders in their texts are not replaced yet.
    pub arguments: serde_json::Map<String, Value>,
    /// The texts among the arguments by what stands there.
    pub texts: BTreeMap<String, Rendering>,
}

tags! {
    /// By which means a runtime is made to act.
    enum MeansKind {
        /// An A2A message whose text it obeys: `proofmark send ${PEER_ID} ${TEXT}`.
        Directive => "directive",
        /// A tool of MCP.
        Tool => "tool",
        /// A program that is run to its end in the runtime's place and environment.
        Exec => "exec",
        /// It answers: a message of the peer (or of the user) is what makes it speak to them.
        Reply => "reply",
        /// A key of `config.yaml` that holds the text, read at the next start.
        ConfigKey => "config-key",
        /// A finished delegation in its list.
        DelegationRow => "delegation-row",
    }

    fn fields(self) -> Vec<Field> {
        let (key, description) = (self.name(), self.description());
        vec![match self {
            Self::Directive | Self::ConfigKey => Field::optional::<String>(key, description),
            Self::Tool => Field::optional::<ToolSection>(key, description),
            Self::Exec => Field::optional::<Vec<String>>(key, description),
            Self::Reply | Self::DelegationRow => Field::optional::<bool>(key, description),
        }]
    }
}

record! {
    /// A call of a tool.
    struct ToolSection {
        /// Its name.
        name: String,
        /// Its arguments; texts in them may hold placeholders.
        arguments: Arguments = Arguments::default(),
    }
}

/// Arguments of a tool, with the texts among them.
#[derive(Debug, Clone, Default)]
struct Arguments {
    values: serde_json::Map<String, Value>,
    texts: BTreeMap<String, Rendering>,
}

impl Read for Arguments {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader.keys(node)?;
        let mut texts = BTreeMap::new();
        Rendering::all_in(node, reader, &mut texts);
        let values = node
            .entries()
            .iter()
            .map(|(key, value)| (key.value.clone(), value.to_json()))
            .collect();
        Some(Self { values, texts })
    }

    fn shape(_: &mut Schema) -> Value {
        json!({ "type": "object", "additionalProperties": true })
    }
}

impl Read for Means {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut keys = reader.keys(node)?;
        let given = MeansKind::given(&mut keys);
        keys.finish(reader);
        let mut found = Vec::new();
        for (kind, value) in given {
            found.extend(match kind {
                MeansKind::Directive => reader.read(value).map(Self::Directive),
                MeansKind::Tool => reader.record(value).map(|ToolSection { name, arguments }| {
                    Self::Tool(Tool {
                        name,
                        arguments: arguments.values,
                        texts: arguments.texts,
                    })
                }),
                MeansKind::Exec => Argv::<Triggering>::read(value, reader).map(Self::Program),
                MeansKind::Reply => bool::read(value, reader)?.then_some(Self::Reply),
                MeansKind::ConfigKey => reader.text(value).map(Self::ConfigKey),
                MeansKind::DelegationRow => {
                    bool::read(value, reader)?.then_some(Self::DelegationRow)
                }
            });
        }
        if found.len() != 1 {
            reader
                .report(
                    Code::MissingKey,
                    &node.mark,
                    "a trigger has not exactly one means",
                )
                .help(
                    "write one of `directive`, `tool`, `exec`, `reply: true`, `config-key` and \
                     `delegation-row: true`, or leave the trigger out",
                );
            return None;
        }
        found.pop()
    }

    fn shape(schema: &mut Schema) -> Value {
        let description = "By which means it is made to act; exactly one key.";
        schema.map("Means", description, || {
            Field::of_family::<MeansKind>(Vec::new())
        })
    }
}

impl Means {
    /// Reports what cannot trigger this, or cannot be had of such a runtime.
    pub(super) fn check(
        &self,
        trigger: Trigger,
        speaks_mcp: bool,
        node: &Node,
        reader: &mut Reader<'_>,
    ) {
        match self {
            Self::Tool(_) if !speaks_mcp => {
                let mark = node.get("tool").map_or(&node.mark, |tool| &tool.mark);
                reader
                    .report(
                        Code::BadValue,
                        mark,
                        "a tool needs a runtime that speaks MCP",
                    )
                    .help("write `stdio: mcp` under `launch`");
            }
            Self::ConfigKey(_) | Self::DelegationRow if trigger != Trigger::SelfMessage => {
                let message = format!("this triggers messages to itself, not a {trigger}");
                reader
                    .report(Code::ForeignKey, &node.mark, message)
                    .help("move it to `self-message`");
            }
            Self::Directive(_)
            | Self::Tool(_)
            | Self::Program(_)
            | Self::Reply
            | Self::ConfigKey(_)
            | Self::DelegationRow => {}
        }
    }

    pub(super) fn renderings(&self) -> Vec<&Rendering> {
        match self {
            Self::Directive(text) => vec![text],
            Self::Tool(tool) => tool.texts.values().collect(),
            Self::Program(words) => words.iter().collect(),
            Self::Reply | Self::ConfigKey(_) | Self::DelegationRow => Vec::new(),
        }
    }

    /// What it is, in a few words for people.
    pub fn in_words(&self) -> String {
        match self {
            Self::Directive(_) => "a message whose text it obeys".into(),
            Self::Tool(tool) => format!("the tool `{}`", tool.name),
            Self::Program(_) => "a program".into(),
            Self::Reply => "a message that it answers".into(),
            Self::ConfigKey(key) => format!("`{key}` in config.yaml"),
            Self::DelegationRow => "a finished delegation".into(),
        }
    }
}
