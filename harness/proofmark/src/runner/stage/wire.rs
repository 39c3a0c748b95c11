//! Faults between subject and platform.

use protocol::Fault;
use scenario::plan::Template;

use super::{Refusal, Stage};

impl Stage<'_> {
    /// Sets a fault.
    pub(super) fn set_fault(&self, fault: &Fault<Template>) -> Result<(), Refusal> {
        let fault = fault.try_map(|text| self.plaintext(text), |json| self.fill(json))?;
        self.premises.gateway.faults().set(fault);
        Ok(())
    }

    /// Takes one fault away, or all.
    pub(super) fn lift(&self, label: Option<&str>) {
        match label {
            Some(label) => self.premises.gateway.faults().lift(label),
            None => self.premises.gateway.faults().lift_all(),
        }
    }

    /// Stops or starts listening.
    pub(super) async fn outage(&self, begins: bool) -> Result<(), Refusal> {
        if begins {
            self.premises.gateway.begin_outage().await;
            return Ok(());
        }
        self.premises.gateway.end_outage().map_err(Refusal::of_io("cannot open the platform's door again"))
    }
}
