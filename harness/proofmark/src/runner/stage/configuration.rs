//! The subject's `config.yaml` (contract 9.1).

use serde_json::{Map, Value, json};

use super::{Stage, StepError};
use crate::driver::Launcher;

impl Stage<'_> {
    /// Writes `config.yaml` with the port the subject shall listen on and what the scenario adds.
    pub(super) fn write_configuration(&self) -> Result<(), StepError> {
        self.write_configuration_with(None)
    }

    /// The same with one key more.
    pub(super) fn write_configuration_with(
        &self,
        more: Option<(&str, &str)>,
    ) -> Result<(), StepError> {
        let mut configuration = Map::new();
        configuration.insert("name".into(), json!("proofmark subject"));
        configuration.insert("description".into(), json!("a runtime under test"));
        configuration.insert("version".into(), json!("1.0.0"));
        configuration.insert("a2a".into(), json!({ "port": self.port.port() }));
        for (key, value) in &self.plan.subject.config {
            configuration.insert(key.clone(), self.fill(value)?);
        }
        if let Some((key, value)) = more {
            configuration.insert(key.to_owned(), json!(value));
        }
        let text = scenario::write_yaml(&Value::Object(configuration)).map_err(StepError::ours)?;
        let path = self.directories.config_path().join("config.yaml");
        self.observer
            .by_harness(&path, || {
                self.directories
                    .put_file(&path, text.as_bytes(), 0o644, None)
            })
            .map_err(StepError::of_io("cannot write config.yaml"))?;
        self.render_files()
    }

    /// Renders the files that the subject's manifest wants before a cold start.
    fn render_files(&self) -> Result<(), StepError> {
        let Launcher {
            subject, values, ..
        } = &self.launcher;
        self.observer
            .by_harness(self.directories.root(), || subject.render_files(values))
            .map_err(StepError::of_the_machine(
                "cannot render the manifest's files",
            ))
    }

    /// A JSON value with the templates in its strings filled in.
    pub(super) fn fill(&self, value: &Value) -> Result<Value, StepError> {
        Ok(match value {
            Value::String(text) => {
                let template = scenario::plan::Template::parse(text).map_err(StepError::ours)?;
                Value::String(self.plaintext(&template)?)
            }
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.fill(item))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(fields) => {
                let mut filled = Map::new();
                for (key, field) in fields {
                    filled.insert(key.clone(), self.fill(field)?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }
}
