//! What the judge says: findings and the judgement they add up to.

use std::fmt;

use itertools::Itertools as _;
use protocol::{Level, RequirementId, Revision, vocabulary};
use serde::{Deserialize, Serialize, Serializer};

use super::verdict::{Blame, Verdict};
use crate::plan::Position;

/// What the subject is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms {
    /// The contract's version that the subject claims; later requirements do not apply to it.
    pub revision: Revision,
    /// Whether a violated SHOULD fails instead of warning.
    pub strict: bool,
}

/// What a journal comes to under a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// One per cited step and unmet precondition in the plan's order, then one per always-on rule that had a witness.
    pub findings: Vec<Finding>,
    /// The worst of them; see [`judge`](super::judge) for a scenario in which nothing was judged.
    pub verdict: Verdict,
    /// Who brought it about, unless it is a pass.
    pub blame: Option<Blame>,
    /// One sentence when it is not a pass.
    pub reason: Option<String>,
}

/// What one check comes to.
///
/// Where it stands and how strongly it binds is written down for readers of a result, and not read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Stable: `step-07` (by the step's position from 0) or the name of an always-on rule.
    pub check: String,
    /// What it judges; empty for a precondition.
    pub requirements: Vec<RequirementId>,
    /// The strongest of their levels that binds the subject.
    #[serde(serialize_with = "in_words", skip_deserializing)]
    pub level: Option<Level>,
    /// The outcome, with level and revision taken into account.
    #[serde(rename = "verdict")]
    pub status: Verdict,
    /// What made a warning of it, if a waiver did.
    pub waived: Option<Waived>,
    /// Who brought it about, unless it is a pass.
    pub blame: Option<Blame>,
    /// What was judged, in a line.
    pub summary: String,
    /// What should have been seen.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// Why the status is neither pass nor fail.
    pub reason: Option<String>,
    /// What came closest to what was expected.
    pub nearest_miss: Option<NearestMiss>,
    /// The events that were judged, by sequence number; for a violation those that violate.
    pub witness: Vec<u64>,
    /// Where the check stands in the scenario.
    #[serde(rename = "place", serialize_with = "in_words", skip_deserializing)]
    pub position: Option<Position>,
    /// The event around which a report shows the journal.
    #[serde(skip)]
    pub around: Option<u64>,
}

impl Finding {
    /// A failed check with nothing filled in.
    pub(crate) fn new(check: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            requirements: Vec::new(),
            level: None,
            status: Verdict::Fail,
            waived: None,
            blame: None,
            summary: summary.into(),
            expected: String::new(),
            seen: String::new(),
            reason: None,
            nearest_miss: None,
            witness: Vec::new(),
            position: None,
            around: None,
        }
    }

    /// Takes back what it says: nothing is known, and why.
    pub(crate) fn takes_back(&mut self, blame: Blame, reason: impl Into<String>) {
        self.status = Verdict::Inconclusive;
        self.blame = Some(blame);
        self.reason = Some(reason.into());
    }
}

#[expect(clippy::ref_option, reason = "a field is handed over as it is")]
fn in_words<T: fmt::Display, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value
        .as_ref()
        .map(ToString::to_string)
        .serialize(serializer)
}

vocabulary! {
    /// How a failure was foreseen.
    pub enum Waived = "kind of waiver" {
        /// It is known to fail.
        Expected = "expected",
        /// It is known to fail now and then.
        Flaky = "flaky",
    }
}

/// The event that came closest to what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearestMiss {
    /// Its sequence number.
    pub seq: u64,
    /// What it was, such as `POST /registry/register answered 401`.
    pub what: String,
    /// In what it differs.
    pub differences: Vec<Difference>,
}

/// A value that is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What is compared, such as `headers.origin`, `body.agent_card.name`, `answered` or `mode`.
    pub field: String,
    /// The condition.
    pub expected: String,
    /// The value, or `absent`.
    pub seen: String,
}

impl Difference {
    /// A difference in a field.
    pub(crate) fn new(
        field: impl Into<String>,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
            seen: seen.into(),
        }
    }
}

/// The worst outcome of some findings.
pub(crate) fn worst<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Verdict {
    findings
        .into_iter()
        .map(|finding| finding.status)
        .fold(Verdict::NotApplicable, Verdict::combine)
}

/// Differences in one line: "`headers.origin` was absent, `answered` was 401".
pub(crate) fn in_a_line(differences: &[Difference]) -> String {
    differences
        .iter()
        .map(|difference| format!("`{}` was {}", difference.field, difference.seen))
        .join(", ")
}
