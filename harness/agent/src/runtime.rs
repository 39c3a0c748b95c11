//! State that all parts of one running agent share.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Notify, watch};

use crate::activity::Activity;
use crate::card::Card;
use crate::credential::Credentials;
use crate::platform_client::PlatformClient;
use crate::settings::{Configuration, Settings, path_segment};
use crate::stop::Stop;

/// Says how far registration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registration {
    NotTried,
    Refused,
    Done,
}

/// Holds the state of one agent; its parts share it through an `Arc`.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) settings: Settings,
    pub(crate) configuration: Configuration,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) platform: PlatformClient,
    pub(crate) card: Card,
    pub(crate) activity: Activity,
    pub(crate) registration: watch::Sender<Registration>,
    /// Wakes the reader of delegations after each heartbeat (contract 9.3).
    pub(crate) heartbeat_sent: Notify,
    pub(crate) stop: Stop,
    started: Instant,
}

impl Agent {
    /// Brings the parts together; `url` is where this agent already listens.
    pub(crate) fn new(
        settings: Settings,
        configuration: Configuration,
        url: &str,
    ) -> reqwest::Result<Self> {
        let credentials = Arc::new(Credentials::new(
            &settings.configs_directory,
            settings.environment_token.clone(),
        ));
        Ok(Self {
            platform: PlatformClient::new(&settings, Arc::clone(&credentials))?,
            card: Card::new(&configuration, url),
            activity: Activity::default(),
            registration: watch::Sender::new(Registration::NotTried),
            heartbeat_sent: Notify::new(),
            stop: Stop::new(),
            started: Instant::now(),
            settings,
            configuration,
            credentials,
        })
    }

    /// Path of a route below this workspace; empty `rest` means the workspace itself.
    pub(crate) fn own_path(&self, rest: &str) -> String {
        format!(
            "/workspaces/{}{rest}",
            path_segment(&self.settings.workspace_id)
        )
    }

    /// Whole seconds since the start; never goes back (HB-009).
    pub(crate) fn uptime_seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    /// Waits until registration has come at least this far; false if the run ends first.
    pub(crate) async fn registered(&self, enough: impl Fn(Registration) -> bool) -> bool {
        let mut receiver = self.registration.subscribe();
        tokio::select! {
            reached = receiver.wait_for(|state| enough(*state)) => reached.is_ok(),
            () = self.stop.requested() => false,
        }
    }
}
