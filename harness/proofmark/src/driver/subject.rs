//! What is under test, as its manifest says: on one stage its placeholders have values.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platform::Recorder;
use protocol::credential::CredentialKind;
use protocol::journal::{CredentialFiles, Fact};
use protocol::{Credential, Redactor, wire};
use scenario::Source;
use scenario::diagnostic::Diagnostic;
use scenario::manifest::{Holds, Manifest, Placeholder, Rendering, Stdio};

use super::directories::StageDirectories;
use super::exit::Exit;
use super::process::{Launch, Process, ProcessError};
use super::run_directory::RunDirectory;
use super::starting;

/// How much of what a failed setup printed is shown.
const TAIL: usize = 2_000;
/// The least number of characters of a value that is taken for a secret.
const SECRET_FROM: usize = 9;

/// Which program is under test.
#[derive(Debug, Clone)]
pub struct SubjectCommand {
    /// Whether it is our own runtime.
    pub is_ours: bool,
    /// How it is launched and met: as its author wrote, or as is usual for a program of which only the command is known.
    pub manifest: Arc<Manifest>,
    /// Where the manifest lies, absolute.
    pub directory: PathBuf,
    /// This binary.
    pub proofmark: PathBuf,
}

/// How the reference agent is launched and met.
const REFERENCE_AGENT: &str =
    include_str!("../../../../fixtures/runtimes/reference-agent/runtime.yaml");

impl SubjectCommand {
    /// The reference agent, with one of its mistakes if one is named. Its manifest is part of the program.
    pub fn reference_agent(
        proofmark: &Path,
        defect: Option<&str>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let source = Source::new(
            "fixtures/runtimes/reference-agent/runtime.yaml",
            REFERENCE_AGENT,
        );
        let mut manifest = scenario::manifest::parse(&source)?;
        if let Some(name) = defect {
            manifest
                .launch
                .argv
                .extend(["--defect", name].map(Rendering::literal));
        }
        Ok(Self {
            is_ours: true,
            manifest: Arc::new(manifest),
            directory: PathBuf::new(),
            proofmark: proofmark.to_owned(),
        })
    }
}

/// Why a setup did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A program could not be started.
    #[error("the setup cannot run `{program}`: {why}")]
    Start {
        /// The program.
        program: String,
        /// Why not.
        why: String,
    },
    /// A program took too long.
    #[error("the setup's `{program}` did not end within {seconds} s; give it more by `within`")]
    Late {
        /// The program.
        program: String,
        /// Its limit.
        seconds: u64,
    },
    /// A program failed.
    #[error("the setup's `{program}` failed (it {exit}):\n{tail}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        exit: String,
        /// The end of what it printed.
        tail: String,
    },
}

/// Who the subject is on one stage, and the values of its manifest's placeholders there.
#[derive(Debug, Clone)]
pub(crate) struct StageValues {
    /// The stage's directories.
    pub(crate) directories: Arc<StageDirectories>,
    /// `PLATFORM_URL`, or nothing at all.
    pub(crate) platform_url: Option<String>,
    /// The workspace's id.
    pub(crate) workspace: String,
    /// The port to listen on.
    pub(crate) port: u16,
    /// The organisation of the tenant.
    pub(crate) organisation: String,
    /// A token that the workspace is given before its runtime starts.
    pub(crate) token: Option<String>,
    /// The workspace that a triggered message is for.
    pub(crate) peer: String,
    /// What a triggered message says.
    pub(crate) text: String,
}

impl SubjectCommand {
    /// The program and its arguments on a stage.
    pub(crate) fn command(&self, values: &StageValues) -> Vec<OsString> {
        self.manifest
            .launch
            .argv
            .iter()
            .map(|word| self.rendered(word, values).into())
            .collect()
    }

    /// A text on a stage.
    pub(crate) fn rendered(&self, text: &Rendering, values: &StageValues) -> String {
        let root = values.directories.root();
        let below = |name: &str| root.join(name).to_string_lossy().into_owned();
        text.render(|placeholder| match placeholder {
            Placeholder::PlatformUrl => values.platform_url.clone().unwrap_or_default(),
            Placeholder::WorkspaceId => values.workspace.clone(),
            Placeholder::Configs => values.directories.configs().to_string_lossy().into_owned(),
            Placeholder::State | Placeholder::Home => below("home"),
            Placeholder::Scratch => below("tmp"),
            Placeholder::Port => values.port.to_string(),
            Placeholder::Url => format!("http://localhost:{}", values.port),
            Placeholder::WorkspaceToken => values.token.clone().unwrap_or_default(),
            Placeholder::Organisation => values.organisation.clone(),
            Placeholder::Peer => values.peer.clone(),
            Placeholder::Text => values.text.clone(),
            Placeholder::ManifestDirectory
            | Placeholder::Proofmark
            | Placeholder::Environment(_) => self.everywhere(placeholder),
        })
    }

    /// The variables that are set once there is a token.
    pub(crate) fn token_variables(&self, values: &StageValues) -> Vec<(String, OsString)> {
        let wanted = values
            .token
            .is_some()
            .then_some(&self.manifest.launch.with_token);
        wanted
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), self.rendered(value, values).into()))
            .collect()
    }

    /// Renders the files of a cold start; those with a token in them only where there is one.
    pub(crate) fn render_files(&self, values: &StageValues) -> std::io::Result<()> {
        for file in &self.manifest.launch.files {
            let wants_token = file
                .template
                .placeholders()
                .any(|it| *it == Placeholder::WorkspaceToken);
            if wants_token && values.token.is_none() {
                continue;
            }
            let path = PathBuf::from(self.rendered(&file.path, values));
            let text = self.rendered(&file.template, values);
            values
                .directories
                .put_file(&path, text.as_bytes(), file.mode, None)?;
        }
        Ok(())
    }

    /// Where it keeps its credentials, below a stage's root.
    pub(crate) fn credential_files(&self, workspace: &str) -> CredentialFiles {
        let path_of = |wanted: Holds| {
            let file = self
                .manifest
                .state
                .iter()
                .find(|file| file.holds == wanted)?;
            Some(file.path.render(|placeholder| match placeholder {
                Placeholder::Configs => "configs".into(),
                Placeholder::State | Placeholder::Home => "home".into(),
                Placeholder::Scratch => "tmp".into(),
                Placeholder::WorkspaceId => workspace.to_owned(),
                other => self.everywhere(other),
            }))
        };
        // The contract's own places need no mention.
        let own = |path: Option<String>, name: &str| {
            path.filter(|path| *path != format!("configs/{name}"))
        };
        CredentialFiles {
            token: own(path_of(Holds::Token), wire::TOKEN_FILE),
            secret: own(path_of(Holds::Secret), wire::SECRET_FILE),
        }
    }

    /// What it keeps, as it says, as far as that is wanted.
    pub(crate) fn kept(
        &self,
        values: &StageValues,
        wanted: impl Fn(Holds) -> bool,
    ) -> Vec<PathBuf> {
        let files = self.manifest.state.iter().filter(|file| wanted(file.holds));
        files
            .map(|file| PathBuf::from(self.rendered(&file.path, values)))
            .collect()
    }

    /// A text that speaks of no stage.
    pub fn plainly(&self, text: &Rendering) -> String {
        text.render(|placeholder| self.everywhere(placeholder))
    }

    /// The value of a placeholder that is the same on every stage.
    fn everywhere(&self, placeholder: &Placeholder) -> String {
        match placeholder {
            Placeholder::ManifestDirectory => self.directory.to_string_lossy().into_owned(),
            Placeholder::Proofmark => self.proofmark.to_string_lossy().into_owned(),
            Placeholder::Environment(name) => std::env::var(name).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Makes the values known that come from the environment the suite runs in: API keys, as a rule. Short ones are
    /// switches, and would be found everywhere.
    pub(crate) fn teach(&self, redactor: &Redactor) {
        let inherited = self.manifest.launch.inherit.iter().map(String::as_str);
        for value in self
            .manifest
            .variables()
            .chain(inherited)
            .filter_map(|name| std::env::var(name).ok())
        {
            if value.chars().count() >= SECRET_FROM {
                redactor.learn(CredentialKind::Environment, &Credential::new(value));
            }
        }
    }

    /// Runs the setup, step after step.
    pub async fn set_up(&self, run: &RunDirectory) -> Result<(), SetupError> {
        let redactor = Redactor::new();
        self.teach(&redactor);
        for step in &self.manifest.setup {
            let words: Vec<String> = step.argv.iter().map(|word| self.plainly(word)).collect();
            run_setup(self, run, &words, step.within, &redactor).await?;
        }
        Ok(())
    }
}

/// Runs one step of the setup; processes that it started end with it.
async fn run_setup(
    subject: &SubjectCommand,
    run: &RunDirectory,
    words: &[String],
    within: std::time::Duration,
    redactor: &Redactor,
) -> Result<(), SetupError> {
    let program = redactor.redact(words.first().map_or("", String::as_str));
    let start = |error: ProcessError| SetupError::Start {
        program: program.clone(),
        why: error.to_string(),
    };
    let around =
        starting::unobserved(run.path()).map_err(|error| start(ProcessError::Helper(error)))?;
    let mut command = starting::command(&subject.proofmark, None, &around);
    command.args(words).current_dir(&subject.directory);
    // A journal of its own, of which only the end is shown.
    let recorder = Recorder::start(redactor.clone());
    let launch = Launch {
        boot: 1,
        stdio: Stdio::Log,
        shown: words.to_vec(),
        environment: Vec::new(),
        around,
    };
    let mut process = Process::launch(command, launch, &recorder).map_err(start)?;
    let ended = tokio::time::timeout(within, process.ended()).await;
    process.crash().await;
    match ended {
        Err(_) => Err(SetupError::Late {
            program,
            seconds: within.as_secs(),
        }),
        Ok(Exit { code: Some(0), .. }) => Ok(()),
        Ok(exit) => Err(SetupError::Failed {
            program,
            exit: exit.to_string(),
            tail: tail(&recorder),
        }),
    }
}

/// The end of what was printed.
fn tail(recorder: &Recorder) -> String {
    let lines = recorder.read(|events| {
        let logs = events.iter().filter_map(|event| match &event.fact {
            Fact::Log(log) => Some(log.line.clone()),
            _ => None,
        });
        logs.collect::<Vec<_>>().join("\n")
    });
    let text = lines.trim_end();
    let from = text.ceil_char_boundary(text.len().saturating_sub(TAIL));
    text.get(from..).unwrap_or_default().to_owned()
}
