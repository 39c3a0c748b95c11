//! From settings to a running agent, and back to nothing on a signal.
//!
//! The port is bound before anything is said to the platform, so the registered address answers at once (REG-004).

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::credential::{SECRET_FILE, TOKEN_FILE, remove_leftovers};
use crate::runtime::Agent;
use crate::settings::{Configuration, Settings, SettingsError, local_address};
use crate::{delegation, heartbeat, log, prompt, register, serve};

/// How long answers in flight may take after the run was asked to end (RST-007).
const GRACE: Duration = Duration::from_secs(2);

/// Says why a run could not start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The environment does not describe a workspace.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The configured port is not free.
    #[error("cannot listen on port {port}: {source}")]
    Listen {
        /// Port of the configuration file.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("cannot make a client: {0}")]
    Client(#[from] reqwest::Error),
    /// Signals cannot be received.
    #[error("cannot listen to signals: {0}")]
    Signals(std::io::Error),
}

/// Runs one agent until SIGTERM or SIGINT and a short grace for answers in flight.
pub async fn run(settings: Settings) -> Result<(), AgentError> {
    let terminate = signal(SignalKind::terminate()).map_err(AgentError::Signals)?;
    let interrupt = signal(SignalKind::interrupt()).map_err(AgentError::Signals)?;
    let running = Running::start(settings.identified()?).await?;
    tokio::spawn(ask_on_signal(
        Arc::clone(&running.agent),
        terminate,
        interrupt,
    ));
    running.finished().await;
    Ok(())
}

/// Stands for an agent whose port is bound and whose loops run.
pub(crate) struct Running {
    pub(crate) agent: Arc<Agent>,
    loops: JoinSet<()>,
    server: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Binds the port and starts every loop.
    pub(crate) async fn start(settings: Settings) -> Result<Self, AgentError> {
        let file = settings.configuration_directory.join("config.yaml");
        let (configuration, complaint) = Configuration::load(&file);
        if let Some(complaint) = complaint {
            log::line(format_args!("{} is ignored: {complaint}", file.display()));
        }
        let port = configuration.a2a.port;
        let failed = |source| AgentError::Listen { port, source };
        let listener = TcpListener::bind(("0.0.0.0", port)).await.map_err(failed)?;
        let host = settings.host.clone().unwrap_or_else(local_address);
        let url = format!(
            "http://{host}:{}",
            listener.local_addr().map_err(failed)?.port()
        );
        remove_leftovers(&settings.configs_directory, &[TOKEN_FILE, SECRET_FILE]);
        let agent = Arc::new(Agent::new(settings, configuration, &url)?);
        if let Some(complaint) = agent.credentials.token.complaint() {
            log::line(format_args!("the token file does not count: {complaint}"));
        }
        log::line(format_args!(
            "workspace {} listens at {url}",
            agent.settings.workspace_id
        ));
        let server = tokio::spawn(serve::serve(Arc::clone(&agent), listener));
        let mut loops = JoinSet::new();
        loops.spawn(register::register(Arc::clone(&agent)));
        loops.spawn(heartbeat::beat(Arc::clone(&agent)));
        loops.spawn(delegation::collect(Arc::clone(&agent)));
        loops.spawn(prompt::send_initial(Arc::clone(&agent)));
        loops.spawn(prompt::send_idle(Arc::clone(&agent)));
        Ok(Self {
            agent,
            loops,
            server,
        })
    }

    /// Waits for the end of the run, then for what is in flight, but not for long.
    pub(crate) async fn finished(mut self) {
        self.agent.stop.requested().await;
        log::line("stopping");
        self.loops.abort_all();
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            log::line("gave up on answers in flight");
            self.server.abort();
        }
    }
}

/// Turns a signal into the end of the run.
async fn ask_on_signal(agent: Arc<Agent>, mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    agent.stop.ask();
}

#[cfg(test)]
#[path = "boot_tests.rs"]
mod tests;
