//! What a runtime may claim beyond its profile; a scenario that needs what is not claimed does not apply.

crate::vocabulary! {
    /// An optional ability of a runtime that a scenario may need in order to be triggered or observed.
    pub enum Capability: PartialOrd, Ord = "capability" {
        /// Obeys directive texts (`proofmark send ...`) in an inbound A2A message.
        Directives = "directives",
        /// Sends the `initial_prompt` of its `config.yaml` to itself after boot.
        InitialPrompt = "initial-prompt",
        /// Sends the `idle_prompt` of its `config.yaml` to itself while idle.
        IdlePrompt = "idle-prompt",
        /// Polls `/delegations` and reports results to itself.
        DelegationResults = "delegation-results",
        /// Serves `/transcript`.
        Transcript = "transcript",
        /// Serves `/internal/chat/uploads/ingest` and `/internal/file/read`.
        Uploads = "uploads",
        /// Reads `MOLECULE_WORKSPACE_TOKEN`.
        EnvironmentToken = "environment-token",
        /// Opens the contract's absolute roots (`/workspace`, `/home`, `/plugins`) under `PROOFMARK_FILESYSTEM_ROOT`.
        FilesystemRoot = "filesystem-root",
        /// Answers a message in its feed by a message to its sender.
        Replies = "replies",
        /// Obeys the pacing variables (`PROOFMARK_HEARTBEAT_MS` and its siblings).
        Pacing = "pacing",
    }
}
