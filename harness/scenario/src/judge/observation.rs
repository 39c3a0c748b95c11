//! What was seen of a step.

use std::collections::BTreeMap;

use super::finding::NearestMiss;
use super::variable::{Captures, Unresolved};
use super::verdict::Blame;

/// How far an expectation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It holds.
    Met,
    /// It does not hold yet.
    Pending,
    /// It can never hold any more; there is nothing to wait for.
    Violated,
}

/// What was seen of a step.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    /// How far it is at the end of the slice.
    pub(crate) progress: Progress,
    /// The events that meet or violate it, in order.
    pub(crate) witness: Vec<u64>,
    /// What was expected, with variables replaced.
    pub(crate) expected: String,
    /// What was seen.
    pub(crate) seen: String,
    /// What came closest.
    pub(crate) nearest_miss: Option<NearestMiss>,
    /// Whether the subject did something of the kind, but different.
    pub(crate) came: bool,
    /// Where to look in the journal.
    pub(crate) around: Option<u64>,
    /// Why an unmet statement is no failure of the subject.
    pub(crate) inconclusive: Option<String>,
    /// Who is to blame when it is unmet.
    pub(crate) blame: Blame,
    /// What it keeps for templates.
    pub(crate) captures: Captures,
}

impl Observation {
    /// An observation with nothing in it yet.
    pub(crate) fn pending(expected: String, seen: impl Into<String>) -> Self {
        Self {
            progress: Progress::Pending,
            witness: Vec::new(),
            expected,
            seen: seen.into(),
            nearest_miss: None,
            came: false,
            around: None,
            inconclusive: None,
            blame: Blame::Subject,
            captures: BTreeMap::new(),
        }
    }

    /// A statement that holds.
    pub(crate) fn met(expected: String, seen: impl Into<String>, witness: Vec<u64>) -> Self {
        let around = witness.last().copied();
        Self {
            progress: Progress::Met,
            witness,
            around,
            ..Self::pending(expected, seen)
        }
    }

    /// A statement that can never hold any more.
    pub(crate) fn violated(expected: String, seen: impl Into<String>, witness: Vec<u64>) -> Self {
        let around = witness.first().copied();
        Self {
            progress: Progress::Violated,
            witness,
            around,
            came: true,
            ..Self::pending(expected, seen)
        }
    }

    /// A statement that nothing seen contradicts, though the observer may have missed what would.
    pub(crate) fn undecided(
        expected: String,
        seen: impl Into<String>,
        why: String,
        around: Option<u64>,
    ) -> Self {
        Self {
            inconclusive: Some(why),
            blame: Blame::Environment,
            progress: Progress::Violated,
            came: true,
            around,
            ..Self::pending(expected, seen)
        }
    }

    /// A statement about an unknown value.
    pub(crate) fn unresolved(expected: String, unresolved: &Unresolved) -> Self {
        let inconclusive = Some(unresolved.to_string());
        Self {
            inconclusive,
            ..Self::pending(expected, unresolved.to_string())
        }
    }
}
