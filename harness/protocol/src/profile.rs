//! Kinds of runtime, each with its own set of binding areas.

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
    /// Whether runtimes of this kind register, and so get a token from the platform.
    pub fn registers(self) -> bool {
        !matches!(self, Self::McpTools | Self::Cli)
    }

    /// Whether runtimes of this kind fetch their messages, which platforms allow from r2 on.
    pub fn polls(self) -> bool {
        matches!(self, Self::ExternalPoll | Self::McpBridge)
    }
}

crate::vocabulary!(Profile, "profile", {
    Container => "container",
    ExternalPush => "external-push",
    ExternalPoll => "external-poll",
    McpBridge => "mcp-bridge",
    McpTools => "mcp-tools",
    Cli => "cli",
});
