//! The reference agent: an exemplary workspace runtime.
//!
//! It does what contract sections 9 and 11 ask of a runtime, and better than upstream where the intent says so.
//! It shares no code with the rest of the workspace: tester and tested meet on the wire only.

mod activity;
mod boot;
mod card;
mod credential;
mod delegation;
mod directive;
mod heartbeat;
mod lock;
mod log;
mod platform_client;
mod prompt;
mod register;
mod runtime;
mod serve;
mod settings;
mod stop;

#[cfg(test)]
mod stage;

pub use boot::{AgentError, run};
pub use settings::{Settings, SettingsError};
