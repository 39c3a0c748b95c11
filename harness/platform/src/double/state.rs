//! The rows that a platform keeps (contract section 2).

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use protocol::Credential;
use protocol::body::RuntimeMetadata;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::activity::ActivityRow;
use super::queue::Queue;
use super::secret::Secrets;
use super::spelling::optional_credential;
use super::token::Tokens;

/// Everything the platform remembers.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct State {
    pub(super) workspaces: BTreeMap<String, Workspace>,
    pub(super) tokens: Tokens,
    pub(super) secrets: Secrets,
    /// Oldest first.
    pub(super) activity: Vec<ActivityRow>,
    pub(super) queue: Queue,
    /// When something was last broadcast about a workspace; keeps slow dispatches alive (contract 5.2).
    #[serde(skip)]
    pub(super) last_event: HashMap<String, Instant>,
}

/// A row of `workspaces`.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Workspace {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: Option<String>,
    pub(super) tier: i64,
    pub(super) runtime: String,
    pub(super) status: String,
    pub(super) url: String,
    /// The registered URL, which discovery prefers (contract 4.5).
    pub(super) internal_url: Option<String>,
    pub(super) agent_card: Option<Value>,
    pub(super) parent_id: Option<String>,
    pub(super) active_tasks: i64,
    pub(super) max_concurrent_tasks: i64,
    pub(super) current_task: String,
    pub(super) last_error_rate: f64,
    pub(super) last_sample_error: String,
    pub(super) uptime_seconds: i64,
    #[serde(with = "rfc3339::option")]
    pub(super) last_outbound_at: Option<OffsetDateTime>,
    pub(super) monthly_spend: i64,
    pub(super) budget_limit: Option<i64>,
    #[serde(with = "optional_credential")]
    pub(super) inbound_secret: Option<Credential>,
    /// `push` or `poll`, from r2 on.
    pub(super) delivery_mode: String,
    /// Its position on the canvas.
    pub(super) position: (Number, Number),
    pub(super) collapsed: bool,
    pub(super) directory: Option<String>,
    pub(super) access: String,
    /// What the last heartbeat declared; the process knows it, the database does not.
    #[serde(skip)]
    pub(super) overrides: RuntimeMetadata,
}

impl Workspace {
    /// A row with the platform's defaults.
    pub(super) fn new(id: &str, name: &str, status: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            role: None,
            tier: 3,
            runtime: "langgraph".into(),
            status: status.to_owned(),
            url: String::new(),
            internal_url: None,
            agent_card: None,
            parent_id: None,
            active_tasks: 0,
            max_concurrent_tasks: 1,
            current_task: String::new(),
            last_error_rate: 0.0,
            last_sample_error: String::new(),
            uptime_seconds: 0,
            last_outbound_at: None,
            monthly_spend: 0,
            budget_limit: None,
            inbound_secret: None,
            delivery_mode: "push".into(),
            position: (Number::from(0), Number::from(0)),
            collapsed: false,
            directory: None,
            access: "none".into(),
            overrides: RuntimeMetadata::default(),
        }
    }

    /// Whether it was deleted.
    pub(super) fn removed(&self) -> bool {
        self.status == "removed"
    }

    /// Whether the runtime performs a duty natively.
    pub(super) fn native(&self, capability: &str) -> bool {
        self.overrides
            .capabilities
            .get(capability)
            .copied()
            .unwrap_or(false)
    }
}
