//! Where a stage plays: in front of a double of its own, or on workspaces that were created on a live platform for it.

use std::net::{Ipv4Addr, SocketAddr};

use platform::{CreatedWorkspace, Gateway, PeerSeed, Recorder, World as PlatformWorld};
use protocol::Relation;
use scenario::plan::Plan;

use super::Refusal;
use super::setup::{resource, world_of};
use crate::driver::PortLease;
use crate::live::LiveRun;

/// A gateway, and what stands behind it.
pub(super) struct Premises {
    pub(super) gateway: Gateway,
    /// The subject's workspace.
    pub(super) workspace: String,
    pub(super) organisation: String,
    /// Ports that nobody else may get while the stage stands.
    pub(super) leases: Vec<PortLease>,
    /// Workspaces to give back at the end, oldest first.
    pub(super) created: Vec<String>,
}

impl Premises {
    /// A double of its own.
    pub(super) async fn of_double(
        plan: &Plan,
        recorder: &Recorder,
        workspace: String,
    ) -> Result<Self, Refusal> {
        let (door, address) = door()?;
        let world = world_of(plan, &workspace);
        let organisation = world.organisation.clone();
        let gateway = Gateway::start_at(world, recorder.clone(), address)
            .await
            .map_err(resource("cannot start the platform"))?;
        Ok(Self { gateway, workspace, organisation, leases: vec![door], created: Vec::new() })
    }

    /// Workspaces on a live platform; the subject listens on `port`.
    pub(super) async fn of_tenant(
        plan: &Plan,
        recorder: &Recorder,
        live: &LiveRun,
        port: u16,
    ) -> Result<Self, Refusal> {
        let mut premises = Created { live, ids: Vec::new() };
        let built = premises.build(plan, recorder, port).await;
        match built {
            Ok((gateway, workspace, organisation, leases)) => {
                let created = std::mem::take(&mut premises.ids);
                Ok(Self { gateway, workspace, organisation, leases, created })
            }
            Err(error) => {
                for id in premises.ids.iter().rev() {
                    // What stays is found by the run's last look.
                    let _ = live.release(id).await;
                }
                Err(error)
            }
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
    ) -> Result<(Gateway, String, String, Vec<PortLease>), Refusal> {
        let settings = self.live.settings();
        let (door, address) = door()?;
        let mut leases = vec![door];
        let mut world = world_of(plan, "");
        let mut places = Vec::new();
        for peer in &mut world.peers {
            let lease = PortLease::take().map_err(resource("cannot lease a port for a peer"))?;
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
        world.workspace.id.clone_from(&workspace);
        let organisation = world.organisation.clone();
        let gateway = before(settings.tenant.clone(), world, recorder, address).await?;
        for id in &self.ids {
            self.live.listen(id, recorder);
        }
        Ok((gateway, workspace, organisation, leases))
    }

    /// Where the tenant is told that the subject is. With a URL no token is minted before the register, and a register replaces it.
    fn subject_url(&self, port: u16) -> String {
        let host = self.live.settings().public_url.as_deref().unwrap_or("http://localhost");
        let has_port = host.rsplit(':').next().is_some_and(|last| last.parse::<u16>().is_ok());
        if has_port { host.to_owned() } else { format!("{}:{port}", host.trim_end_matches('/')) }
    }

    async fn create(
        &mut self,
        url: Option<&str>,
        parent: Option<&str>,
        polls: bool,
    ) -> Result<CreatedWorkspace, Refusal> {
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
    ) -> Result<String, Refusal> {
        let CreatedWorkspace { id, token } = self.create(None, parent, peer.polls).await?;
        if !peer.polls {
            let tenant = &self.live.settings().tenant;
            tenant.register(&id, token.as_ref(), place, &peer.name).await?;
        }
        Ok(id)
    }
}

async fn before(
    tenant: platform::Tenant,
    world: PlatformWorld,
    recorder: &Recorder,
    address: SocketAddr,
) -> Result<Gateway, Refusal> {
    Gateway::start_before(tenant, world, recorder.clone(), address)
        .await
        .map_err(resource("cannot start the gateway"))
}

/// An address for a gateway. Leased like the subject's: during an outage nobody listens there, and another stage must not get this
/// one's subject.
fn door() -> Result<(PortLease, SocketAddr), Refusal> {
    let door = PortLease::take().map_err(resource("cannot lease a port for the platform"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, door.port()));
    Ok((door, address))
}
