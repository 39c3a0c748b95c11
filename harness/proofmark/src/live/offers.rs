//! What a platform offers of what scenarios need.

use std::collections::BTreeSet;

use protocol::Revision;
use scenario::plan::{Plan, PlatformNeed};

/// What a live platform was found to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers {
    /// The version of the contract that it speaks.
    pub revision: Revision,
    /// What it does for a scenario.
    pub needs: BTreeSet<PlatformNeed>,
}

impl Offers {
    /// What every platform offers whose operator's token is known.
    pub fn of_an_operator(revision: Revision) -> Self {
        let mut needs = BTreeSet::from([
            PlatformNeed::IssueToken,
            PlatformNeed::RevokeTokens,
            PlatformNeed::RemoveWorkspace,
            PlatformNeed::Operator,
            PlatformNeed::OwnWorkspace,
        ]);
        // Before, the provisioner gives a workspace its secret, and one that an operator creates has none.
        if revision >= Revision::R2 {
            needs.insert(PlatformNeed::ReadSecret);
        }
        Self { revision, needs }
    }

    /// What is offered on a workspace that others use, too: nothing that would change it.
    pub fn of_an_existing_workspace(revision: Revision) -> Self {
        Self {
            revision,
            needs: BTreeSet::new(),
        }
    }

    /// What a plan needs and the platform does not offer, in a sentence; none if it can be played.
    pub fn missing(&self, plan: &Plan) -> Option<String> {
        let lacking = plan.platform_needs().into_iter().find(|need| match need {
            PlatformNeed::Speaks(revision) => *revision > self.revision,
            PlatformNeed::SpeaksOnlyR0 => self.revision != Revision::R0,
            PlatformNeed::KeepNullSecret => self.revision >= Revision::R2,
            need => !self.needs.contains(need),
        })?;
        Some(format!("the platform does not offer to {lacking}"))
    }
}
