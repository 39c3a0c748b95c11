//! Stubs of other workspaces, each on an origin of its own.

mod peers;
mod stub;

pub(crate) use peers::Peers;
pub(crate) use stub::PlatformPorts;
