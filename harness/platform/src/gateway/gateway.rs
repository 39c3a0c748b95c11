//! The gateway with everything behind it, and the stage's handles on it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use protocol::credential::CredentialKind;
use protocol::journal::PeerFact;

use super::answering::{Answering, Behind, MARK};
use super::door::{Door, Ending};
use crate::double::Double;
use crate::edge::EdgeGuard;
use crate::fault::FaultBoard;
use crate::peer::{PeerStub, PlatformPorts};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::world::{PeerBehaviour, World};

/// The recording door in front of a platform double, with the stubs of its peers and the web app behind the edge.
///
/// Dropping it stops everything, too; [`Gateway::close`] also waits until it has stopped.
pub struct Gateway {
    door: Door,
    double: Option<Double>,
    faults: FaultBoard,
    mark: String,
    peers: Vec<PeerStub>,
}

impl Gateway {
    /// Starts on a free port of 127.0.0.1 and listens before it returns. Credentials of the world are learnt by the
    /// redactor; nothing is recorded before the first request or operator's act, so that the stage can go first.
    pub async fn start(world: World, recorder: Recorder) -> io::Result<Self> {
        Self::start_at(world, recorder, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// The same at a given address.
    pub async fn start_at(world: World, recorder: Recorder, address: SocketAddr) -> io::Result<Self> {
        let redactor = recorder.redactor();
        for (kind, credential) in [
            (CredentialKind::AuthToken, &world.workspace.token),
            (CredentialKind::InboundSecret, &world.workspace.inbound_secret),
            (CredentialKind::AdminToken, &world.admin_token),
        ] {
            if let Some(credential) = credential {
                redactor.learn(kind, credential);
            }
        }
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let ports = PlatformPorts::default();
        let mut peers = Vec::new();
        for seed in &world.peers {
            peers.push(PeerStub::start(seed, &recorder, &ports, (MARK, &mark))?);
        }
        let edge = EdgeGuard::start(&world).await?;
        let facts = peers.iter().map(PeerStub::fact).collect();
        let double = Double::new(&world, recorder.clone(), facts, ports);
        let faults = FaultBoard::new(recorder.clone());
        let platform = Behind::Double(double.router(edge.web_app()));
        let answering = Answering { recorder, edge, faults: faults.clone(), platform, mark: mark.clone() };
        let door = Door::open(address, |_| Arc::new(answering))?;
        Ok(Self { door, double: Some(double), faults, mark, peers })
    }

    /// The same before a live platform: of the world only the edge and the peers are ours. Peers are stubs whose workspaces
    /// somebody has created on the tenant.
    pub async fn start_before(
        tenant: Tenant,
        world: World,
        recorder: Recorder,
        address: SocketAddr,
    ) -> io::Result<Self> {
        if let Some(token) = tenant.admin_token() {
            recorder.redactor().learn(CredentialKind::AdminToken, token);
        }
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let ports = PlatformPorts::default();
        let mut peers = Vec::new();
        for seed in &world.peers {
            peers.push(PeerStub::start(seed, &recorder, &ports, (MARK, &mark))?);
        }
        let edge = EdgeGuard::start(&world).await?;
        let faults = FaultBoard::new(recorder.clone());
        let own = format!("http://{address}");
        let answering = Answering {
            recorder,
            edge,
            faults: faults.clone(),
            platform: Behind::Tenant(tenant, own),
            mark: mark.clone(),
        };
        let door = Door::open(address, |_| Arc::new(answering))?;
        Ok(Self { door, double: None, faults, mark, peers })
    }

    /// Where it listens; the same for its whole life.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// `http://host:port`, the platform's canonical origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The stubs of other workspaces.
    pub fn peers(&self) -> Vec<PeerFact> {
        self.peers.iter().map(PeerStub::fact).collect()
    }

    /// The platform double; none before a live platform.
    pub fn double(&self) -> Option<&Double> {
        self.double.as_ref()
    }

    /// The faults.
    pub fn faults(&self) -> &FaultBoard {
        &self.faults
    }

    /// A private header with an unguessable value. A request that carries it, here or at a peer's stub, is the
    /// harness's: it passes every edge, limit and fault, and the header is neither recorded nor passed on.
    pub fn harness_mark(&self) -> (&'static str, &str) {
        (MARK, &self.mark)
    }

    /// The same for a request of the harness that goes through the edge like anybody's; faults pass it by.
    pub fn harness_mark_at_the_edge(&self) -> (&'static str, String) {
        (MARK, format!("{}-edge", self.mark))
    }

    /// Returns when every connection to the platform is gone: what a process sent before it died has been read and recorded by then.
    pub async fn quiet(&self) {
        self.door.quiet().await;
    }

    /// Changes what a peer's stub does from its next request on; an unknown name changes nothing.
    pub fn set_peer_behaviour(&self, peer: &str, behaviour: PeerBehaviour) {
        if let Some(stub) = self.peers.iter().find(|stub| stub.fact().name == peer) {
            stub.behave(behaviour);
        }
    }

    /// Stops listening, so that connections are refused, and resets those that are open. Returns when that is so.
    pub async fn begin_outage(&self) -> io::Result<()> {
        self.faults.note("outage", "outage-begins", None);
        self.door.shut(Ending::Reset).await;
        Ok(())
    }

    /// Listens again at the same address.
    #[expect(clippy::unused_async, reason = "the counterpart of an act that waits; callers treat both alike")]
    pub async fn end_outage(&self) -> io::Result<()> {
        self.door.reopen()?;
        self.faults.note("outage", "outage-ends", None);
        Ok(())
    }

    /// Stops everything and waits until it has stopped.
    pub async fn close(self) {
        self.door.shut(Ending::Close).await;
        for peer in &self.peers {
            peer.close().await;
        }
    }
}
