//! One run on a live platform.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use platform::{CreatedWorkspace, OperatorError, Recorder, Tenant};
use protocol::Credential;
use protocol::journal::{FailureKind, HarnessFailure};
use tokio::task::JoinHandle;

use super::lease::{Lease, LeaseError, LeaseJournal, Leased};
use super::news::News;
use super::offers::Offers;

/// What is known of a live run before it begins.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// The tenant.
    pub tenant: Tenant,
    /// What it offers.
    pub offers: Offers,
    /// Where leases are written.
    pub leases: PathBuf,
    /// At most so many workspaces are created.
    pub max_creates: u32,
    /// How a tenant reaches the subject: `http://host` without a port, or with one where a tunnel ends.
    pub public_url: Option<String>,
    /// A workspace that exists, and its token; nothing is created then, and nothing destroyed.
    pub existing: Option<(String, Credential)>,
}

/// Why a live run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The lease journal.
    #[error("{0}")]
    Lease(#[from] LeaseError),
    /// The tenant.
    #[error("{0}")]
    Operator(#[from] OperatorError),
    /// Enough was created.
    #[error("`--max-creates {0}` is reached; raise it, or select fewer scenarios")]
    TooMany(u32),
}

impl From<LiveError> for HarnessFailure {
    fn from(error: LiveError) -> Self {
        let kind = match error {
            LiveError::Lease(LeaseError::File { ref source, .. }) => source.kind().into(),
            LiveError::Lease(LeaseError::Line { .. }) | LiveError::TooMany(_) => {
                FailureKind::Environment
            }
            LiveError::Operator(error) => return error.into(),
        };
        Self {
            kind,
            text: error.to_string(),
        }
    }
}

/// A run on a live platform; clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct LiveRun {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: LiveSettings,
    /// Part of the name of everything that is created.
    run: String,
    journal: Mutex<LeaseJournal>,
    created: AtomicU32,
    /// What was created and not given back, oldest first: name and id.
    held: Mutex<Vec<(String, String)>>,
    news: News,
}

impl LiveRun {
    /// Begins a run; nothing is created yet.
    pub fn begin(settings: LiveSettings) -> Result<Self, LiveError> {
        let journal = LeaseJournal::open(&settings.leases)?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let run = id.get(..12).unwrap_or(&id).to_owned();
        Ok(Self {
            shared: Arc::new(Shared {
                settings,
                run,
                journal: Mutex::new(journal),
                created: AtomicU32::new(0),
                held: Mutex::default(),
                news: News::default(),
            }),
        })
    }

    /// What it was begun with.
    pub fn settings(&self) -> &LiveSettings {
        &self.shared.settings
    }

    /// How the names of everything that it creates begin.
    pub fn prefix(&self) -> String {
        format!("proofmark-{}-", self.shared.run)
    }

    /// Writes what the platform reports of a workspace into a journal, where it reports anything.
    pub fn listen(&self, workspace: &str, recorder: &Recorder) {
        self.shared.news.listen(workspace, recorder);
    }

    /// Follows what the platform reports from now on, until the task is aborted; there is none where it reports nothing.
    pub async fn follow(&self) -> Option<JoinHandle<()>> {
        let tenant = &self.settings().tenant;
        tenant.control_token()?;
        Some(self.shared.news.clone().follow(tenant.clone()).await)
    }

    /// Creates a workspace, after its lease was written. Without a URL it may come with a token.
    pub async fn create(
        &self,
        url: Option<&str>,
        parent: Option<&str>,
        polls: bool,
    ) -> Result<CreatedWorkspace, LiveError> {
        let settings = self.settings();
        let number = self.shared.created.fetch_add(1, Ordering::Relaxed) + 1;
        if number > settings.max_creates {
            return Err(LiveError::TooMany(settings.max_creates));
        }
        let name = format!("{}{number:04}", self.prefix());
        self.write(&name, Leased::Wanted)?;
        let tenant = &settings.tenant;
        let created = if tenant.control_token().is_some() {
            let seeded = tenant.seed_workspace(&name, parent, polls).await;
            seeded.map(|id| CreatedWorkspace { id, token: None })
        } else {
            tenant.create_workspace(&name, url, parent, true).await
        };
        let created = match created {
            Ok(created) => created,
            Err(error) => {
                // A refusal created nothing; of anything else only a listing can tell.
                if matches!(error, OperatorError::Refused { .. }) {
                    self.write(&name, Leased::Released)?;
                }
                return Err(error.into());
            }
        };
        self.held().push((name.clone(), created.id.clone()));
        self.write(&name, Leased::Created(created.id.clone()))?;
        Ok(created)
    }

    /// Gives a workspace back.
    pub async fn release(&self, id: &str) -> Result<(), LiveError> {
        let Some(name) = self
            .held()
            .iter()
            .find(|(_, held)| held == id)
            .map(|(name, _)| name.clone())
        else {
            return Ok(());
        };
        self.shared.news.forget(id);
        self.settings().tenant.delete_workspace(id).await?;
        self.held().retain(|(_, held)| held != id);
        self.write(&name, Leased::Released)
    }

    /// Gives everything back that is still held, the newest first, and looks whether the tenant shows anything of this run; returns
    /// what is left, and why.
    pub async fn release_all(&self) -> Vec<String> {
        let held: Vec<String> = self.held().iter().rev().map(|(_, id)| id.clone()).collect();
        let mut left = Vec::new();
        for id in held {
            if let Err(error) = self.release(&id).await {
                left.push(format!("{id}: {error}"));
            }
        }
        if self.settings().existing.is_some() || self.shared.created.load(Ordering::Relaxed) == 0 {
            return left;
        }
        match self.settings().tenant.workspaces().await {
            Ok(workspaces) => {
                let prefix = self.prefix();
                let ours = workspaces
                    .into_iter()
                    .filter(|workspace| workspace.name.starts_with(&prefix));
                let told = left.clone();
                let is_told = |id: &str| told.iter().any(|line: &String| line.starts_with(id));
                for workspace in ours.filter(|workspace| !is_told(&workspace.id)) {
                    left.push(format!(
                        "{}: `{}` is still listed",
                        workspace.id, workspace.name
                    ));
                }
            }
            Err(error) => left.push(format!("the final listing failed: {error}")),
        }
        left
    }

    fn write(&self, name: &str, state: Leased) -> Result<(), LiveError> {
        let lease = Lease {
            platform: self.settings().tenant.origin(),
            run: self.shared.run.clone(),
            name: name.to_owned(),
            state,
        };
        let mut journal = self
            .shared
            .journal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(journal.write(&lease)?)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<(String, String)>> {
        self.shared
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
