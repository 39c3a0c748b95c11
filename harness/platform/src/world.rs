//! What a platform looks like before its first request: revision, deployment, edge, the workspace and its peers.

use protocol::{Addresses, Credential, Deployment, Edge, PeerBehaviour, Relation, Revision};

/// The world in which a gateway is started.
#[derive(Debug, Clone)]
pub struct World {
    /// Which version of the contract the double speaks (contract section 14).
    pub revision: Revision,
    /// Self-hosted or hosted; decides which private addresses may be registered (contract 1.1).
    pub deployment: Deployment,
    /// What stands before the platform.
    pub edge: Edge,
    /// Whether the tenant knows its web app (`CANVAS_PROXY_URL`), without which a same-origin proof opens neither
    /// the tenant guard nor a workspace route (WAF-032). Of no effect behind [`Edge::Open`] and [`Edge::StrictCors`].
    pub web_app: bool,
    /// Which loopback addresses a runtime may register.
    pub addresses: Addresses,
    /// The tenant's organisation id.
    pub organisation: String,
    /// The operator's token, where one is configured (`ADMIN_TOKEN`).
    pub admin_token: Option<Credential>,
    /// Whether the route for test tokens exists (`MOLECULE_ENABLE_TEST_TOKENS`, or not in production; contract 4.17).
    pub test_tokens: bool,
    /// The workspaces that exist before the first request; the peers are related to the first.
    pub workspaces: Vec<WorkspaceSeed>,
    /// Other workspaces, each served by a stub.
    pub peers: Vec<PeerSeed>,
    /// Requests per minute and address; `None` lifts the limit (`X-RateLimit-Limit: unlimited`).
    pub rate_limit: Option<u32>,
}

impl World {
    /// Whether same-origin requests count as the web app's (contract 1.2, `isSameOriginCanvas`).
    pub(crate) fn trusts_same_origin(&self) -> bool {
        self.web_app
            && matches!(
                self.edge,
                Edge::WafEmpty | Edge::WafHtml | Edge::TenantGuard
            )
    }
}

impl Default for World {
    fn default() -> Self {
        Self {
            revision: Revision::default(),
            deployment: Deployment::default(),
            edge: Edge::default(),
            web_app: true,
            addresses: Addresses::default(),
            organisation: "3f6c1f0e-0d52-4c2a-9b0f-6a1d1c7e5a01".into(),
            admin_token: None,
            test_tokens: true,
            workspaces: vec![WorkspaceSeed::default()],
            peers: Vec::new(),
            rate_limit: None,
        }
    }
}

/// A workspace before its runtime starts: a row that is `provisioning` and has no URL.
#[derive(Debug, Clone)]
pub struct WorkspaceSeed {
    /// A UUID.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The workspace above it.
    pub parent_id: Option<String>,
    /// Tokens that are live from the start.
    pub tokens: Vec<Credential>,
    /// The secret for calls to the workspace; `None` is NULL, a workspace older than the secret.
    pub inbound_secret: Option<Credential>,
    /// Whether it polls its messages, from r2 on.
    pub polls: bool,
}

impl Default for WorkspaceSeed {
    fn default() -> Self {
        Self {
            id: "7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11".into(),
            name: "subject".into(),
            parent_id: None,
            tokens: Vec::new(),
            inbound_secret: None,
            polls: false,
        }
    }
}

/// Another workspace.
#[derive(Debug, Clone)]
pub struct PeerSeed {
    /// Its name in the scenario.
    pub name: String,
    /// A UUID.
    pub id: String,
    /// Where it stands in the hierarchy.
    pub relation: Relation,
    /// What its stub does with a message.
    pub behaviour: PeerBehaviour,
    /// Where its stub listens on 127.0.0.1, and the path under which the platform knows it; a free port and `/` if absent. A
    /// request at that path is the platform's: before a live platform nothing else tells it from the subject's.
    pub place: Option<(u16, String)>,
    /// Whether it polls its messages (from r2 on): nothing is dialled then, and a sender is told `queued`.
    pub polls: bool,
}
