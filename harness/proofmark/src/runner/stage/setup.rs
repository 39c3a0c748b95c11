//! Building a stage: credentials, platform, directories, the subject's configuration and the files planted before its first start.

use std::sync::Arc;
use std::time::Duration;

use platform::{Double, PeerSeed, Recorder, WorkspaceSeed, World as PlatformWorld};
use protocol::journal::{CredentialFiles, Event, Fact, HarnessFailure, JOURNAL_FORMAT, StageFact};
use protocol::{Profile, Redactor};
use scenario::plan::{InboundSecret, Plan, TokenSeed};
use tokio::task::JoinSet;

use super::premises::Premises;
use super::{Refusal, Stage};
use crate::driver::{DiskObserver, Identity, Launcher, PortLease, StageDirectories};
use crate::runner::probe::ProbeOutcome;
use crate::runner::settings::RunSettings;

/// Directories, ports or listeners that could not be had.
pub(super) fn resource(what: &'static str) -> impl Fn(std::io::Error) -> Refusal {
    move |error| HarnessFailure::of_the_machine(format!("{what}: {error}")).into()
}

impl<'a> Stage<'a> {
    /// Builds everything but the subject's process.
    pub(crate) async fn build(
        plan: &'a Plan,
        settings: &RunSettings,
        outcome: &ProbeOutcome,
        workspace: String,
    ) -> Result<Self, Refusal> {
        let redactor = Redactor::new();
        settings.subject.manifest.teach(&redactor);
        let recorder = Recorder::start(redactor);
        let directories = Arc::new(
            StageDirectories::create(&plan.subject)
                .map_err(resource("cannot make the stage's directories"))?,
        );
        let port = PortLease::take().map_err(resource("cannot lease a port for the subject"))?;
        let premises = match &settings.live {
            None => Premises::of_double(plan, &recorder, workspace).await?,
            Some(live) => Premises::of_tenant(plan, &recorder, live, port.port()).await?,
        };
        let Premises { gateway, workspace, organisation, leases, created } = premises;
        let mut fact = StageFact {
            format: JOURNAL_FORMAT,
            scenario: plan.name.clone(),
            profile: settings.claims.profile,
            revision: settings
                .live
                .as_ref()
                .map_or(plan.world.revision, |live| live.settings().offers.revision),
            deployment: plan.world.deployment,
            workspace: workspace.clone(),
            organisation: organisation.clone(),
            platform_origin: gateway.origin(),
            platform_url: None,
            subject_port: port.port(),
            peers: gateway.peers(),
            heartbeat_us: micros(outcome.cadence.heartbeat),
            slack_us: micros(outcome.cadence.slack),
            disk_observer: settings.disk.kind,
            credential_files: CredentialFiles::default(),
        };
        fact.platform_url = platform_url(plan, &fact)?;
        let url = fact.platform_url.clone();
        let mut identity = Identity {
            workspace: &workspace,
            port: port.port(),
            platform_url: url.as_deref(),
            organisation: &organisation,
            token: None,
        };
        fact.credential_files = settings.subject.manifest.credential_files(&workspace);
        recorder.record(Fact::Stage(fact));
        let token = match gateway.double() {
            Some(double) => seed_credentials(plan, settings.claims.profile, double, &workspace),
            None => None,
        };
        identity.token = token.as_deref();
        let (proofmark, subject) = (settings.proofmark.clone(), settings.subject.clone());
        let launcher = Launcher::new(proofmark, subject, &directories, &identity, settings.pacing);
        let observer = observer(plan, settings, &directories, &recorder)?;
        let mut stage = Self {
            plan,
            recorder,
            gateway,
            directories,
            observer,
            port,
            _leases: leases,
            live: settings.live.clone(),
            created,
            launcher,
            process: None,
            boot: 0,
            workspace,
            cadence: outcome.cadence,
            boot_within: outcome.boot_within,
            manifest: Arc::clone(&settings.subject.manifest.manifest),
            profile: settings.claims.profile,
            organisation: organisation.clone(),
            token: token.clone(),
            platform_url: url,
            serves: outcome.serves != Some(false),
            http: http_client()?,
            background: JoinSet::new(),
            earlier_scenarios: 0,
            interrupted: settings.interrupted.clone(),
        };
        if let Err(error) = stage.seed_live_credentials().await.and_then(|()| stage.prepare_subject()) {
            stage.close().await;
            return Err(error);
        }
        Ok(stage)
    }

    /// The same on a live platform, as far as it can be asked for it.
    async fn seed_live_credentials(&mut self) -> Result<(), Refusal> {
        let Some(live) = &self.live else { return Ok(()) };
        if let Some((_, token)) = live.settings().existing.clone() {
            // Whoever else uses the workspace keeps credentials that are good: none is minted, and none replaced.
            return self.take_token(&token);
        }
        if self.plan.world.inbound_secret == InboundSecret::Null {
            self.clear_secret().await?;
        } else {
            self.learn_secret().await?;
        }
        let never_registers = !self.profile.registers();
        if self.token.is_none() && (never_registers || self.plan.world.token == TokenSeed::Live) {
            let token = self.issue_token_to(&self.workspace.clone()).await?;
            if never_registers {
                self.hand_over(&token);
            }
        }
        Ok(())
    }

    fn prepare_subject(&mut self) -> Result<(), Refusal> {
        let setup = &self.plan.subject;
        self.launcher.umask = setup.umask.unwrap_or(0);
        self.change_environment(&setup.environment)?;
        self.write_configuration()?;
        for plant in &setup.files {
            self.plant(plant)?;
        }
        Ok(())
    }
}

/// Watches what the subject does to its directories.
fn observer(
    plan: &Plan,
    settings: &RunSettings,
    directories: &StageDirectories,
    recorder: &Recorder,
) -> Result<Arc<DiskObserver>, Refusal> {
    let watched = watched_directories(plan, directories);
    DiskObserver::start(settings.disk.kind, directories.root(), watched, recorder.clone())
        .map(Arc::new)
        .map_err(resource("cannot observe the disk"))
}

/// `PLATFORM_URL` for this stage; its template speaks of the stage alone.
fn platform_url(plan: &Plan, stage: &StageFact) -> Result<Option<String>, Refusal> {
    let Some(template) = &plan.world.platform_url else { return Ok(None) };
    let event = Event { seq: 0, at_us: 0, fact: Fact::Stage(stage.clone()) };
    scenario::judge::resolve(template, plan, &[event]).map(Some).map_err(Refusal::ours)
}

/// What the workspace has before its runtime ever starts; recorded behind the stage's own fact, like everything that happens on it.
///
/// Gives a token to a runtime that never registers, since it could get none otherwise.
fn seed_credentials(plan: &Plan, profile: Profile, double: &Double, workspace: &str) -> Option<String> {
    if plan.world.inbound_secret == InboundSecret::Minted {
        double.rotate_secret(workspace);
    }
    if profile.registers() {
        if plan.world.token == TokenSeed::Live {
            double.issue_token(workspace);
        }
        return None;
    }
    Some(double.issue_token(workspace).reveal().to_owned())
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Redirects and proxy variables would hide what really crossed the boundary.
fn http_client() -> Result<reqwest::Client, Refusal> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(2))
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| {
            HarnessFailure::of_the_machine(format!("cannot make an http client: {error}")).into()
        })
}

/// The directories a subject may write credentials, uploads and markers to.
fn watched_directories(plan: &Plan, directories: &StageDirectories) -> Vec<std::path::PathBuf> {
    let root = directories.root();
    // Home and the temporary directory too: a credential may lie in neither.
    let mut watched = ["configs", "workspace", "home", "tmp"].map(|name| root.join(name)).to_vec();
    for named in [&plan.subject.configs_directory, &plan.subject.config_path].into_iter().flatten() {
        if let Some(first) = std::path::Path::new(named).components().next() {
            let directory = root.join(first);
            if !watched.contains(&directory) {
                watched.push(directory);
            }
        }
    }
    watched
}

pub(super) fn world_of(plan: &Plan, workspace: &str) -> PlatformWorld {
    let world = &plan.world;
    PlatformWorld {
        revision: world.revision,
        deployment: world.deployment,
        edge: world.edge,
        addresses: world.addresses,
        workspace: WorkspaceSeed {
            id: workspace.to_owned(),
            name: "subject".into(),
            token: None,
            inbound_secret: None,
            exists: true,
        },
        peers: world
            .peers
            .iter()
            .map(|(name, peer)| PeerSeed {
                name: name.clone(),
                id: uuid::Uuid::new_v4().to_string(),
                relation: peer.relation,
                behaviour: peer.answers.clone(),
                place: None,
                polls: peer.polls,
            })
            .collect(),
        ..PlatformWorld::default()
    }
}
