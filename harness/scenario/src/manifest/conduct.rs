//! How the harness deals with a runtime: when it is ready, where it takes messages, what makes it act, what ends it.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::journal::GracefulEnd;
use protocol::{Profile, Trigger, wire};
use serde_json::{Value, json};

use super::launch::Stdio;
use super::rendering::{Argv, BelowStage, Rendering, Triggering};
use crate::diagnostic::Code;
use crate::reading::{Field, Keys, Read, Reader, Schema, Tag, record, tags, words};
use crate::yaml::Node;

/// How the harness deals with a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conduct {
    /// What must have been seen before it counts as ready; what is usual for its profile if absent.
    pub ready: Option<Vec<Sign>>,
    /// The path on its port that takes A2A messages.
    pub inbound_path: String,
    /// The path on its port that serves its agent card.
    pub card_path: String,
    /// How it is made to act.
    pub triggers: BTreeMap<Trigger, Means>,
    /// What asks it to end.
    pub stop: Signal,
    /// Exit codes that are as good as 0.
    pub exits: Vec<u8>,
}

/// A sign of readiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// A request of the subject that was answered with 2xx.
    Request {
        /// `POST`, or any method.
        method: Option<String>,
        /// A path, `*` in it is one segment.
        path: Rendering,
    },
    /// A path on its port that is answered with 2xx.
    Http(String),
    /// Its port accepts connections.
    Tcp,
    /// MCP's `initialize` was answered.
    Initialised,
}

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

record! {
    /// A file it keeps.
    pub struct StateFile: PartialEq, Eq {
        /// What is in it.
        pub holds: Holds,
        /// Where: it begins with `${CONFIGS}`, `${STATE}`, `${HOME}` or `${SCRATCH}`.
        pub path: Rendering as BelowStage<true>,
    }
}

words! {
    /// What is in a file that a runtime keeps.
    pub enum Holds = "content of a state file" {
        /// Its token.
        Token = "token",
        /// The platform's inbound secret.
        Secret = "secret",
        /// How far it has read its feed.
        Cursor = "cursor",
        /// Something that must not outlive a killed process, such as a pid file; it is removed after a kill.
        Volatile = "volatile",
    }

    /// What asks a runtime to end.
    pub enum Signal: Default = "way to ask for the end" {
        /// SIGTERM.
        #[default]
        Terminate = "TERM",
        /// SIGINT.
        Interrupt = "INT",
        /// SIGHUP.
        HangUp = "HUP",
        /// SIGQUIT.
        Quit = "QUIT",
        /// The end of its standard input.
        EndOfInput = "stdin-eof",
    }
}
impl Signal {
    /// Its number on Linux; that of TERM for the end of the input, after which a host sends TERM.
    fn number(self) -> i32 {
        match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Terminate | Self::EndOfInput => 15,
        }
    }
}

record! {
    /// When it is ready.
    pub(super) struct ReadySection {
        /// How long a start may take; 15 s unless said otherwise.
        pub(super) within: Option<Duration>,
        /// What must have been seen; what is usual for its profile unless given.
        all: Option<Vec<Sign>>,
    }

    /// Where it takes messages.
    pub(super) struct InboundSection {
        /// The path on its port that takes A2A messages; `/` unless said otherwise.
        path: String as Path = "/".into(),
        /// The path on its port that serves its agent card; `/.well-known/agent-card.json` unless said otherwise.
        card: String as Path = wire::AGENT_CARD.into(),
    }

    /// How it is made to act.
    pub(super) struct TriggerSection {
        /// It sends a message to `${PEER_ID}` that says `${TEXT}`.
        peer_message: Option<Means>,
        /// It tells its user `${TEXT}`.
        notify_user: Option<Means>,
        /// It sends itself a message that says `${TEXT}`.
        self_message: Option<Means>,
    }

    /// How it is stopped.
    pub(super) struct StopSection {
        /// What asks it to end; TERM unless said otherwise, and the end of its input for what speaks MCP.
        by: Option<Signal>,
        /// Exit codes that are as good as 0, 143 and an end by the signal itself.
        exits: Vec<u8> = Vec::new(),
        /// How long it may take to end after that; three heartbeats and a slack unless said otherwise.
        pub(super) within: Option<Duration>,
    }
}

tags! {
    /// What shows that a runtime is ready.
    enum SignKind {
        /// A request of it that the platform answered with 2xx: `GET /workspaces/${WORKSPACE_ID}/activity`.
        Journal => "journal",
        /// A path on its port that is answered with 2xx.
        Http => "http",
        /// Its port accepts connections.
        Tcp => "tcp",
        /// It answered MCP's `initialize`.
        Mcp => "mcp",
    }

    fn fields(self) -> Vec<Field> {
        let (key, description) = (self.name(), self.description());
        vec![match self {
            Self::Journal | Self::Http => Field::optional::<String>(key, description),
            Self::Tcp => Field::optional::<bool>(key, description),
            Self::Mcp => Field { shape: |_| json!({ "enum": ["initialize"] }), ..Field::nothing(key, description) },
        }]
    }
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

/// A path on the runtime's port.
struct Path;

impl Read<String> for Path {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
        let path = reader.text(node)?;
        if !path.starts_with('/') || path.contains([' ', '?', '#']) {
            reader
                .report(
                    Code::BadRequestLine,
                    &node.mark,
                    format!("`{path}` is not a path"),
                )
                .help("a path begins with `/`: `/a2a`");
        }
        Some(path)
    }
}

/// The keys of a family that are given, in its order.
fn given<'n, T: Tag>(keys: &mut Keys<'n>) -> Vec<(T, &'n Node)> {
    T::ALL
        .iter()
        .filter_map(|tag| Some((*tag, keys.take(tag.name())?)))
        .collect()
}

impl Read for Sign {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut keys = reader.keys(node)?;
        let given = given::<SignKind>(&mut keys);
        keys.finish(reader);
        let [(kind, value)] = given.as_slice() else {
            reader
                .report(Code::MissingKey, &node.mark, "a sign of readiness is not exactly one thing")
                .help("write one of `journal: GET /path`, `http: /path`, `tcp: true` and `mcp: initialize`");
            return None;
        };
        match kind {
            SignKind::Journal => request_sign(value, reader),
            SignKind::Http => Path::read(value, reader).map(Self::Http),
            SignKind::Tcp => bool::read(value, reader).map(|_| Self::Tcp),
            SignKind::Mcp => {
                if reader.text(value)? != "initialize" {
                    no_sign(value, reader);
                }
                Some(Self::Initialised)
            }
        }
    }

    fn shape(schema: &mut Schema) -> Value {
        let description = "One sign of readiness; exactly one key.";
        schema.map("Sign", description, || {
            Field::of_family::<SignKind>(Vec::new())
        })
    }
}

fn no_sign(node: &Node, reader: &mut Reader<'_>) {
    reader
        .report(Code::BadValue, &node.mark, "this is no sign of readiness")
        .help("write `mcp: initialize`, for a runtime with `stdio: mcp`");
}

fn request_sign(node: &Node, reader: &mut Reader<'_>) -> Option<Sign> {
    let line = reader.text(node)?;
    let Some((method, path)) = line
        .split_once(' ')
        .filter(|(_, path)| path.starts_with(['/', '$']))
    else {
        reader
            .report(
                Code::BadRequestLine,
                &node.mark,
                format!("`{line}` is not a request line"),
            )
            .help("write a method (or `*`) and a path: `GET /workspaces/${WORKSPACE_ID}/activity`");
        return None;
    };
    let path = Rendering::check(path, node, reader)?;
    Some(Sign::Request {
        method: (method != "*").then(|| method.to_owned()),
        path,
    })
}

impl Read for Means {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut keys = reader.keys(node)?;
        let given = given::<MeansKind>(&mut keys);
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

impl Conduct {
    /// Which of its ends are good ones when it is asked to end.
    pub fn graceful_end(&self) -> GracefulEnd {
        let usual = GracefulEnd::by(self.stop.number());
        let codes = usual
            .codes
            .iter()
            .copied()
            .chain(self.exits.iter().map(|code| i32::from(*code)));
        GracefulEnd {
            codes: codes.collect(),
            ..usual
        }
    }

    /// What is usual for a profile.
    pub(super) fn usual(profile: Profile) -> Self {
        Self {
            ready: None,
            inbound_path: "/".into(),
            card_path: wire::AGENT_CARD.into(),
            triggers: BTreeMap::new(),
            stop: if Stdio::of(profile) == Stdio::Mcp {
                Signal::EndOfInput
            } else {
                Signal::default()
            },
            exits: Vec::new(),
        }
    }

    /// How the harness deals with a runtime, checked against what its standard input and output are.
    pub(super) fn checked(
        (ready, inbound, trigger, stop): (
            ReadySection,
            InboundSection,
            TriggerSection,
            StopSection,
        ),
        stdio: Stdio,
        file: &Node,
        reader: &mut Reader<'_>,
    ) -> Self {
        let speaks_mcp = stdio == Stdio::Mcp;
        let signs = file
            .get("ready")
            .and_then(|ready| ready.get("all"))
            .into_iter()
            .flat_map(Node::elements);
        signs
            .filter_map(|sign| sign.get("mcp"))
            .filter(|_| !speaks_mcp)
            .for_each(|sign| no_sign(sign, reader));
        let usual = if speaks_mcp {
            Signal::EndOfInput
        } else {
            Signal::default()
        };
        if stop.by == Some(Signal::EndOfInput)
            && !speaks_mcp
            && let Some(by) = file.get("stop").and_then(|stop| stop.get("by"))
        {
            let message = "a program without input never reads its end";
            reader
                .report(Code::BadValue, &by.mark, message)
                .help("write `by: TERM`, or `stdio: mcp` under `launch`");
        }
        let means = [
            (Trigger::PeerMessage, trigger.peer_message),
            (Trigger::NotifyUser, trigger.notify_user),
            (Trigger::SelfMessage, trigger.self_message),
        ];
        let triggers: BTreeMap<Trigger, Means> = means
            .into_iter()
            .filter_map(|(trigger, means)| Some((trigger, means?)))
            .collect();
        for (trigger, means) in &triggers {
            if let Some(node) = file
                .get("trigger")
                .and_then(|section| section.get(trigger.name()))
            {
                means.check(*trigger, speaks_mcp, node, reader);
            }
        }
        Self {
            ready: ready.all,
            inbound_path: inbound.path,
            card_path: inbound.card,
            triggers,
            stop: stop.by.unwrap_or(usual),
            exits: stop.exits,
        }
    }

    /// What must have been seen of a runtime of this profile before it counts as ready.
    pub fn signs(&self, profile: Profile) -> Vec<Sign> {
        let request = |method: &str, path: Rendering| Sign::Request {
            method: Some(method.into()),
            path,
        };
        let register = || request("POST", Rendering::literal(wire::REGISTER));
        self.ready.clone().unwrap_or_else(|| match profile {
            Profile::Container => vec![register(), Sign::Http(self.card_path.clone())],
            Profile::ExternalPush => vec![register(), Sign::Tcp],
            Profile::ExternalPoll => vec![request("GET", Rendering::activity())],
            Profile::McpBridge => vec![Sign::Initialised, register()],
            Profile::McpTools => vec![Sign::Initialised],
            Profile::Cli => Vec::new(),
        })
    }

    /// Every text with placeholders in it.
    pub(super) fn renderings(&self) -> impl Iterator<Item = &Rendering> {
        let signs = self.ready.iter().flatten().filter_map(|sign| match sign {
            Sign::Request { path, .. } => Some(path),
            _ => None,
        });
        signs.chain(self.triggers.values().flat_map(Means::renderings))
    }
}

impl Means {
    /// Reports what cannot trigger this, or cannot be had of such a runtime.
    fn check(&self, trigger: Trigger, speaks_mcp: bool, node: &Node, reader: &mut Reader<'_>) {
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

    fn renderings(&self) -> Vec<&Rendering> {
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
