//! How a runtime is met: when it is ready, where it takes messages, what makes it act, what ends it.

use std::collections::BTreeMap;

use protocol::{Profile, Trigger, wire};
use serde_json::Value;

use super::Rendering;

/// How a runtime is met.
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

/// A file that a runtime keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFile {
    /// What is in it.
    pub holds: Holds,
    /// Where it lies.
    pub path: Rendering,
}

/// What is in a file that a runtime keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Its token.
    Token,
    /// The platform's inbound secret.
    Secret,
    /// How far it has read its feed.
    Cursor,
    /// Something that must not outlive a killed process, such as a pid file; it is removed after a kill.
    Volatile,
}

/// What standard input and output are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdio {
    /// Nothing, and a log.
    Log,
    /// A channel of the Model Context Protocol.
    Mcp,
}

impl Stdio {
    /// What is usual for a profile.
    pub(crate) fn of(profile: Profile) -> Self {
        match profile {
            Profile::McpBridge | Profile::McpTools => Self::Mcp,
            _ => Self::Log,
        }
    }
}

/// What asks a runtime to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signal {
    /// SIGTERM.
    #[default]
    Terminate,
    /// SIGINT.
    Interrupt,
    /// SIGHUP.
    HangUp,
    /// SIGQUIT.
    Quit,
    /// The end of its standard input.
    EndOfInput,
}

/// Which attachments a runtime takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uploads {
    /// None.
    None,
    /// Those the platform pushes to it.
    Push,
    /// Those it fetches.
    Poll,
    /// Both.
    Both,
}

impl Conduct {
    /// What is usual for a profile.
    pub(super) fn usual(profile: Profile) -> Self {
        Self {
            ready: None,
            inbound_path: "/".into(),
            card_path: wire::AGENT_CARD.into(),
            triggers: BTreeMap::new(),
            stop: if Stdio::of(profile) == Stdio::Mcp { Signal::EndOfInput } else { Signal::default() },
            exits: Vec::new(),
        }
    }

    /// What must have been seen of a runtime of this profile before it counts as ready.
    pub fn signs(&self, profile: Profile) -> Vec<Sign> {
        let request = |method: &str, path: Rendering| Sign::Request { method: Some(method.into()), path };
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
