//! Prompts that the agent sends to itself through the platform: one at the first boot, others when idle.

mod idle;
mod initial;
mod marker;
mod message;

pub(crate) use idle::send_idle;
pub(crate) use initial::send_initial;
pub(crate) use message::short_id;
