//! How the harness deals with a runtime: when it is ready, where it takes messages, what makes it act, what ends it.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::journal::GracefulEnd;
use protocol::{Profile, Trigger, wire};

use super::launch::Stdio;
use super::means::Means;
use super::rendering::{BelowStage, Rendering};
use super::sign::{Path, Sign, no_sign};
use crate::diagnostic::Code;
use crate::reading::{Reader, record, words};
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
