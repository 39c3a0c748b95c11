//! The edge with the platform behind it, replaced as a whole when the edge changes its behaviour.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use protocol::Edge;

use crate::edge::EdgeGuard;
use crate::platform::Platform;
use crate::world::World;

/// One face of the edge with the platform behind it.
pub(crate) struct EdgedPlatform {
    pub(crate) edge: EdgeGuard,
    pub(crate) platform: Router,
    face: Edge,
}

/// The face that the edge has now; clones share it.
#[derive(Clone)]
pub(crate) struct EdgeSwitch {
    shared: Arc<Shared>,
}

struct Shared {
    world: World,
    platform: Platform,
    current: RwLock<Arc<EdgedPlatform>>,
}

impl EdgeSwitch {
    /// The face that a world begins with.
    pub(crate) async fn start(world: World, platform: Platform) -> io::Result<Self> {
        let edged = EdgedPlatform::start(&world, &platform).await?;
        let current = RwLock::new(Arc::new(edged));
        Ok(Self {
            shared: Arc::new(Shared {
                world,
                platform,
                current,
            }),
        })
    }

    /// What the next request meets.
    pub(crate) fn current(&self) -> Arc<EdgedPlatform> {
        Arc::clone(
            &self
                .shared
                .current
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The face that it has.
    pub(crate) fn face(&self) -> Edge {
        self.current().face
    }

    /// Another face from the next request on; the rate limiter begins anew.
    pub(crate) async fn change(&self, face: Edge) -> io::Result<()> {
        let world = World {
            edge: face,
            ..self.shared.world.clone()
        };
        let edged = EdgedPlatform::start(&world, &self.shared.platform).await?;
        *self
            .shared
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(edged);
        Ok(())
    }
}

impl EdgedPlatform {
    async fn start(world: &World, platform: &Platform) -> io::Result<Self> {
        let edge = EdgeGuard::start(world).await?;
        let platform = platform.behind(edge.web_app(), world.trusts_same_origin());
        Ok(Self {
            edge,
            platform,
            face: world.edge,
        })
    }
}
