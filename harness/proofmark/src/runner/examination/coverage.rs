//! How much of a suite applies to a subject, and why the rest does not.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Catalogue, Trigger};
use scenario::plan::Plan;

use crate::runner::applicability::Claims;

/// How much of a suite applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Scenarios that apply.
    pub applying: usize,
    /// Scenarios that do not, by reason, the commonest first.
    pub reasons: Vec<(String, usize)>,
    /// Scenarios that would apply if only the subject could be made to act in this way, too.
    pub for_want_of: BTreeMap<Trigger, usize>,
}

impl Coverage {
    /// Looks through a suite.
    pub fn of<'p>(
        claims: &Claims,
        plans: impl IntoIterator<Item = &'p Plan>,
        catalogue: &Catalogue,
    ) -> Self {
        let willing = Claims {
            triggers: BTreeSet::from(Trigger::ALL),
            ..claims.clone()
        };
        let mut coverage = Self::default();
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for plan in plans {
            let Some(reason) = claims.objection(plan, catalogue) else {
                coverage.applying += 1;
                continue;
            };
            *reasons.entry(reason).or_default() += 1;
            if willing.objection(plan, catalogue).is_none() {
                for trigger in plan.triggers().difference(&claims.triggers) {
                    *coverage.for_want_of.entry(*trigger).or_default() += 1;
                }
            }
        }
        coverage.reasons = reasons.into_iter().collect();
        coverage
            .reasons
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        coverage
    }

    /// Scenarios that do not apply.
    pub fn not_applying(&self) -> usize {
        self.reasons.iter().map(|(_, count)| count).sum()
    }
}
