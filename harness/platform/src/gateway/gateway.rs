//! The gateway with everything behind it, and the stage's handles on it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;

use protocol::credential::CredentialKind;
use protocol::journal::{FaultChange, PeerFact};
use protocol::{Credential, PeerBehaviour, Redactor};

use super::answering::{Answering, MARK};
use super::door::{Door, Ending};
use super::front::Fronts;
use crate::control::{Beside, Control};
use crate::double::{Double, StateFileError};
use crate::fault::FaultBoard;
use crate::peer::{Peers, PlatformPorts};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::world::World;

/// The recording door in front of a platform double, with the stubs of its peers and the web app behind the edge.
///
/// Dropping it stops everything, too; [`Gateway::close`] also waits until it has stopped.
pub struct Gateway {
    door: Door,
    double: Double,
    /// Whether a live platform stands in the double's place.
    is_live: bool,
    faults: FaultBoard,
    mark: String,
    peers: Peers,
}

/// What stands beside and behind a gateway, where that is not the usual.
#[derive(Default)]
struct Surroundings {
    control_token: Option<Credential>,
    state_file: Option<PathBuf>,
    /// In the double's place.
    behind: Option<Router>,
}

/// How a platform stands alone.
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
    /// An address cannot be had.
    #[error(transparent)]
    Listen(#[from] io::Error),
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateFileError),
}

impl StartError {
    /// The error of a platform that keeps its state in memory.
    fn without_state(self) -> io::Error {
        match self {
            Self::Listen(error) => error,
            Self::State(error) => io::Error::other(error),
        }
    }
}

impl Gateway {
    /// Starts on a free port of 127.0.0.1 and listens before it returns. Credentials of the world are learnt by the
    /// redactor; nothing is recorded before the first request or operator's act, so that the stage can go first.
    pub async fn start(world: World, recorder: Recorder) -> io::Result<Self> {
        Self::start_at(world, recorder, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// The same at a given address.
    pub async fn start_at(world: World, recorder: Recorder, address: SocketAddr) -> io::Result<Self> {
        let started = Self::start_with(world, recorder, address, Surroundings::default()).await;
        started.map_err(StartError::without_state)
    }

    /// The same before a live platform: of the world only the edge and the peers' stubs are ours.
    pub async fn start_before(
        tenant: Tenant,
        world: World,
        recorder: Recorder,
        address: SocketAddr,
    ) -> io::Result<Self> {
        if let Some(token) = tenant.admin_token() {
            recorder.redactor().learn(CredentialKind::AdminToken, token);
        }
        let behind = Some(tenant.router(recorder.clone(), format!("http://{address}")));
        let surroundings = Surroundings { behind, ..Surroundings::default() };
        Self::start_with(world, recorder, address, surroundings).await.map_err(StartError::without_state)
    }

    /// A platform that stands alone: at a given address, with control routes beside its own, and with its state in a file if there
    /// is one.
    pub async fn start_alone(
        world: World,
        recorder: Recorder,
        alone: StandAlone,
    ) -> Result<Self, StartError> {
        let StandAlone { address, control_token, state_file } = alone;
        let surroundings = Surroundings { control_token: Some(control_token), state_file, behind: None };
        Self::start_with(world, recorder, address, surroundings).await
    }

    async fn start_with(
        world: World,
        recorder: Recorder,
        address: SocketAddr,
        surroundings: Surroundings,
    ) -> Result<Self, StartError> {
        let Surroundings { control_token, state_file, behind } = surroundings;
        let is_live = behind.is_some();
        learn_all(&world, control_token.as_ref(), recorder.redactor());
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let ports = PlatformPorts::default();
        let peers = Peers::new(recorder.clone(), ports.clone(), (MARK, mark.clone()));
        let facts = world.peers.iter().map(|seed| peers.open(seed)).collect::<io::Result<_>>()?;
        let double = match state_file {
            Some(file) => Double::kept_in(&file, &world, recorder.clone(), facts, ports)?,
            None => Double::new(&world, recorder.clone(), facts, ports),
        };
        let fronts = Fronts::start(world, double.clone(), behind).await?;
        let faults = FaultBoard::new(recorder.clone());
        let beside = control_token.map(|token| {
            let (fronts, peers, faults) = (fronts.clone(), peers.clone(), faults.clone());
            Beside::new(Control {
                token,
                double: double.clone(),
                fronts,
                peers,
                faults,
                recorder: recorder.clone(),
            })
        });
        let answering = Answering {
            recorder,
            double: double.clone(),
            fronts,
            faults: faults.clone(),
            beside,
            mark: mark.clone(),
        };
        let door = Door::open(address, |_| Arc::new(answering))?;
        Ok(Self { door, double, is_live, faults, mark, peers })
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
        self.peers.facts()
    }

    /// The platform double; none before a live platform.
    pub fn double(&self) -> Option<&Double> {
        (!self.is_live).then_some(&self.double)
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
        self.peers.behave(peer, behaviour);
    }

    /// Stops listening, so that connections are refused, and resets those that are open. Returns when that is so.
    pub async fn begin_outage(&self) -> io::Result<()> {
        self.faults.note("outage", FaultChange::OutageBegins, None);
        self.door.shut(Ending::Reset).await;
        Ok(())
    }

    /// Listens again at the same address.
    #[expect(clippy::unused_async, reason = "the counterpart of an act that waits; callers treat both alike")]
    pub async fn end_outage(&self) -> io::Result<()> {
        self.door.reopen()?;
        self.faults.note("outage", FaultChange::OutageEnds, None);
        Ok(())
    }

    /// Stops everything and waits until it has stopped.
    pub async fn close(self) {
        self.door.shut(Ending::Close).await;
        self.peers.close().await;
    }
}

/// Whatever the world holds must be known before it can travel.
fn learn_all(world: &World, control_token: Option<&Credential>, redactor: &Redactor) {
    let mut known = vec![
        (CredentialKind::AuthToken, world.workspace.token.as_ref()),
        (CredentialKind::InboundSecret, world.workspace.inbound_secret.as_ref()),
        (CredentialKind::AdminToken, world.admin_token.as_ref()),
        (CredentialKind::ControlToken, control_token),
    ];
    for resident in &world.residents {
        known.extend(resident.tokens.iter().map(|token| (CredentialKind::AuthToken, Some(token))));
        known.push((CredentialKind::InboundSecret, resident.inbound_secret.as_ref()));
    }
    for (kind, credential) in known {
        if let Some(credential) = credential {
            redactor.learn(kind, credential);
        }
    }
}
