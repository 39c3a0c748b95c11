//! Verdicts and who is to blame.

use protocol::journal::FailureKind;
use protocol::vocabulary;

vocabulary! {
    /// What a finding, or a whole scenario, comes to.
    ///
    /// The order is by gravity, worst last. A warning outweighs a pass since it wants to be read; what could not be judged outweighs both, since a
    /// pass would promise too much; a failure outweighs everything, since it was witnessed.
    pub enum Verdict: PartialOrd, Ord = "verdict" {
        /// Nothing binds the subject here; the finding says why.
        NotApplicable = "not-applicable",
        /// The requirement was seen to be kept.
        Pass = "pass",
        /// A SHOULD was violated.
        Warn = "warn",
        /// A prerequisite was not met.
        Untestable = "untestable",
        /// Nothing was seen that could be judged.
        Inconclusive = "inconclusive",
        /// The requirement was violated.
        Fail = "fail",
    }
}

impl Verdict {
    /// The worse of two; commutative, associative and idempotent, with [`Verdict::NotApplicable`] as neutral element.
    #[must_use]
    pub fn combine(self, other: Self) -> Self {
        self.max(other)
    }
}

vocabulary! {
    /// Who brought a verdict about that is not a pass.
    pub enum Blame = "party to blame" {
        /// The runtime under test.
        Subject = "subject",
        /// The platform it talks to.
        Platform = "platform",
        /// What stands before the platform.
        Edge = "edge",
        /// Proofmark itself.
        Harness = "harness",
        /// The machine it runs on.
        Environment = "environment",
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
        assert_eq!(
            names,
            [
                "not-applicable",
                "pass",
                "warn",
                "untestable",
                "inconclusive",
                "fail"
            ]
        );
    }

    #[test]
    fn names_are_what_is_serialised() {
        for verdict in ALL {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.name());
        }
        assert_eq!(
            serde_json::to_value(Blame::Environment).unwrap(),
            Blame::Environment.name()
        );
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
