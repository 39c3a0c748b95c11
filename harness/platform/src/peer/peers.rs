//! All stubs of a platform.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::PeerBehaviour;
use protocol::journal::PeerFact;

use super::stub::{PeerStub, PlatformPorts};
use crate::recorder::Recorder;
use crate::world::PeerSeed;

/// The stubs that run; clones share them.
#[derive(Clone)]
pub(crate) struct Peers {
    shared: Arc<Shared>,
}

struct Shared {
    recorder: Recorder,
    ports: PlatformPorts,
    mark: (&'static str, String),
    stubs: Mutex<Vec<Arc<PeerStub>>>,
}

impl Peers {
    /// None yet.
    pub(crate) fn new(
        recorder: Recorder,
        ports: PlatformPorts,
        mark: (&'static str, String),
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                recorder,
                ports,
                mark,
                stubs: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Starts another one.
    pub(crate) fn open(&self, seed: &PeerSeed) -> io::Result<PeerFact> {
        let (name, value) = &self.shared.mark;
        let stub = PeerStub::start(
            seed,
            &self.shared.recorder,
            &self.shared.ports,
            (name, value),
        )?;
        let fact = stub.fact();
        self.stubs().push(Arc::new(stub));
        Ok(fact)
    }

    /// Who they are, in the order in which they were started.
    pub(crate) fn facts(&self) -> Vec<PeerFact> {
        self.stubs().iter().map(|stub| stub.fact()).collect()
    }

    /// Makes one do something else from its next request on; false if there is none of this name.
    pub(crate) fn behave(&self, name: &str, behaviour: PeerBehaviour) -> bool {
        let stubs = self.stubs();
        let stub = stubs.iter().find(|stub| stub.fact().name == name);
        stub.map(|stub| stub.behave(behaviour)).is_some()
    }

    /// Stops all of them.
    pub(crate) async fn close(&self) {
        let stubs = self.stubs().clone();
        for stub in stubs {
            stub.close().await;
        }
    }

    fn stubs(&self) -> MutexGuard<'_, Vec<Arc<PeerStub>>> {
        self.shared
            .stubs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
