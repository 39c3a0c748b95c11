//! What a rule is, and how it becomes a finding.

use protocol::RequirementId;

use super::super::finding::Finding;
use super::super::record::{Exchange, Record};
use super::super::verdict::{Blame, Verdict};
use crate::plan::Plan;

/// How many events a finding names.
const NAMED: usize = 20;

/// A rule that binds all traffic.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable, in kebab-case.
    pub name: &'static str,
    /// The numbers of the requirements it judges.
    pub requirements: &'static [&'static str],
    /// What it demands, in a line.
    pub summary: &'static str,
    /// What it sees in a journal.
    pub(super) see: fn(&Plan, Record<'_>) -> Sighting,
}

/// What a rule saw.
#[derive(Debug, Default)]
pub(super) struct Sighting {
    /// The events it judged.
    witness: Vec<u64>,
    /// Those that violate it, with what was wrong.
    violations: Vec<(u64, String)>,
}

impl Sighting {
    /// Judges an event, of which nothing is wrong or this.
    pub(super) fn judge(&mut self, seq: u64, wrong: Option<String>) {
        self.witness.push(seq);
        self.violations.extend(wrong.map(|wrong| (seq, wrong)));
    }

    /// Judges every exchange by the same condition.
    pub(super) fn of<'a, 'r: 'a>(
        exchanges: impl Iterator<Item = Exchange<'r>>,
        wrong: impl Fn(&Exchange<'r>) -> Option<String>,
    ) -> Self {
        let mut sighting = Self::default();
        for exchange in exchanges {
            let wrong = wrong(&exchange).map(|wrong| format!("{}: {wrong}", exchange.in_words()));
            sighting.judge(exchange.seq, wrong);
        }
        sighting
    }
}

/// What a rule comes to that had a witness.
pub(super) fn found(rule: &Rule, sighting: Sighting) -> Option<Finding> {
    let judged = sighting.witness.len();
    if judged == 0 {
        return None;
    }
    let violations = sighting.violations;
    let first = violations.first();
    let (status, seen) = match first {
        None => (Verdict::Pass, format!("{judged} judged, all as expected")),
        Some((_, wrong)) => (
            Verdict::Fail,
            format!("{} of {judged} differ, first {wrong}", violations.len()),
        ),
    };
    let around = first
        .map(|(seq, _)| *seq)
        .or_else(|| sighting.witness.last().copied());
    let mut witness: Vec<u64> = if violations.is_empty() {
        sighting.witness
    } else {
        violations.iter().map(|(seq, _)| *seq).collect()
    };
    witness.truncate(NAMED);
    Some(Finding {
        requirements: rule
            .requirements
            .iter()
            .map(|id| RequirementId::new(*id))
            .collect(),
        status,
        blame: (status != Verdict::Pass).then_some(Blame::Subject),
        expected: rule.summary.into(),
        seen,
        witness,
        around,
        ..Finding::new(rule.name, rule.summary)
    })
}
