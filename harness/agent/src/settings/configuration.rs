//! `config.yaml`: optional, tolerant of unknown keys, and never a reason not to start.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

/// Holds what the configuration file says, or its defaults.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(crate) struct Configuration {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) version: String,
    pub(crate) a2a: Listening,
    pub(crate) initial_prompt: Option<String>,
    pub(crate) idle_prompt: Option<String>,
    pub(crate) idle_interval_seconds: u64,
}

/// Holds the `a2a` section.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(crate) struct Listening {
    /// Zero lets the system choose a port.
    pub(crate) port: u16,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            name: "proofmark-agent".to_owned(),
            description: "Reference workspace runtime.".to_owned(),
            version: "1.0.0".to_owned(),
            a2a: Listening::default(),
            initial_prompt: None,
            idle_prompt: None,
            idle_interval_seconds: 0,
        }
    }
}

impl Default for Listening {
    fn default() -> Self {
        Self { port: 8000 }
    }
}

impl Configuration {
    /// Reads the file; the second value says what is wrong with it, if anything.
    pub(crate) fn load(path: &Path) -> (Self, Option<String>) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return (Self::default(), None),
            Err(error) => return (Self::default(), Some(error.to_string())),
        };
        if text.trim().is_empty() {
            return (Self::default(), None);
        }
        match serde_saphyr::from_str::<Self>(&text) {
            Ok(configuration) => (configuration.with_usable_name(), None),
            Err(error) => (Self::default(), Some(error.to_string())),
        }
    }

    pub(crate) fn initial_prompt(&self) -> Option<&str> {
        self.initial_prompt
            .as_deref()
            .filter(|prompt| !prompt.trim().is_empty())
    }

    /// Gives the idle prompt with its interval, if both are configured.
    pub(crate) fn idle_prompt(&self, interval: Option<Duration>) -> Option<(&str, Duration)> {
        let prompt = self
            .idle_prompt
            .as_deref()
            .filter(|prompt| !prompt.trim().is_empty())?;
        let interval = interval.unwrap_or(Duration::from_secs(self.idle_interval_seconds));
        (!interval.is_zero()).then_some((prompt, interval))
    }

    /// A card needs a name (REG-015).
    fn with_usable_name(mut self) -> Self {
        if self.name.trim().is_empty() {
            self.name = Self::default().name;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> (Configuration, Option<String>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.yaml");
        std::fs::write(&path, text).unwrap();
        Configuration::load(&path)
    }

    #[test]
    fn known_keys_are_taken_and_unknown_ones_ignored() {
        let (configuration, complaint) = load(
            "name: tester\nmodel: some:model\na2a:\n  port: 8123\n  tls: false\nidle_prompt: look around\n\
             idle_interval_seconds: 5\nversion: \"2.1\"\n",
        );
        assert_eq!(complaint, None);
        assert_eq!(
            (configuration.name.as_str(), configuration.a2a.port),
            ("tester", 8123)
        );
        assert_eq!(configuration.version, "2.1");
        assert_eq!(
            configuration.idle_prompt(None),
            Some(("look around", Duration::from_secs(5)))
        );
        assert_eq!(configuration.initial_prompt(), None);
    }

    #[test]
    fn a_missing_or_empty_file_means_defaults() {
        assert_eq!(
            Configuration::load(Path::new("/nowhere/config.yaml")),
            (Configuration::default(), None)
        );
        assert_eq!(load(""), (Configuration::default(), None));
    }

    #[test]
    fn a_broken_file_is_reported_and_means_defaults() {
        for text in ["a2a: [", "a2a:\n  port: many\n", "- just\n- a list\n"] {
            let (configuration, complaint) = load(text);
            assert_eq!(configuration, Configuration::default());
            assert!(complaint.is_some(), "{text}");
        }
    }

    #[test]
    fn no_interval_means_no_idle_prompt() {
        let (configuration, _) = load("idle_prompt: x\n");
        assert_eq!(configuration.idle_prompt(None), None);
        assert!(
            configuration
                .idle_prompt(Some(Duration::from_millis(3)))
                .is_some()
        );
    }
}
