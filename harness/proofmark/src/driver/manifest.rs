//! What a manifest says, on one stage: its placeholders have values there.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use scenario::manifest::{Manifest, Placeholder, Rendering};

use super::directories::StageDirectories;

/// How much of what a failed setup printed is shown.
const TAIL: usize = 2_000;

/// A manifest and the directory it lies in.
#[derive(Debug, Clone)]
pub struct ManifestSubject {
    /// What it says.
    pub manifest: Arc<Manifest>,
    /// Where it lies, absolute.
    pub directory: PathBuf,
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

/// The values of the placeholders on one stage.
pub(crate) struct StageValues<'a> {
    /// The stage's directories.
    pub(crate) directories: &'a StageDirectories,
    /// `PLATFORM_URL`; empty if the scenario does not set it.
    pub(crate) platform_url: String,
    /// The workspace's id.
    pub(crate) workspace: String,
    /// The port to listen on.
    pub(crate) port: String,
}

impl ManifestSubject {
    /// The program and its arguments on a stage.
    pub(crate) fn command(&self, values: &StageValues<'_>) -> Vec<OsString> {
        self.manifest.launch.argv.iter().map(|word| self.rendered(word, values).into()).collect()
    }

    /// A text on a stage.
    pub(crate) fn rendered(&self, text: &Rendering, values: &StageValues<'_>) -> String {
        let root = values.directories.root();
        let below = |name: &str| root.join(name).to_string_lossy().into_owned();
        text.render(|placeholder| match placeholder {
            Placeholder::PlatformUrl => values.platform_url.clone(),
            Placeholder::WorkspaceId => values.workspace.clone(),
            Placeholder::Configs => values.directories.configs().to_string_lossy().into_owned(),
            Placeholder::State | Placeholder::Home => below("home"),
            Placeholder::Scratch => below("tmp"),
            Placeholder::Port => values.port.clone(),
            Placeholder::Url => format!("http://localhost:{}", values.port),
            Placeholder::ManifestDirectory => self.directory.to_string_lossy().into_owned(),
            Placeholder::Environment(name) => std::env::var(name).unwrap_or_default(),
        })
    }

    /// Renders the files of a cold start.
    pub(crate) fn render_files(&self, values: &StageValues<'_>) -> io::Result<()> {
        for file in &self.manifest.launch.files {
            let path = PathBuf::from(self.rendered(&file.path, values));
            let text = self.rendered(&file.template, values);
            values.directories.put_file(&path, text.as_bytes(), file.mode, None)?;
        }
        Ok(())
    }

    /// A text that speaks of no stage.
    pub fn plainly(&self, text: &Rendering) -> String {
        text.render(|placeholder| match placeholder {
            Placeholder::ManifestDirectory => self.directory.to_string_lossy().into_owned(),
            Placeholder::Environment(name) => std::env::var(name).unwrap_or_default(),
            _ => String::new(),
        })
    }

    /// Runs the setup, step after step.
    pub async fn set_up(&self) -> Result<(), SetupError> {
        for step in &self.manifest.setup {
            let words: Vec<String> = step.argv.iter().map(|word| self.plainly(word)).collect();
            let program = words.first().cloned().unwrap_or_default();
            run_setup(&self.directory, &program, words.get(1..).unwrap_or_default(), step.within).await?;
        }
        Ok(())
    }
}

async fn run_setup(
    directory: &Path,
    program: &str,
    arguments: &[String],
    within: std::time::Duration,
) -> Result<(), SetupError> {
    let start = |source| SetupError::Start { program: program.to_owned(), source };
    // Into a file: whatever it prints, our memory is ours.
    let printed = tempfile::NamedTempFile::new().map_err(start)?;
    let output = || printed.reopen().map(Stdio::from).map_err(start);
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(output()?)
        .stderr(output()?)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(start)?;
    let status = match tokio::time::timeout(within, child.wait()).await {
        Ok(status) => status.map_err(start)?,
        Err(_) => {
            return Err(SetupError::Late { program: program.to_owned(), seconds: within.as_secs() });
        }
    };
    if status.success() {
        return Ok(());
    }
    let bytes = std::fs::read(printed.path()).unwrap_or_default();
    let from = bytes.len().saturating_sub(TAIL);
    let tail = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).trim_end().to_owned();
    Err(SetupError::Failed { program: program.to_owned(), status, tail })
}
