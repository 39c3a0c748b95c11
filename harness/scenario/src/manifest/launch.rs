//! How a runtime is set up and started.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::Profile;

use super::rendering::{Argv, At, BelowStage, Launching, Placeholder, Rendering, SettingUp};
use crate::reading::{Mode, record, words};

record! {
    /// One step of the setup.
    pub struct Setup: PartialEq, Eq {
        /// Program and arguments; no shell.
        pub argv: Vec<Rendering> as Argv<SettingUp>,
        /// How long it may take; a minute unless said otherwise.
        pub within: Duration = Duration::from_mins(1),
    }

    /// How it is started.
    pub struct Launch: PartialEq, Eq {
        /// Program and arguments; no shell. A relative program with a slash, and a file named in an argument, is looked for beside the
        /// manifest through `${MANIFEST_DIR}`.
        pub argv: Vec<Rendering> as Argv<Launching>,
        /// What its standard input and output are: nothing and a log, or a channel of the Model Context Protocol. `log` unless the
        /// profile is one of MCP's.
        pub(super) stdio: Option<Stdio>,
        /// Its working directory; `${HOME}` unless said otherwise.
        pub cwd: Rendering as At<Launching> = Rendering::of(&Placeholder::Home),
        /// Its environment, besides `PATH` and `LANG` and what the contract sets; null takes a variable away.
        pub environment ["env"]: BTreeMap<String, Option<Rendering>> as BTreeMap<String, Option<At<Launching>>> = BTreeMap::new(),
        /// Variables that are set besides only when the workspace has a token before it starts, as `${WORKSPACE_TOKEN}`.
        pub with_token ["env-with-token"]: BTreeMap<String, Rendering> as BTreeMap<String, At<Launching>> = BTreeMap::new(),
        /// Variables that are taken over from the one who runs the suite.
        pub inherit: Vec<String> = Vec::new(),
        /// Files rendered before a cold start.
        pub files: Vec<Rendered> = Vec::new(),
    }

    /// A file rendered before a cold start.
    pub struct Rendered: PartialEq, Eq {
        /// Below the stage: it begins with `${CONFIGS}`, `${STATE}`, `${HOME}` or `${SCRATCH}`.
        pub path: Rendering as BelowStage<false>,
        /// Permission bits in quoted octal; `"0644"` unless said otherwise.
        pub mode: u32 as Mode = 0o644,
        /// Its text; with `${WORKSPACE_TOKEN}` in it, it is rendered only when the workspace has a token before the start.
        pub template: Rendering as At<Launching>,
    }
}

words! {
    /// What standard input and output are.
    pub enum Stdio = "use of standard input and output" {
        /// Nothing, and a log.
        Log = "log",
        /// A channel of the Model Context Protocol.
        Mcp = "mcp",
    }
}

impl Stdio {
    /// What is usual for a profile.
    pub(crate) fn of(profile: Profile) -> Self {
        match profile {
            Profile::McpBridge | Profile::McpTools => Self::Mcp,
            Profile::Container | Profile::ExternalPush | Profile::ExternalPoll | Profile::Cli => {
                Self::Log
            }
        }
    }
}
