//! Kinds of runtime, each with its own set of binding areas.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of runtime a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Long-running, registers, heartbeats and serves A2A on a port.
    #[default]
    Container,
    /// Registers a URL and serves an inbound route outside the platform's network.
    ExternalPush,
    /// Outbound only: heartbeats and polls its activity feed.
    ExternalPoll,
    /// An MCP server on stdio that also polls and heartbeats.
    McpBridge,
    /// An MCP server on stdio that only calls out.
    McpTools,
    /// Starts, does one call, exits.
    Cli,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 6] =
        [Self::Container, Self::ExternalPush, Self::ExternalPoll, Self::McpBridge, Self::McpTools, Self::Cli];

    /// Whether runtimes of this kind register, and so get a token from the platform.
    pub fn registers(self) -> bool {
        !matches!(self, Self::McpTools | Self::Cli)
    }

    /// Whether runtimes of this kind fetch their messages, which platforms allow from r2 on.
    pub fn polls(self) -> bool {
        matches!(self, Self::ExternalPoll | Self::McpBridge)
    }

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::ExternalPush => "external-push",
            Self::ExternalPoll => "external-poll",
            Self::McpBridge => "mcp-bridge",
            Self::McpTools => "mcp-tools",
            Self::Cli => "cli",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == text)
            .ok_or_else(|| UnknownProfile(text.into()))
    }
}

/// The text names no profile.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown profile `{0}`; known are container, external-push, external-poll, mcp-bridge, mcp-tools, cli"
)]
pub struct UnknownProfile(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_reads_back_from_its_name() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse::<Profile>().unwrap(), profile);
        }
        assert!("docker".parse::<Profile>().is_err());
    }
}
