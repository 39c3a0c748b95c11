//! Kinds of runtime, each with its own set of binding areas.

crate::vocabulary! {
    /// What kind of runtime a subject is.
    pub enum Profile: PartialOrd, Ord, Default = "profile" {
        /// Long-running, registers, heartbeats and serves A2A on a port.
        #[default]
        Container = "container",
        /// Registers a URL and serves an inbound route outside the platform's network.
        ExternalPush = "external-push",
        /// Outbound only: heartbeats and polls its activity feed.
        ExternalPoll = "external-poll",
        /// An MCP server on stdio that also polls and heartbeats.
        McpBridge = "mcp-bridge",
        /// An MCP server on stdio that only calls out.
        McpTools = "mcp-tools",
        /// Starts, does one call, exits.
        Cli = "cli",
    }
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
