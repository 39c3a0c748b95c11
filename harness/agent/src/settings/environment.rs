//! The environment of contract 9.1, read once; nothing else of the process environment is looked at.

use std::path::{Path, PathBuf};

use super::{Pacing, PlatformAddress, SettingsError};
use crate::credential::Credential;

/// Holds what the environment says about one workspace (contract 9.1).
#[derive(Clone, Debug)]
#[must_use]
pub struct Settings {
    pub(crate) workspace_id: String,
    pub(crate) platform: PlatformAddress,
    pub(crate) environment_token: Option<Credential>,
    /// Where the credential files are (ENV-004, ENV-005).
    pub(crate) configs_directory: PathBuf,
    pub(crate) configuration_directory: PathBuf,
    pub(crate) delegation_results_file: PathBuf,
    /// Directory under which `/workspace`, `/home` and `/plugins` are opened.
    pub(crate) filesystem_root: PathBuf,
    pub(crate) host: Option<String>,
    pub(crate) pacing: Pacing,
}

impl Settings {
    /// Reads the environment through `lookup`, so that no test has to change the real one.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let given = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let directory =
            |name: &str| PathBuf::from(given(name).unwrap_or_else(|| "/configs".to_owned()));
        let in_container = Path::new("/.dockerenv").exists() || given("DOCKER_VERSION").is_some();
        let temporary = given("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
        Ok(Self {
            workspace_id: given("WORKSPACE_ID").unwrap_or_default(),
            platform: PlatformAddress::new(lookup("PLATFORM_URL").as_deref(), in_container)?,
            environment_token: lookup("MOLECULE_WORKSPACE_TOKEN")
                .and_then(|text| Credential::stripped(&text)),
            configs_directory: directory("CONFIGS_DIR"),
            configuration_directory: directory("WORKSPACE_CONFIG_PATH"),
            delegation_results_file: given("DELEGATION_RESULTS_FILE").map_or_else(
                || Path::new(&temporary).join("delegation_results.jsonl"),
                PathBuf::from,
            ),
            filesystem_root: PathBuf::from(
                given("PROOFMARK_FILESYSTEM_ROOT").unwrap_or_else(|| "/".to_owned()),
            ),
            host: given("HOSTNAME").map(|host| host.trim().to_owned()),
            pacing: Pacing::from_environment(&lookup)?,
        })
    }

    /// Gives the settings if they name a workspace (ENV-001).
    pub(crate) fn identified(self) -> Result<Self, SettingsError> {
        if self.workspace_id.is_empty() {
            return Err(SettingsError::WorkspaceIdMissing);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_environment(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_missing_or_blank_workspace_id_is_fatal_with_the_text_of_the_contract() {
        for pairs in [&[][..], &[("WORKSPACE_ID", "")], &[("WORKSPACE_ID", " \t")]] {
            let error = read(pairs).unwrap().identified().unwrap_err();
            assert_eq!(
                error.to_string(),
                "FATAL: WORKSPACE_ID env var is not set. Aborting."
            );
        }
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let settings = read(&[("WORKSPACE_ID", "w")]).unwrap();
        assert_eq!(settings.configs_directory, Path::new("/configs"));
        assert_eq!(settings.configuration_directory, Path::new("/configs"));
        assert_eq!(
            settings.delegation_results_file,
            Path::new("/tmp/delegation_results.jsonl")
        );
        assert!(settings.environment_token.is_none());
    }

    #[test]
    fn the_two_directories_are_independent_and_a_blank_token_is_none() {
        let settings = read(&[
            ("WORKSPACE_ID", "w"),
            ("CONFIGS_DIR", "/a"),
            ("WORKSPACE_CONFIG_PATH", "/b"),
            ("MOLECULE_WORKSPACE_TOKEN", " \r\n"),
        ])
        .unwrap();
        assert_eq!(settings.configs_directory, Path::new("/a"));
        assert_eq!(settings.configuration_directory, Path::new("/b"));
        assert!(settings.environment_token.is_none());
    }

    #[test]
    fn a_pacing_override_that_is_no_number_is_named() {
        let error = read(&[("WORKSPACE_ID", "w"), ("PROOFMARK_HEARTBEAT_MS", "fast")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "PROOFMARK_HEARTBEAT_MS is not a number of milliseconds: `fast`"
        );
    }
}
