//! Faults between subject and platform.

use protocol::Fault;
use scenario::plan::Template;

use super::{Stage, StepError};

impl Stage<'_> {
    /// Sets a fault.
    pub(super) fn set_fault(&self, fault: &Fault<Template>) -> Result<(), StepError> {
        let fault = fault.try_map(|text| self.plaintext(text), |json| self.fill(json))?;
        self.platform.gateway.faults().set(fault);
        Ok(())
    }

    /// Takes one fault away, or all.
    pub(super) fn lift(&self, label: Option<&str>) {
        match label {
            Some(label) => self.platform.gateway.faults().lift(label),
            None => self.platform.gateway.faults().lift_all(),
        }
    }

    /// Stops or starts listening.
    pub(super) async fn outage(&self, begins: bool) -> Result<(), StepError> {
        if begins {
            self.platform.gateway.begin_outage().await;
            return Ok(());
        }
        self.platform.gateway.end_outage().map_err(StepError::of_io(
            "cannot open the platform's listener again",
        ))
    }
}
