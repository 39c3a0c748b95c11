//! Stubs of other workspaces, each on an origin of its own.

mod stub;

pub(crate) use stub::{PeerStub, PlatformPorts};
