//! The manifest: how to start, probe and stop somebody's runtime, in any language.
//!
//! As strict as scenarios: unknown keys are mistakes with a caret, programs are lists of words and no shell, and every placeholder must
//! mean something.

mod check;
mod check_conduct;
mod conduct;
mod file;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use protocol::{Capability, Overlay, Profile, Revision};

pub use check::{parse, schema};
pub use conduct::{Conduct, Holds, Means, Sign, Signal, StateFile, Stdio, Tool, Uploads};

/// A checked manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its name, as reports show it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the contract it claims.
    pub revision: Revision,
    /// The kind of runtime it is.
    pub profile: Profile,
    /// What it claims besides everything that is not Proofmark's own.
    pub claims: Vec<Capability>,
    /// What it does not claim.
    pub without: Vec<Capability>,
    /// The deployments it is made for.
    pub overlays: Vec<Overlay>,
    /// What is done once before anything is started.
    pub setup: Vec<Setup>,
    /// How it is started.
    pub launch: Launch,
    /// How long a start may take.
    pub ready_within: Option<Duration>,
    /// Between heartbeats; measured if absent.
    pub heartbeat: Option<Duration>,
    /// How long it may take to end after it was asked to.
    pub stop_within: Option<Duration>,
    /// What it keeps on disk, where that is not what the contract says.
    pub state: Vec<StateFile>,
    /// How it is met: readiness, messages, triggers, the end.
    pub conduct: Conduct,
}

/// One step of the setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Program and arguments.
    pub argv: Vec<Rendering>,
    /// How long it may take.
    pub within: Duration,
}

/// How a runtime is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Program and arguments.
    pub argv: Vec<Rendering>,
    /// Its working directory.
    pub cwd: Rendering,
    /// What its standard input and output are.
    pub stdio: Stdio,
    /// Variables set, or taken away.
    pub environment: Vec<(String, Option<Rendering>)>,
    /// Variables set besides when the workspace has a token before the start.
    pub with_token: Vec<(String, Rendering)>,
    /// Variables taken over from whoever runs the suite.
    pub inherit: Vec<String>,
    /// Files rendered before a cold start.
    pub files: Vec<Rendered>,
}

/// A file rendered before a cold start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Where.
    pub path: Rendering,
    /// Permission bits.
    pub mode: u32,
    /// Its text.
    pub template: Rendering,
}

/// Where a runtime takes its token from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSource {
    /// `.auth_token`.
    File,
    /// `MOLECULE_WORKSPACE_TOKEN`.
    Environment,
}

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
    /// `STATE`: a directory for whatever else is kept.
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
    /// `ENV:NAME`: a variable of whoever runs the suite.
    Environment(String),
}

impl Manifest {
    /// What is said of a program of which nothing but its command line is known.
    pub fn of_command(name: &str, words: &[String], profile: Profile, revision: Revision) -> Self {
        Self {
            name: name.to_owned(),
            version: String::new(),
            revision,
            profile,
            claims: Vec::new(),
            without: Vec::new(),
            overlays: Overlay::USUAL.to_vec(),
            setup: Vec::new(),
            launch: Launch {
                argv: words.iter().map(|word| Rendering::literal(word)).collect(),
                cwd: Rendering(vec![Piece::Value(Placeholder::Home)]),
                stdio: Stdio::of(profile),
                environment: Vec::new(),
                with_token: Vec::new(),
                inherit: Vec::new(),
                files: Vec::new(),
            },
            ready_within: None,
            heartbeat: None,
            stop_within: None,
            state: Vec::new(),
            conduct: Conduct::usual(profile),
        }
    }

    /// Every text with placeholders that it has.
    pub fn renderings(&self) -> impl Iterator<Item = &Rendering> {
        let launch = &self.launch;
        let setup = self.setup.iter().flat_map(|step| &step.argv);
        let environment = launch.environment.iter().filter_map(|(_, value)| value.as_ref());
        let with_token = launch.with_token.iter().map(|(_, value)| value);
        let files = launch.files.iter().flat_map(|file| [&file.path, &file.template]);
        setup
            .chain(&launch.argv)
            .chain([&launch.cwd])
            .chain(environment)
            .chain(with_token)
            .chain(files)
            .chain(self.conduct.renderings())
    }

    /// The variables of whoever runs the suite that it takes by `ENV:NAME`.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.renderings().flat_map(Rendering::placeholders).filter_map(|placeholder| match placeholder {
            Placeholder::Environment(name) => Some(name.as_str()),
            _ => None,
        })
    }
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
    fn activity() -> Self {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        Self(vec![literal("/workspaces/"), Piece::Value(Placeholder::WorkspaceId), literal("/activity")])
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
    /// As an author writes it.
    fn written(&self) -> String {
        match self {
            Self::Environment(name) => format!("${{ENV:{name}}}"),
            plain => {
                let name = Self::PLAIN.iter().find(|(_, known)| known == plain).map_or("", |(name, _)| name);
                format!("${{{name}}}")
            }
        }
    }

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

/// The manifest's text, and the name it is shown under.
#[derive(Debug, Clone)]
pub struct ManifestSource {
    /// The file as typed.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}
