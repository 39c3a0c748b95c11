//! A2A at the root path: JSON-RPC `message/send`, always with HTTP 200 (A2A-001 to A2A-020).

mod delivery;
mod envelope;
mod error;
mod message;
mod route;

pub(super) use route::route;
