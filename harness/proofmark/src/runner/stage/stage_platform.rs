//! Where a stage plays: in front of a double of its own, or on workspaces that were created on a live platform for it.

use std::net::{Ipv4Addr, SocketAddr};

use platform::{
    CreatedWorkspace, Gateway, OperatorError, PeerSeed, Recorder, WorkspaceSeed, World,
};
use protocol::credential::CredentialKind;
use protocol::journal::{Fact, PlatformChange, PlatformFact};
use protocol::{Credential, Profile, Relation, Revision};
use scenario::plan::{InboundSecret, Plan, TokenSeed};

use super::StepError;
use crate::driver::PortLease;
use crate::live::LiveRun;

/// A gateway, and what stands behind it.
pub(super) struct StagePlatform {
    pub(super) gateway: Gateway,
    /// The subject's workspace.
    pub(super) workspace: String,
    pub(super) organisation: String,
    /// The contract's version that is spoken.
    pub(super) revision: Revision,
    /// Ports reserved for as long as the stage stands.
    _leases: Vec<PortLease>,
    tenancy: Option<Tenancy>,
}

/// What was taken of a live platform for a stage.
struct Tenancy {
    live: LiveRun,
    /// Workspaces to give back at the end, oldest first.
    created: Vec<String>,
}

impl StagePlatform {
    /// On a live platform if there is one, where the subject listens on `port`; otherwise on a double with this workspace.
    pub(super) async fn of(
        plan: &Plan,
        recorder: &Recorder,
        live: Option<&LiveRun>,
        workspace: String,
        port: u16,
    ) -> Result<Self, StepError> {
        match live {
            None => Self::of_double(plan, recorder, workspace).await,
            Some(live) => Self::of_tenant(plan, recorder, live, port).await,
        }
    }

    /// A double of its own.
    async fn of_double(
        plan: &Plan,
        recorder: &Recorder,
        workspace: String,
    ) -> Result<Self, StepError> {
        let (listening, address) = lease_port()?;
        let world = world_of(plan, &workspace);
        let (organisation, revision) = (world.organisation.clone(), world.revision);
        let gateway = Gateway::start_at(world, recorder.clone(), address)
            .await
            .map_err(StepError::of_the_machine("cannot start the platform"))?;
        Ok(Self {
            gateway,
            workspace,
            organisation,
            revision,
            _leases: vec![listening],
            tenancy: None,
        })
    }

    /// Workspaces on a live platform.
    async fn of_tenant(
        plan: &Plan,
        recorder: &Recorder,
        live: &LiveRun,
        port: u16,
    ) -> Result<Self, StepError> {
        let mut created = Created {
            live,
            ids: Vec::new(),
        };
        let built = created.build(plan, recorder, port).await;
        let tenancy = Tenancy {
            live: live.clone(),
            created: created.ids,
        };
        match built {
            Ok((gateway, workspace, organisation, leases)) => Ok(Self {
                gateway,
                workspace,
                organisation,
                revision: live.settings().offers.revision,
                _leases: leases,
                tenancy: Some(tenancy),
            }),
            Err(error) => {
                tenancy.give_back().await;
                Err(error)
            }
        }
    }

    /// The token of a workspace that others use, too.
    pub(super) fn token_of_others(&self) -> Option<&Credential> {
        let tenancy = self.tenancy.as_ref()?;
        tenancy
            .live
            .settings()
            .existing
            .as_ref()
            .map(|(_, token)| token)
    }

    /// What the workspace has before its runtime ever starts; returns the token that the runtime is given: one that never
    /// registers could get none otherwise.
    pub(super) async fn set_up_credentials(
        &self,
        plan: &Plan,
        profile: Profile,
        recorder: &Recorder,
    ) -> Result<Option<Credential>, OperatorError> {
        if let Some(token) = self.token_of_others() {
            // They keep credentials that are good: none is minted, and none replaced.
            let placeholder = recorder.redactor().learn(CredentialKind::AuthToken, token);
            let change = PlatformChange::TokenIssued(placeholder);
            recorder.record(Fact::Platform(PlatformFact {
                workspace: self.workspace.clone(),
                change,
            }));
            return Ok(Some(token.clone()));
        }
        let never_registers = !profile.registers();
        let secret = plan.world.inbound_secret == InboundSecret::Minted;
        let token = never_registers || plan.world.token == TokenSeed::Live;
        let token = self
            .gateway
            .platform()
            .set_up_credentials(&self.workspace, secret, token)
            .await?;
        Ok(token.filter(|_| never_registers))
    }

    /// Closes the gateway, and gives back what was created.
    pub(super) async fn close(self) {
        self.gateway.close().await;
        if let Some(tenancy) = self.tenancy {
            tenancy.give_back().await;
        }
    }
}

impl Tenancy {
    async fn give_back(self) {
        for id in self.created.iter().rev() {
            // What stays is found and reported by the run's last look.
            let _ = self.live.release(id).await;
        }
    }
}

struct Created<'a> {
    live: &'a LiveRun,
    ids: Vec<String>,
}

impl Created<'_> {
    async fn build(
        &mut self,
        plan: &Plan,
        recorder: &Recorder,
        port: u16,
    ) -> Result<(Gateway, String, String, Vec<PortLease>), StepError> {
        let settings = self.live.settings();
        let (listening, address) = lease_port()?;
        let mut leases = vec![listening];
        let mut world = world_of(plan, "");
        let mut places = Vec::new();
        for peer in &mut world.peers {
            let lease = PortLease::take()
                .map_err(StepError::of_the_machine("cannot lease a port for a peer"))?;
            let path = format!("/{}", uuid::Uuid::new_v4().simple());
            places.push(format!("http://127.0.0.1:{}{path}", lease.port()));
            peer.place = Some((lease.port(), path));
            leases.push(lease);
        }
        let relation = |name: &str| plan.world.peers.get(name).map(|peer| peer.relation);
        // A parent comes first, since its child is created below it.
        let mut parent = None;
        for (peer, place) in world.peers.iter_mut().zip(&places) {
            if relation(&peer.name) == Some(Relation::Parent) {
                peer.id = self.create_peer(peer, place, None).await?;
                parent = Some(peer.id.clone());
            }
        }
        let workspace = if let Some((id, _)) = &settings.existing {
            id.clone()
        } else {
            let url = self.subject_url(port);
            self.create(Some(&url), parent.as_deref(), false).await?.id
        };
        for (peer, place) in world.peers.iter_mut().zip(&places) {
            let below = match relation(&peer.name) {
                Some(Relation::Parent) => continue,
                Some(Relation::Child) => Some(workspace.clone()),
                Some(Relation::Stranger) => Some(self.create(None, None, false).await?.id),
                Some(Relation::Sibling) | None => parent.clone(),
            };
            peer.id = self.create_peer(peer, place, below.as_deref()).await?;
        }
        let organisation = world.organisation.clone();
        let gateway = before(settings.tenant.clone(), world, recorder, address).await?;
        for id in &self.ids {
            self.live.listen(id, recorder);
        }
        Ok((gateway, workspace, organisation, leases))
    }

    /// Where the tenant is told that the subject is. With a URL no token is minted before the register, and a register replaces it.
    fn subject_url(&self, port: u16) -> String {
        let host = self
            .live
            .settings()
            .public_url
            .as_deref()
            .unwrap_or("http://localhost");
        let has_port = host
            .rsplit(':')
            .next()
            .is_some_and(|last| last.parse::<u16>().is_ok());
        if has_port {
            host.to_owned()
        } else {
            format!("{}:{port}", host.trim_end_matches('/'))
        }
    }

    async fn create(
        &mut self,
        url: Option<&str>,
        parent: Option<&str>,
        polls: bool,
    ) -> Result<CreatedWorkspace, StepError> {
        let created = self.live.create(url, parent, polls).await;
        let created = created?;
        self.ids.push(created.id.clone());
        Ok(created)
    }

    /// A workspace whose runtime is a stub of ours, and registers like one.
    async fn create_peer(
        &mut self,
        peer: &PeerSeed,
        place: &str,
        parent: Option<&str>,
    ) -> Result<String, StepError> {
        let CreatedWorkspace { id, token } = self.create(None, parent, peer.polls).await?;
        if !peer.polls {
            let tenant = &self.live.settings().tenant;
            tenant
                .register(&id, token.as_ref(), place, &peer.name)
                .await?;
        }
        Ok(id)
    }
}

async fn before(
    tenant: platform::Tenant,
    world: World,
    recorder: &Recorder,
    address: SocketAddr,
) -> Result<Gateway, StepError> {
    Gateway::start_before(tenant, world, recorder.clone(), address)
        .await
        .map_err(StepError::of_the_machine("cannot start the gateway"))
}

/// An address for a gateway. Leased like the subject's: during an outage nothing listens there, and another stage must not get this
/// one's subject.
fn lease_port() -> Result<(PortLease, SocketAddr), StepError> {
    let listening = PortLease::take().map_err(StepError::of_the_machine(
        "cannot lease a port for the platform",
    ))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, listening.port()));
    Ok((listening, address))
}

/// The platform's side of a plan, with the subject's workspace.
fn world_of(plan: &Plan, workspace: &str) -> World {
    let world = &plan.world;
    World {
        revision: world.revision,
        deployment: world.deployment,
        edge: world.edge,
        addresses: world.addresses,
        workspaces: vec![WorkspaceSeed {
            id: workspace.to_owned(),
            ..WorkspaceSeed::default()
        }],
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
        ..World::default()
    }
}
