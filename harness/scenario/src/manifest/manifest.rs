//! What a manifest says.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::{Capability, Overlay, Profile, Revision};
use serde_json::Value;

use super::conduct::{
    Conduct, InboundSection, ReadySection, StateFile, StopSection, TriggerSection,
};
use super::launch::{Launch, Setup, Stdio};
use super::rendering::{Placeholder, Rendering};
use crate::diagnostic::Diagnostic;
use crate::reading::{Reader, Record, Section, record, schema_of, words};
use crate::source::Source;

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
    /// How the harness deals with it: readiness, messages, triggers, the end.
    pub conduct: Conduct,
}

record! {
    /// How to start, probe and stop a runtime.
    struct ManifestFile {
        /// What it is.
        runtime: RuntimeSection,
        /// What it claims to do.
        capabilities: CapabilitiesSection as Section,
        /// What is done once before anything is started, such as an installation.
        setup: Vec<Setup> = Vec::new(),
        /// How it is started.
        launch: Launch,
        /// What it keeps on disk, where that is not what the contract says.
        state: Vec<StateFile> = Vec::new(),
        /// When it is ready.
        ready: ReadySection as Section,
        /// Its pace.
        timing: TimingSection as Section,
        /// Where it takes messages.
        inbound: InboundSection as Section,
        /// How it is made to act; an act without means does not apply.
        trigger: TriggerSection as Section,
        /// How it is stopped.
        stop: StopSection as Section,
    }

    /// What it is.
    struct RuntimeSection {
        /// Its name, as reports show it.
        name: String,
        /// Its version.
        version: String,
        /// The version of the contract it claims.
        revision: Revision,
        /// The kind of runtime it is.
        profile: Profile,
        /// The deployments it is made for; `edge`, `tenant`, `legacy-null-secret` and `file-first` unless given. The order of
        /// `token-sources` decides between `file-first` and `env-first` if they are given.
        overlays: Vec<Overlay> = Overlay::USUAL.to_vec(),
    }

    /// What it claims to do; everything unless said otherwise, but for what is Proofmark's own.
    struct CapabilitiesSection {
        /// Claims these besides.
        claims: Vec<Capability> = Vec::new(),
        /// Does not claim these; scenarios that need them do not apply.
        without: Vec<Capability> = Vec::new(),
        /// Where it takes its token from; the file and the environment unless said otherwise.
        token_sources: Vec<TokenSource> = Vec::new(),
        /// Which attachments it takes; `push` unless said otherwise.
        uploads: Uploads = Uploads::Push,
        /// Which messages it sends itself; all unless said otherwise.
        self_messages: Option<Vec<Capability>>,
    }

    /// Its pace.
    struct TimingSection {
        /// Between heartbeats under this launch; measured unless given. Deadlines derive from it.
        heartbeat: Option<Duration>,
    }
}

words! {
    /// Where a runtime takes its token from.
    enum TokenSource = "source of the token" {
        /// `.auth_token`.
        File = "file",
        /// `MOLECULE_WORKSPACE_TOKEN`.
        Environment = "env",
    }

    /// Which attachments a runtime takes.
    enum Uploads = "kind of uploads" {
        /// None.
        None = "none",
        /// Those the platform pushes to it.
        Push = "push",
        /// Those it fetches.
        Poll = "poll",
        /// Both.
        Both = "both",
    }
}

/// The JSON Schema of a manifest, draft 2020-12.
pub fn schema() -> Value {
    let description = "How to start, probe and stop a runtime.";
    schema_of(
        "Proofmark runtime manifest",
        description,
        ManifestFile::fields,
    )
}

/// Reads a manifest; all mistakes are reported at once.
pub fn parse(source: &Source) -> Result<Manifest, Vec<Diagnostic>> {
    Reader::file(source.clone(), |file: ManifestFile, node, reader| {
        let ManifestFile {
            runtime,
            capabilities,
            setup,
            launch,
            state,
            ready,
            timing,
            inbound,
            trigger,
            stop,
        } = file;
        let stdio = launch.stdio.unwrap_or(Stdio::of(runtime.profile));
        Manifest {
            name: runtime.name,
            version: runtime.version,
            revision: runtime.revision,
            profile: runtime.profile,
            overlays: capabilities.overlays(runtime.overlays),
            claims: capabilities.claims.clone(),
            without: capabilities.without(),
            setup,
            ready_within: ready.within,
            heartbeat: timing.heartbeat,
            stop_within: stop.within,
            state,
            conduct: Conduct::checked((ready, inbound, trigger, stop), stdio, node, reader),
            launch,
        }
    })
}

impl CapabilitiesSection {
    /// The deployments it is made for; which token goes first is told by the order of its sources, too.
    fn overlays(&self, mut overlays: Vec<Overlay>) -> Vec<Overlay> {
        if let [first, _, ..] = self.token_sources.as_slice() {
            overlays.retain(|overlay| {
                !matches!(overlay, Overlay::FileFirst | Overlay::EnvironmentFirst)
            });
            overlays.push(match first {
                TokenSource::File => Overlay::FileFirst,
                TokenSource::Environment => Overlay::EnvironmentFirst,
            });
        }
        overlays
    }

    /// What it does not claim.
    fn without(self) -> Vec<Capability> {
        let mut without = self.without;
        if !self.token_sources.is_empty() && !self.token_sources.contains(&TokenSource::Environment)
        {
            without.push(Capability::EnvironmentToken);
        }
        if matches!(self.uploads, Uploads::None | Uploads::Poll) {
            without.push(Capability::Uploads);
        }
        if let Some(sent) = self.self_messages {
            let kinds = [
                Capability::InitialPrompt,
                Capability::IdlePrompt,
                Capability::DelegationResults,
            ];
            without.extend(kinds.into_iter().filter(|kind| !sent.contains(kind)));
        }
        without
    }
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
                cwd: Rendering::of(&Placeholder::Home),
                stdio: None,
                environment: BTreeMap::new(),
                with_token: BTreeMap::new(),
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

    /// What its standard input and output are.
    pub fn stdio(&self) -> Stdio {
        self.launch.stdio.unwrap_or(Stdio::of(self.profile))
    }

    /// Every text with placeholders that it has.
    pub fn renderings(&self) -> impl Iterator<Item = &Rendering> {
        let launch = &self.launch;
        let setup = self.setup.iter().flat_map(|step| &step.argv);
        let files = launch
            .files
            .iter()
            .flat_map(|file| [&file.path, &file.template]);
        setup
            .chain(&launch.argv)
            .chain([&launch.cwd])
            .chain(launch.environment.values().flatten())
            .chain(launch.with_token.values())
            .chain(files)
            .chain(self.conduct.renderings())
    }

    /// The variables of the suite's own environment that it takes by `ENV:NAME`.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.renderings()
            .flat_map(Rendering::placeholders)
            .filter_map(|placeholder| match placeholder {
                Placeholder::Environment(name) => Some(name.as_str()),
                _ => None,
            })
    }
}
