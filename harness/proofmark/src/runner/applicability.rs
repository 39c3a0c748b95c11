//! Whether a scenario applies to a subject: by profile, claimed capabilities and revision.

use std::collections::BTreeSet;

use protocol::{Capability, Catalogue, Profile, Revision};
use scenario::plan::Plan;

/// What a subject claims to be and to do.
#[derive(Debug, Clone)]
pub struct Claims {
    /// Its kind.
    pub profile: Profile,
    /// Its optional abilities.
    pub capabilities: BTreeSet<Capability>,
    /// The contract it follows.
    pub revision: Revision,
}

/// Whether a scenario applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicability {
    /// It does.
    Applies,
    /// It does not, and why.
    DoesNotApply(String),
}

impl Claims {
    /// Decides whether a plan applies to a subject with these claims.
    pub fn applicability(&self, plan: &Plan, catalogue: &Catalogue) -> Applicability {
        if !plan.profiles.contains(&self.profile) {
            let wanted: Vec<_> = plan.profiles.iter().map(ToString::to_string).collect();
            return Applicability::DoesNotApply(format!(
                "for the profiles {}, and the subject's is {}",
                wanted.join(", "),
                self.profile
            ));
        }
        if plan.since > self.revision {
            return Applicability::DoesNotApply(format!(
                "for runtimes of {} and later, and the subject claims {}",
                plan.since, self.revision
            ));
        }
        let unclaimed: Vec<_> = plan
            .needs
            .iter()
            .filter(|need| !self.capabilities.contains(need))
            .map(ToString::to_string)
            .collect();
        if !unclaimed.is_empty() {
            return Applicability::DoesNotApply(format!(
                "the subject does not claim {}",
                unclaimed.join(", ")
            ));
        }
        let binding = plan
            .covers
            .iter()
            .filter_map(|id| catalogue.find(id))
            .any(|requirement| requirement.since <= self.revision);
        if !binding && !plan.covers.is_empty() {
            return Applicability::DoesNotApply(format!(
                "its requirements bind after {}, the claimed revision",
                self.revision
            ));
        }
        Applicability::Applies
    }
}
