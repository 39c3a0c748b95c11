//! Faults at the subject's calls on its disk.

use protocol::journal::{DiskCallClass, Fact, FaultChange, FaultFact, FaultKind, HarnessFailure};
use scenario::plan::{DiskFault, Plant, PlantedFile};

use super::{Stage, StepError};

#[cfg(traced)]
const ORDERING: &str = "cannot hand an order to the disk watcher";

impl Stage<'_> {
    /// Arms a fault, for the running subject and for later starts.
    pub(super) fn set_disk_fault(&self, fault: &DiskFault) -> Result<(), StepError> {
        self.arm(fault)?;
        self.note_disk_fault(&fault.label, FaultChange::Set);
        Ok(())
    }

    /// Takes one disk fault away, or all.
    pub(super) fn lift_disk_faults(&self, label: Option<&str>) -> Result<(), StepError> {
        let mut set: Vec<String> = Vec::new();
        self.look(|journal| {
            for event in journal {
                if let Fact::Fault(FaultFact {
                    label,
                    kind: FaultKind::Disk,
                    what,
                    ..
                }) = &event.fact
                {
                    if *what == FaultChange::Set {
                        set.push(label.clone());
                    } else if *what == FaultChange::Lifted {
                        set.retain(|known| known != label);
                    }
                }
            }
        });
        set.retain(|known| label.is_none_or(|label| self.redact(label) == *known));
        if set.is_empty() {
            return Ok(());
        }
        self.disarm(label)?;
        for label in set {
            self.note_disk_fault(&label, FaultChange::Lifted);
        }
        Ok(())
    }

    /// What is planted at the temporary name under which the subject writes a file, at that name.
    pub(super) fn at_temporary_name(&self, of: &str, what: &Plant) -> Plant {
        let seen = self.look(|journal| {
            journal.iter().rev().find_map(|event| match &event.fact {
                Fact::DiskCall(call)
                    if call.class == DiskCallClass::Rename && call.to.as_deref() == Some(of) =>
                {
                    Some(call.path.clone())
                }
                _ => None,
            })
        });
        let path = seen.unwrap_or_else(|| format!("{of}.tmp"));
        match what.clone() {
            Plant::File(file) => Plant::File(PlantedFile { path, ..file }),
            Plant::Symlink { target, .. } => Plant::Symlink { path, target },
            other => other,
        }
    }

    fn note_disk_fault(&self, label: &str, what: FaultChange) {
        self.record(Fact::Fault(FaultFact {
            label: self.redact(label),
            kind: FaultKind::Disk,
            what,
            exchange: None,
        }));
    }

    #[cfg(traced)]
    fn arm(&self, fault: &DiskFault) -> Result<(), StepError> {
        let Some(trace) = self.observer.trace() else {
            return Err(self.needs_trace());
        };
        trace
            .order(crate::driver::TraceOrder::set(fault))
            .map_err(StepError::of_io(ORDERING))
    }

    #[cfg(traced)]
    fn disarm(&self, label: Option<&str>) -> Result<(), StepError> {
        let Some(trace) = self.observer.trace() else {
            return Err(self.needs_trace());
        };
        let order = crate::driver::TraceOrder::Lift(label.map(str::to_owned));
        trace.order(order).map_err(StepError::of_io(ORDERING))
    }

    #[cfg(not(traced))]
    fn arm(&self, _fault: &DiskFault) -> Result<(), StepError> {
        Err(self.needs_trace())
    }

    #[cfg(not(traced))]
    fn disarm(&self, _label: Option<&str>) -> Result<(), StepError> {
        Err(self.needs_trace())
    }

    fn needs_trace(&self) -> StepError {
        let kind = self.observer.kind().name();
        let why =
            format!("a disk fault needs `--disk trace`, and the disk is observed by `{kind}`");
        StepError::Harness(HarnessFailure::of_the_machine(why))
    }
}
