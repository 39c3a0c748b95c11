//! The variables of the next start.

use std::collections::BTreeMap;

use scenario::plan::Template;

use super::{Stage, StepError};

impl Stage<'_> {
    /// Sets and removes variables for this and later starts.
    pub(super) fn change_environment(
        &mut self,
        changes: &BTreeMap<String, Option<Template>>,
    ) -> Result<(), StepError> {
        for (name, value) in changes {
            match value {
                Some(template) => {
                    let value = self.plaintext(template)?;
                    self.launcher.environment.insert(name.clone(), value.into());
                }
                None => {
                    self.launcher.environment.remove(name);
                }
            }
        }
        Ok(())
    }
}
