//! The gateway with everything behind it, and the stage's handles on it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use protocol::credential::CredentialKind;
use protocol::journal::{FaultChange, PeerFact};
use protocol::{Credential, PeerBehaviour, Redactor};

use super::answering::{Answering, MARK};
use crate::control::{Control, ControlRoutes};
use crate::double::{Double, StateFileError};
use crate::edge_switch::EdgeSwitch;
use crate::fault::FaultBoard;
use crate::listener::{ConnectionEnd, Listener};
use crate::peer::{Peers, PlatformPorts};
use crate::platform::{OperatedTenant, Platform};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::world::World;

/// The recording listener in front of a platform double, with the stubs of its peers and the web app behind the edge.
///
/// Dropping it stops everything, too; [`Gateway::close`] also waits until it has stopped.
pub struct Gateway {
    listener: Listener,
    platform: Platform,
    faults: FaultBoard,
    mark: String,
    peers: Peers,
}

/// Settings of a stand-alone platform.
#[derive(Debug)]
pub struct StandAlone {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// What opens the control routes.
    pub control_token: Credential,
    /// Where its state is kept; in memory otherwise.
    pub state_file: Option<PathBuf>,
}

/// Why a platform does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be bound.
    #[error(transparent)]
    Listen(#[from] io::Error),
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateFileError),
}

impl Gateway {
    /// Starts on a free port of 127.0.0.1 and listens before it returns. Credentials of the world are learnt by the
    /// redactor; nothing is recorded before the first request or operator's act, so that the stage can go first.
    pub async fn start(world: World, recorder: Recorder) -> io::Result<Self> {
        Self::start_at(world, recorder, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// The same at a given address.
    pub async fn start_at(
        world: World,
        recorder: Recorder,
        address: SocketAddr,
    ) -> io::Result<Self> {
        let double = |world: &World, recorder, peers, ports| {
            Ok(Platform::Double(Double::new(world, recorder, peers, ports)))
        };
        Self::start_with(world, recorder, address, None, double).await
    }

    /// The same before a live platform: of the world only the edge and the peers' stubs are ours.
    pub async fn start_before(
        tenant: Tenant,
        world: World,
        recorder: Recorder,
        address: SocketAddr,
    ) -> io::Result<Self> {
        let live = |_: &World, recorder: Recorder, _, _| {
            if let Some(token) = tenant.admin_token() {
                recorder.redactor().learn(CredentialKind::AdminToken, token);
            }
            Ok(Platform::Tenant(OperatedTenant::new(
                tenant,
                recorder,
                origin_of(address),
            )))
        };
        Self::start_with(world, recorder, address, None, live).await
    }

    /// A platform that stands alone: at a given address, with control routes beside its own, and with its state in a file if there
    /// is one.
    pub async fn start_alone(
        world: World,
        recorder: Recorder,
        alone: StandAlone,
    ) -> Result<Self, StartError> {
        let StandAlone {
            address,
            control_token,
            state_file,
        } = alone;
        let double = |world: &World, recorder, peers, ports| {
            Ok(Platform::Double(match state_file {
                Some(file) => Double::kept_in(&file, world, recorder, peers, ports)?,
                None => Double::new(world, recorder, peers, ports),
            }))
        };
        Self::start_with(world, recorder, address, Some(control_token), double).await
    }

    /// Starts the stubs of the world's peers, the platform that knows them, and what stands before it.
    async fn start_with<E: From<io::Error>>(
        world: World,
        recorder: Recorder,
        address: SocketAddr,
        control_token: Option<Credential>,
        platform: impl FnOnce(&World, Recorder, Vec<PeerFact>, PlatformPorts) -> Result<Platform, E>,
    ) -> Result<Self, E> {
        learn_all(&world, control_token.as_ref(), recorder.redactor());
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let ports = PlatformPorts::default();
        let peers = Peers::new(recorder.clone(), ports.clone(), (MARK, mark.clone()));
        let facts = world
            .peers
            .iter()
            .map(|seed| peers.open(seed))
            .collect::<io::Result<_>>()?;
        let platform = platform(&world, recorder.clone(), facts, ports)?;
        let edge_switch = EdgeSwitch::start(world, platform.clone()).await?;
        let faults = FaultBoard::new(recorder.clone());
        let control_routes = match (control_token, &platform) {
            (Some(token), Platform::Double(double)) => Some(ControlRoutes::new(Control {
                token,
                double: double.clone(),
                edge_switch: edge_switch.clone(),
                peers: peers.clone(),
                faults: faults.clone(),
                recorder: recorder.clone(),
            })),
            (None, Platform::Double(_)) | (_, Platform::Tenant(_)) => None,
        };
        let answering = Answering {
            recorder,
            platform: platform.clone(),
            edge_switch,
            faults: faults.clone(),
            control_routes,
            mark: mark.clone(),
        };
        let listener = Listener::open(address, |_| Arc::new(answering))?;
        Ok(Self {
            listener,
            platform,
            faults,
            mark,
            peers,
        })
    }

    /// Where it listens; the same for its whole life.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// `http://host:port`, the platform's canonical origin.
    pub fn origin(&self) -> String {
        origin_of(self.address())
    }

    /// The stubs of other workspaces.
    pub fn peers(&self) -> Vec<PeerFact> {
        self.peers.facts()
    }

    /// What stands behind it.
    pub fn platform(&self) -> &Platform {
        &self.platform
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

    /// The same for a request of the harness that goes through the edge like any other; faults do not apply to it.
    pub fn harness_mark_at_the_edge(&self) -> (&'static str, String) {
        (MARK, format!("{}-edge", self.mark))
    }

    /// Returns when every connection to the platform is gone: what a process sent before it died has been read and recorded by then.
    pub async fn quiet(&self) {
        self.listener.quiet().await;
    }

    /// Changes what a peer's stub does from its next request on; an unknown name changes nothing.
    pub fn set_peer_behaviour(&self, peer: &str, behaviour: PeerBehaviour) {
        self.peers.behave(peer, behaviour);
    }

    /// Stops listening, so that connections are refused, and resets those that are open. Returns when that is so.
    pub async fn begin_outage(&self) {
        self.faults.note("outage", FaultChange::OutageBegins, None);
        self.listener.shut(ConnectionEnd::Reset).await;
    }

    /// Listens again at the same address.
    pub fn end_outage(&self) -> io::Result<()> {
        self.listener.reopen()?;
        self.faults.note("outage", FaultChange::OutageEnds, None);
        Ok(())
    }

    /// Stops everything and waits until it has stopped.
    pub async fn close(self) {
        self.listener.shut(ConnectionEnd::Close).await;
        self.peers.close().await;
    }
}

fn origin_of(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// The redactor must know every credential of the world before it can travel.
fn learn_all(world: &World, control_token: Option<&Credential>, redactor: &Redactor) {
    let mut known = vec![
        (CredentialKind::AdminToken, world.admin_token.as_ref()),
        (CredentialKind::ControlToken, control_token),
    ];
    for workspace in &world.workspaces {
        known.extend(
            workspace
                .tokens
                .iter()
                .map(|token| (CredentialKind::AuthToken, Some(token))),
        );
        known.push((
            CredentialKind::InboundSecret,
            workspace.inbound_secret.as_ref(),
        ));
    }
    for (kind, credential) in known {
        if let Some(credential) = credential {
            redactor.learn(kind, credential);
        }
    }
}
