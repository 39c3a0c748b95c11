//! What is under test, as its manifest says: on one stage its placeholders have values.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use protocol::credential::CredentialKind;
use protocol::journal::CredentialFiles;
use protocol::{Credential, Redactor, wire};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use scenario::Source;
use scenario::diagnostic::Diagnostic;
use scenario::manifest::{Holds, Manifest, Placeholder, Rendering};

use super::directories::StageDirectories;

/// How much of what a failed setup printed is shown.
const TAIL: usize = 2_000;
/// So many characters a value must have to be taken for a secret.
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
const REFERENCE_AGENT: &str = include_str!("../../../../fixtures/runtimes/reference-agent/runtime.yaml");

impl SubjectCommand {
    /// The reference agent, with one of its mistakes if one is named. Its manifest is part of the program.
    pub fn reference_agent(proofmark: &Path, defect: Option<&str>) -> Result<Self, Vec<Diagnostic>> {
        let source = Source::new("fixtures/runtimes/reference-agent/runtime.yaml", REFERENCE_AGENT);
        let mut manifest = scenario::manifest::parse(&source)?;
        if let Some(name) = defect {
            manifest.launch.argv.extend(["--defect", name].map(Rendering::literal));
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
    #[error("the setup cannot run `{program}`: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
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
    #[error("the setup's `{program}` failed ({status}):\n{tail}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
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
        self.manifest.launch.argv.iter().map(|word| self.rendered(word, values).into()).collect()
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
            Placeholder::ManifestDirectory | Placeholder::Proofmark | Placeholder::Environment(_) => {
                self.everywhere(placeholder)
            }
        })
    }

    /// The variables that are set once there is a token.
    pub(crate) fn token_variables(&self, values: &StageValues) -> Vec<(String, OsString)> {
        let wanted = values.token.is_some().then_some(&self.manifest.launch.with_token);
        wanted
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), self.rendered(value, values).into()))
            .collect()
    }

    /// Renders the files of a cold start; those with a token in them only where there is one.
    pub(crate) fn render_files(&self, values: &StageValues) -> io::Result<()> {
        for file in &self.manifest.launch.files {
            let wants_token = file.template.placeholders().any(|it| *it == Placeholder::WorkspaceToken);
            if wants_token && values.token.is_none() {
                continue;
            }
            let path = PathBuf::from(self.rendered(&file.path, values));
            let text = self.rendered(&file.template, values);
            values.directories.put_file(&path, text.as_bytes(), file.mode, None)?;
        }
        Ok(())
    }

    /// Where it keeps its credentials, below a stage's root.
    pub(crate) fn credential_files(&self, workspace: &str) -> CredentialFiles {
        let path_of = |wanted: Holds| {
            let file = self.manifest.state.iter().find(|file| file.holds == wanted)?;
            Some(file.path.render(|placeholder| match placeholder {
                Placeholder::Configs => "configs".into(),
                Placeholder::State | Placeholder::Home => "home".into(),
                Placeholder::Scratch => "tmp".into(),
                Placeholder::WorkspaceId => workspace.to_owned(),
                other => self.everywhere(other),
            }))
        };
        // The contract's own places need no mention.
        let own = |path: Option<String>, name: &str| path.filter(|path| *path != format!("configs/{name}"));
        CredentialFiles {
            token: own(path_of(Holds::Token), wire::TOKEN_FILE),
            secret: own(path_of(Holds::Secret), wire::SECRET_FILE),
        }
    }

    /// What it keeps, as it says, as far as that is wanted.
    pub(crate) fn kept(&self, values: &StageValues, wanted: impl Fn(Holds) -> bool) -> Vec<PathBuf> {
        let files = self.manifest.state.iter().filter(|file| wanted(file.holds));
        files.map(|file| PathBuf::from(self.rendered(&file.path, values))).collect()
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

    /// Makes the values known that come from the environment of whoever runs the suite: API keys, as a rule. Short ones are
    /// switches, and would be found everywhere.
    pub(crate) fn teach(&self, redactor: &Redactor) {
        let inherited = self.manifest.launch.inherit.iter().map(String::as_str);
        for value in self.manifest.variables().chain(inherited).filter_map(|name| std::env::var(name).ok()) {
            if value.chars().count() >= SECRET_FROM {
                redactor.learn(CredentialKind::Environment, &Credential::new(value));
            }
        }
    }

    /// Runs the setup, step after step.
    pub async fn set_up(&self) -> Result<(), SetupError> {
        let redactor = Redactor::new();
        self.teach(&redactor);
        for step in &self.manifest.setup {
            let words: Vec<String> = step.argv.iter().map(|word| self.plainly(word)).collect();
            run_setup(&self.directory, &words, step.within, &redactor).await?;
        }
        Ok(())
    }
}

/// Between two looks whether somebody is left of a step that was killed.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(2);
/// So long may what was killed take to go.
const GOING: std::time::Duration = std::time::Duration::from_secs(5);

/// A running step of the setup; whatever it started goes with it.
struct SetupProcess {
    group: Option<Pid>,
    child: tokio::process::Child,
}

impl SetupProcess {
    /// Kills what it started, and waits until nobody is left: those that are not our children tell nobody of their end.
    async fn end(&mut self) {
        let Some(group) = self.group else { return };
        // Nobody may be left in it.
        let _ = kill_process_group(group, Signal::KILL);
        // An error would mean that it was waited for already.
        self.child.wait().await.ok();
        let gone = async {
            while test_kill_process_group(group).is_ok() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        // What the kernel holds on to longer than that is not ours to mend.
        tokio::time::timeout(GOING, gone).await.ok();
    }
}

impl Drop for SetupProcess {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // Nobody may be left in it.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The process group that a process leads.
fn group_of(child: &tokio::process::Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

async fn run_setup(
    directory: &Path,
    words: &[String],
    within: std::time::Duration,
    redactor: &Redactor,
) -> Result<(), SetupError> {
    let (program, arguments) = words.split_first().map_or(("", words), |(first, rest)| (first, rest));
    let shown = || redactor.redact(program);
    let start = |source| SetupError::Start { program: shown(), source };
    // Into a file: whatever it prints, our memory is ours.
    let printed = tempfile::NamedTempFile::new().map_err(start)?;
    let output = || printed.reopen().map(Stdio::from).map_err(start);
    let child = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(output()?)
        .stderr(output()?)
        .process_group(0)
        .spawn()
        .map_err(start)?;
    let mut running = SetupProcess { group: group_of(&child), child };
    let Ok(ended) = tokio::time::timeout(within, running.child.wait()).await else {
        running.end().await;
        return Err(SetupError::Late { program: shown(), seconds: within.as_secs() });
    };
    let status = ended.map_err(start)?;
    if status.success() {
        return Ok(());
    }
    let bytes = std::fs::read(printed.path()).unwrap_or_default();
    let from = bytes.len().saturating_sub(TAIL);
    let tail = redactor.redact(String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).trim_end());
    Err(SetupError::Failed { program: shown(), status, tail })
}
