//! What the process is told from outside: environment, configuration file, pacing, platform address.

mod configuration;
mod environment;
mod local_address;
mod pacing;
mod platform_address;

pub use environment::{Settings, SettingsError};

pub(crate) use configuration::Configuration;
pub(crate) use local_address::local_address;
pub(crate) use pacing::{Backoff, Pacing};
pub(crate) use platform_address::{PlatformAddress, path_segment};
