//! Verdicts and who is to blame.

use std::cmp::Ordering;

use protocol::journal::FailureKind;
use serde::{Deserialize, Serialize};

/// What a finding, or a whole scenario, comes to.
///
/// The order is by gravity, worst last: not applicable, pass, warn, untestable, inconclusive, fail. A warning outweighs a pass since it wants to be
/// read; what could not be judged outweighs both, since a pass would promise too much; a failure outweighs everything, since it was witnessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The requirement was seen to be kept.
    Pass,
    /// A SHOULD was violated.
    Warn,
    /// Nothing binds the subject here; the finding says why.
    NotApplicable,
    /// A prerequisite was not met.
    Untestable,
    /// Nothing was seen that could be judged.
    Inconclusive,
    /// The requirement was violated.
    Fail,
}

impl Verdict {
    /// The worse of two; commutative, associative and idempotent, with [`Verdict::NotApplicable`] as neutral element.
    #[must_use]
    pub fn combine(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::NotApplicable => "not-applicable",
            Self::Untestable => "untestable",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }

    fn gravity(self) -> u8 {
        match self {
            Self::NotApplicable => 0,
            Self::Pass => 1,
            Self::Warn => 2,
            Self::Untestable => 3,
            Self::Inconclusive => 4,
            Self::Fail => 5,
        }
    }
}

impl Ord for Verdict {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gravity().cmp(&other.gravity())
    }
}

impl PartialOrd for Verdict {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Who brought a verdict about that is not a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// The runtime under test.
    Subject,
    /// The platform it talks to.
    Platform,
    /// What stands before the platform.
    Edge,
    /// Proofmark itself.
    Harness,
    /// The machine it runs on.
    Environment,
}

impl Blame {
    /// The word used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Platform => "platform",
            Self::Edge => "edge",
            Self::Harness => "harness",
            Self::Environment => "environment",
        }
    }
}

impl From<FailureKind> for Blame {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Harness => Self::Harness,
            FailureKind::Environment => Self::Environment,
            FailureKind::Platform => Self::Platform,
            FailureKind::Edge => Self::Edge,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Verdict; 6] = [
        Verdict::Pass,
        Verdict::Warn,
        Verdict::NotApplicable,
        Verdict::Untestable,
        Verdict::Inconclusive,
        Verdict::Fail,
    ];

    fn any_verdict() -> impl Strategy<Value = Verdict> {
        prop::sample::select(ALL.to_vec())
    }

    #[test]
    fn the_order_runs_from_not_applicable_to_fail() {
        let mut sorted = ALL;
        sorted.sort();
        let names: Vec<_> = sorted.iter().map(|verdict| verdict.name()).collect();
        assert_eq!(names, ["not-applicable", "pass", "warn", "untestable", "inconclusive", "fail"]);
    }

    #[test]
    fn names_are_what_is_serialised() {
        for verdict in ALL {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.name());
        }
        assert_eq!(serde_json::to_value(Blame::Environment).unwrap(), Blame::Environment.name());
    }

    proptest! {
        #[test]
        fn combining_is_commutative_associative_and_idempotent(
            one in any_verdict(), two in any_verdict(), three in any_verdict()
        ) {
            prop_assert_eq!(one.combine(two), two.combine(one));
            prop_assert_eq!(one.combine(two).combine(three), one.combine(two.combine(three)));
            prop_assert_eq!(one.combine(one), one);
            prop_assert_eq!(one.combine(Verdict::NotApplicable), one);
            prop_assert_eq!(one.combine(Verdict::Fail), Verdict::Fail);
        }
    }
}
