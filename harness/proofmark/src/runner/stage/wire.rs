//! Faults between subject and platform.

use scenario::plan::{Fault, FaultEffect, Template};
use serde_json::Value;

use super::{Refusal, Stage};

impl Stage<'_> {
    /// Sets a fault.
    pub(super) fn set_fault(&self, fault: &Fault) -> Result<(), Refusal> {
        let effect = match &fault.effect {
            FaultEffect::Answer { status, headers, body } => platform::Effect::Status {
                status: *status,
                headers: headers
                    .iter()
                    .map(|(name, value)| {
                        let value =
                            Template::parse(value).map_err(|error| Refusal::Harness(error.to_string()))?;
                        Ok((name.clone(), self.plaintext(&value)?))
                    })
                    .collect::<Result<_, Refusal>>()?,
                body: body.as_ref().map(|body| self.plaintext(body)).transpose()?,
            },
            FaultEffect::Delay(duration) => platform::Effect::Delay(*duration),
            FaultEffect::Hang => platform::Effect::Hang,
            FaultEffect::Reset => platform::Effect::Reset,
            FaultEffect::Truncate => platform::Effect::Truncate,
            FaultEffect::Drip { chunk, every } => platform::Effect::Drip { chunk: *chunk, every: *every },
            FaultEffect::Edit { fields, without } => {
                let set = match self.fill(&Value::Object(fields.clone()))? {
                    Value::Object(set) => set,
                    _ => serde_json::Map::new(),
                };
                platform::Effect::Edit { set, remove: without.clone() }
            }
        };
        self.gateway.faults().set(platform::Fault {
            label: fault.label.clone(),
            method: fault.method.clone(),
            path: self.plaintext(&fault.path)?,
            times: fault.times,
            from_call: fault.after_calls,
            after_platform: fault.after_platform,
            effect,
        });
        Ok(())
    }

    /// Takes one fault away, or all.
    pub(super) fn lift(&self, label: Option<&str>) {
        match label {
            Some(label) => self.gateway.faults().lift(label),
            None => self.gateway.faults().lift_all(),
        }
    }

    /// Stops or starts listening.
    pub(super) async fn outage(&self, begins: bool) -> Result<(), Refusal> {
        let changed =
            if begins { self.gateway.begin_outage().await } else { self.gateway.end_outage().await };
        changed.map_err(|error| Refusal::Harness(format!("cannot change the platform's door: {error}")))
    }
}
