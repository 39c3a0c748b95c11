//! Building a stage: platform, directories, the subject's configuration and the files planted before its first start.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use platform::Recorder;
use protocol::journal::{CredentialFiles, Event, Fact, HarnessFailure, JOURNAL_FORMAT, StageFact};
use protocol::{Redactor, wire};
use scenario::judge::{Index, Record};
use scenario::plan::Plan;
use tokio::task::JoinSet;

use super::stage_platform::StagePlatform;
use super::{Stage, StepError};
use crate::driver::{DiskObserver, Launcher, PortLease, StageDirectories, StageValues};
use crate::runner::probe::ProbeOutcome;
use crate::runner::settings::RunSettings;

impl<'a> Stage<'a> {
    /// Builds everything but the subject's process.
    pub(crate) async fn build(
        plan: &'a Plan,
        settings: &RunSettings,
        outcome: &ProbeOutcome,
        workspace: String,
    ) -> Result<Self, StepError> {
        let redactor = Redactor::new();
        settings.subject.teach(&redactor);
        let recorder = Recorder::start(redactor);
        let directories = Arc::new(
            StageDirectories::create(settings.directory.path(), &plan.subject).map_err(
                StepError::of_the_machine("cannot make the stage's directories"),
            )?,
        );
        let port = PortLease::take().map_err(StepError::of_the_machine(
            "cannot lease a port for the subject",
        ))?;
        let live = settings.live.as_ref();
        let platform = StagePlatform::of(plan, &recorder, live, workspace, port.port()).await?;
        let mut fact = StageFact {
            format: JOURNAL_FORMAT,
            scenario: plan.name.clone(),
            profile: settings.claims.profile,
            revision: platform.revision,
            deployment: plan.world.deployment,
            workspace: platform.workspace.clone(),
            organisation: platform.organisation.clone(),
            platform_origin: platform.gateway.origin(),
            platform_url: None,
            subject_port: port.port(),
            peers: platform.gateway.peers(),
            heartbeat_us: micros(outcome.cadence.heartbeat),
            slack_us: micros(outcome.cadence.slack),
            disk_observer: settings.disk.kind,
            credential_files: CredentialFiles::default(),
            graceful_end: settings.subject.manifest.conduct.graceful_end(),
        };
        fact.platform_url = platform_url(plan, &fact)?;
        let url = fact.platform_url.clone();
        fact.credential_files = settings.subject.credential_files(&platform.workspace);
        recorder.record(Fact::Stage(fact));
        let token = match platform
            .set_up_credentials(plan, settings.claims.profile, &recorder)
            .await
        {
            Ok(token) => token.map(|token| token.reveal().to_owned()),
            Err(error) => {
                platform.close().await;
                return Err(error.into());
            }
        };
        let values = StageValues {
            directories: Arc::clone(&directories),
            platform_url: url,
            workspace: platform.workspace.clone(),
            port: port.port(),
            organisation: platform.organisation.clone(),
            token,
            peer: String::new(),
            text: String::new(),
        };
        let launcher = Launcher::new(settings.subject.clone(), values, settings.pacing);
        let observer = observer(plan, settings, &directories, &recorder)?;
        let mut stage = Self {
            plan,
            recorder,
            followed: Mutex::default(),
            platform,
            directories,
            observer,
            port,
            launcher,
            process: None,
            boot: 0,
            cadence: outcome.cadence,
            boot_within: outcome.boot_within,
            manifest: Arc::clone(&settings.subject.manifest),
            profile: settings.claims.profile,
            serves: outcome.serves != Some(false),
            http: http_client()?,
            background: JoinSet::new(),
            earlier_scenarios: 0,
            interrupted: settings.interrupted.clone(),
        };
        if let Err(error) = stage.prepare_subject() {
            stage.close().await;
            return Err(error);
        }
        Ok(stage)
    }

    fn prepare_subject(&mut self) -> Result<(), StepError> {
        if let Some(token) = self.platform.token_of_others() {
            // A runtime takes it from its environment or from its disk.
            self.replace_file(wire::TOKEN_FILE, token)?;
        }
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
) -> Result<Arc<DiskObserver>, StepError> {
    let watched = watched_directories(plan, directories);
    DiskObserver::start(
        settings.disk.kind,
        directories.workshop(),
        directories.root(),
        watched,
        recorder.clone(),
    )
    .map(Arc::new)
    .map_err(StepError::of_the_machine("cannot observe the disk"))
}

/// `PLATFORM_URL` for this stage; its template speaks of the stage alone.
fn platform_url(plan: &Plan, stage: &StageFact) -> Result<Option<String>, StepError> {
    let Some(template) = &plan.world.platform_url else {
        return Ok(None);
    };
    let journal = [Event {
        seq: 0,
        at_us: 0,
        fact: Fact::Stage(stage.clone()),
    }];
    let index = Index::of(&journal);
    let record = Record::new(&journal, &index);
    scenario::judge::resolve(template, plan, record)
        .map(Some)
        .map_err(StepError::ours)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Redirects and proxy variables would hide what really crossed the boundary.
fn http_client() -> Result<reqwest::Client, StepError> {
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
    let mut watched = ["configs", "workspace", "home", "tmp"]
        .map(|name| root.join(name))
        .to_vec();
    for named in [&plan.subject.configs_directory, &plan.subject.config_path]
        .into_iter()
        .flatten()
    {
        if let Some(first) = std::path::Path::new(named).components().next() {
            let directory = root.join(first);
            if !watched.contains(&directory) {
                watched.push(directory);
            }
        }
    }
    watched
}
