//! Launching the subject: in which environment, and at which pace.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use platform::Recorder;
use scenario::manifest::Stdio;

use super::disk::DiskObserver;
use super::process::{Launch, Process, ProcessError};
use super::starting;
use super::subject::{StageValues, SubjectCommand};

/// The pace asked of a subject through `PROOFMARK_*` variables; a runtime may obey them.
#[derive(Debug, Clone, Copy)]
pub struct Pacing {
    /// Between heartbeats.
    pub heartbeat: Duration,
    /// Bound of one request to the platform.
    pub request_timeout: Duration,
    /// First back-off of a failed register.
    pub backoff: Duration,
    /// First back-off of a failed initial prompt.
    pub prompt_backoff: Duration,
    /// Between two self-messages about delegation results.
    pub delegation_cooldown: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(25),
            request_timeout: Duration::from_secs(2),
            backoff: Duration::from_millis(20),
            prompt_backoff: Duration::from_millis(20),
            delegation_cooldown: Duration::from_millis(150),
        }
    }
}

impl Pacing {
    /// The pace asked of other programs: quick, but not too quick for an interpreter.
    pub fn third_party() -> Self {
        Self {
            heartbeat: Duration::from_millis(200),
            request_timeout: Duration::from_secs(5),
            backoff: Duration::from_millis(100),
            prompt_backoff: Duration::from_millis(100),
            delegation_cooldown: Duration::from_millis(600),
        }
    }
}

/// Launches starts of one subject on one stage.
#[derive(Debug)]
pub struct Launcher {
    /// What is under test.
    pub(crate) subject: SubjectCommand,
    /// Who it is on this stage.
    pub(crate) values: StageValues,
    /// Program and arguments of every start.
    pub(crate) command: Vec<OsString>,
    /// The umask of every start.
    pub(crate) umask: u32,
    /// The working directory of every start.
    pub(crate) working_directory: PathBuf,
    /// The variables of the next start; nothing else is inherited but `PATH` and `LANG`.
    pub(crate) environment: BTreeMap<String, OsString>,
}

impl Launcher {
    /// A launcher with the contract's variables for this stage (contract 9.1).
    pub(crate) fn new(subject: SubjectCommand, values: StageValues, pacing: Pacing) -> Self {
        let directories = &values.directories;
        let root = directories.root();
        let mut environment: BTreeMap<String, OsString> = BTreeMap::new();
        for name in ["PATH", "LANG"] {
            if let Some(value) = std::env::var_os(name) {
                environment.insert(name.into(), value);
            }
        }
        let mut put = |name: &str, value: OsString| environment.insert(name.to_owned(), value);
        put("HOME", root.join("home").into());
        put("TMPDIR", root.join("tmp").into());
        put("HOSTNAME", "localhost".into());
        put("WORKSPACE_ID", values.workspace.clone().into());
        put("CONFIGS_DIR", directories.configs().into());
        put("WORKSPACE_CONFIG_PATH", directories.config_path().into());
        put(
            "DELEGATION_RESULTS_FILE",
            root.join("tmp/delegation_results.jsonl").into(),
        );
        put(
            "AGENT_SNAPSHOT_PATH",
            root.join("tmp/agent_snapshot.json").into(),
        );
        put("PORT", values.port.to_string().into());
        put("PROOFMARK_FILESYSTEM_ROOT", root.into());
        // What an interpreter buffers dies with a killed process, and a printed credential with it.
        put("PYTHONUNBUFFERED", "1".into());
        let milliseconds =
            |duration: Duration| OsString::from(duration.as_millis().max(1).to_string());
        put("PROOFMARK_HEARTBEAT_MS", milliseconds(pacing.heartbeat));
        put(
            "PROOFMARK_REQUEST_TIMEOUT_MS",
            milliseconds(pacing.request_timeout),
        );
        put("PROOFMARK_BACKOFF_MS", milliseconds(pacing.backoff));
        put(
            "PROOFMARK_PROMPT_BACKOFF_MS",
            milliseconds(pacing.prompt_backoff),
        );
        put(
            "PROOFMARK_DELEGATION_COOLDOWN_MS",
            milliseconds(pacing.delegation_cooldown),
        );
        if let Some(url) = &values.platform_url {
            put("PLATFORM_URL", url.into());
        }
        let launch = &subject.manifest.launch;
        for name in &launch.inherit {
            if let Some(value) = std::env::var_os(name) {
                environment.insert(name.clone(), value);
            }
        }
        for (name, value) in &launch.environment {
            match value {
                Some(value) => {
                    environment.insert(name.clone(), subject.rendered(value, &values).into());
                }
                None => {
                    environment.remove(name);
                }
            }
        }
        let working_directory = subject.rendered(&launch.cwd, &values).into();
        let command = subject.command(&values);
        environment.extend(subject.token_variables(&values));
        Self {
            subject,
            values,
            command,
            umask: 0,
            working_directory,
            environment,
        }
    }

    /// Launches a start.
    pub(crate) fn launch(
        &self,
        boot: u32,
        observer: &DiskObserver,
        recorder: &Recorder,
    ) -> Result<Process, ProcessError> {
        let stdio = self.subject.manifest.stdio();
        self.launch_program(&self.command, stdio, boot, observer, recorder)
    }

    /// Launches a program in the subject's place and environment.
    pub(crate) fn launch_program(
        &self,
        program: &[OsString],
        stdio: Stdio,
        boot: u32,
        observer: &DiskObserver,
        recorder: &Recorder,
    ) -> Result<Process, ProcessError> {
        let around = starting::around(boot, observer, self.values.directories.workshop())
            .map_err(ProcessError::Helper)?;
        let mut command = starting::command(&self.subject.proofmark, Some(self.umask), &around);
        command.args(program).env_clear().envs(&self.environment);
        command.current_dir(&self.working_directory);
        let redactor = recorder.redactor();
        // Where our own binary lies says something of this machine and nothing of the subject.
        let shown = program
            .iter()
            .map(|word| {
                if *word == *self.subject.proofmark.as_os_str() {
                    "proofmark".to_owned()
                } else {
                    redactor.redact(&word.to_string_lossy())
                }
            })
            .collect();
        let environment = self
            .environment
            .iter()
            .map(|(name, value)| redactor.redact(&format!("{name}={}", value.to_string_lossy())))
            .collect();
        let launch = Launch {
            boot,
            stdio,
            shown,
            environment,
            around,
        };
        Process::launch(command, launch, recorder)
    }
}
