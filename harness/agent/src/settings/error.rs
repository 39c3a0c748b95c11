//! What can be wrong with the environment.

/// Says why the environment does not describe a workspace.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// `WORKSPACE_ID` is unset or blank (ENV-001).
    #[error("FATAL: WORKSPACE_ID env var is not set. Aborting.")]
    WorkspaceIdMissing,
    /// `PLATFORM_URL` cannot be called.
    #[error("PLATFORM_URL is not an absolute http or https address")]
    PlatformAddressInvalid,
    /// A pacing override is not a number of milliseconds.
    #[error("{name} is not a number of milliseconds: `{value}`")]
    PacingInvalid {
        /// Variable that was read.
        name: &'static str,
        /// Its content.
        value: String,
    },
}
