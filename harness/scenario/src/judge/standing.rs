//! What requirements weigh under given terms: revision and level.

use itertools::Itertools as _;
use protocol::{Catalogue, Level, RequirementId};

use super::finding::{Finding, Terms};
use super::verdict::Verdict;

/// The weight of a set of requirements.
pub(crate) struct Standing {
    /// The strongest level that binds the subject; the strongest of all when none does.
    pub(crate) level: Option<Level>,
    /// Why none of them binds the subject.
    pub(crate) not_applicable: Option<String>,
    strict: bool,
}

impl Standing {
    /// Weighs requirements; one that the catalogue does not know binds like a MUST from the beginning.
    pub(crate) fn of(ids: &[RequirementId], catalogue: &Catalogue, terms: Terms) -> Self {
        let level_of =
            |id: &RequirementId| catalogue.find(id).map_or(Level::Must, |found| found.level);
        let strongest = |ids: &mut dyn Iterator<Item = &RequirementId>| {
            ids.map(level_of).max_by_key(|level| strength(*level))
        };
        let binding = |id: &&RequirementId| {
            catalogue
                .find(id)
                .is_none_or(|found| found.since <= terms.revision)
        };
        let bound = strongest(&mut ids.iter().filter(binding));
        let not_applicable = (bound.is_none() && !ids.is_empty()).then(|| {
            let later = ids
                .iter()
                .filter_map(|id| catalogue.find(id))
                .map(|found| format!("{} binds from {} on", found.id, found.since))
                .join(", ");
            format!("{}; the subject claims {}", later, terms.revision)
        });
        Self {
            level: bound.or_else(|| strongest(&mut ids.iter())),
            not_applicable,
            strict: terms.strict,
        }
    }

    /// Applies the weight to a finding whose status takes every violation for a failure.
    pub(crate) fn apply(&self, finding: &mut Finding) {
        finding.level = self.level;
        if let Some(reason) = &self.not_applicable {
            finding.status = Verdict::NotApplicable;
            finding.reason = Some(reason.clone());
            finding.blame = None;
            return;
        }
        if finding.status != Verdict::Fail {
            return;
        }
        match self.level {
            Some(Level::Should) if !self.strict => {
                finding.status = Verdict::Warn;
                finding.reason = Some("a SHOULD was violated".into());
            }
            Some(Level::May) => {
                finding.status = Verdict::NotApplicable;
                finding.reason =
                    Some("a MAY is not binding: the subject does it differently".into());
                finding.blame = None;
            }
            _ => {}
        }
    }
}

fn strength(level: Level) -> u8 {
    match level {
        Level::Must | Level::MustNot => 2,
        Level::Should => 1,
        Level::May => 0,
    }
}
