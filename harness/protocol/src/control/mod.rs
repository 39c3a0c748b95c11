//! Requests and answers of a stand-alone platform's control routes, below [`ROOT`].
//!
//! Through these routes the tool that drives the platform does what an operator, the network and other workspaces do to a runtime. None of
//! them belongs to the contract, none is recorded as traffic, and all want the control token as a bearer. A refusal is
//! `{"error": "..."}` with a status of 400 or above.
//!
//! | Route | Body | Answer |
//! |---|---|---|
//! | `GET /proofmark` | | [`Offer`] |
//! | `POST /proofmark/workspaces` | [`NewWorkspace`] | 201 [`Workspace`] |
//! | `GET /proofmark/workspaces/{id}` | | [`Workspace`] |
//! | `DELETE /proofmark/workspaces/{id}` | | [`Done`] |
//! | `POST /proofmark/workspaces/{id}/tokens` | | 201 [`IssuedToken`] |
//! | `DELETE /proofmark/workspaces/{id}/tokens` | | [`RevokedTokens`] |
//! | `GET /proofmark/workspaces/{id}/secret` | | [`InboundSecret`] |
//! | `POST /proofmark/workspaces/{id}/secret` | | [`InboundSecret`], rotated |
//! | `DELETE /proofmark/workspaces/{id}/secret` | | [`InboundSecret`], NULL |
//! | `POST /proofmark/workspaces/{id}/reprovision` | | [`Reprovisioned`] |
//! | `PUT /proofmark/workspaces/{id}/status` | [`NewStatus`] | [`Workspace`] |
//! | `PUT /proofmark/workspaces/{id}/budget` | [`NewBudget`] | [`Done`] |
//! | `DELETE /proofmark/workspaces/{id}/activity` | | [`PrunedActivity`] |
//! | `POST /proofmark/workspaces/{id}/delegations` | [`FinishedDelegation`] | 201 [`Done`] |
//! | `GET /proofmark/peers` | | [`Peers`] |
//! | `POST /proofmark/peers` | [`NewPeer`] | 201 [`PeerFact`](crate::journal::PeerFact) |
//! | `PUT /proofmark/peers/{name}/conduct` | [`PeerBehaviour`](crate::PeerBehaviour) | [`Done`] |
//! | `GET /proofmark/faults` | | [`Faults`] |
//! | `POST /proofmark/faults` | [`Fault`](crate::Fault) | 201 [`Done`] |
//! | `DELETE /proofmark/faults` and `/proofmark/faults/{label}` | | [`Done`] |
//! | `GET /proofmark/edge` | | [`EdgeSetting`] |
//! | `PUT /proofmark/edge` | [`EdgeSetting`] | [`EdgeSetting`] |
//! | `GET /proofmark/journal?after=SEQ&wait=SECONDS` | | NDJSON of [`Event`](crate::journal::Event)s |
//!
//! The journal begins behind the position `after`, or with the first event; it ends when nothing has happened for `wait` seconds, and at
//! once without `wait`. A reader that goes on from the last position it saw misses nothing.

mod peer;
mod workspace;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use peer::{NewPeer, Peers};
pub use workspace::{
    FinishedDelegation, InboundSecret, IssuedToken, NewBudget, NewStatus, NewWorkspace,
    PrunedActivity, Reprovisioned, RevokedTokens, Workspace,
};

use crate::{Deployment, Edge, Revision};

/// The version of these shapes; the tool that drives a platform rejects any other.
pub const CONTROL_FORMAT: u32 = 1;

/// The path of the offer; every other control route lies below it.
pub const ROOT: &str = "/proofmark";

/// The longest that a journal's reader may wait for the next event, in seconds.
pub const LONGEST_WAIT: u64 = 300;

/// What a platform is and what can be done to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Offer {
    /// [`CONTROL_FORMAT`].
    pub format: u32,
    /// The contract's version that it speaks.
    pub revision: Revision,
    /// Who provisions.
    pub deployment: Deployment,
    /// What stands before it now.
    pub edge: Edge,
    /// What it can do; what is not named is not offered.
    pub offers: Vec<Ability>,
}

/// Something that can be done to a platform. An unknown one comes from a later platform and is no mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// Workspaces can be created and removed.
    Workspaces,
    /// Tokens can be issued and revoked.
    Tokens,
    /// The inbound secret can be read, rotated and cleared.
    Secrets,
    /// Tokens revoked and secret rotated in one act.
    Reprovision,
    /// The status of a workspace can be set.
    Status,
    /// What a workspace may spend can be limited.
    Budget,
    /// The activity log can be pruned.
    Activity,
    /// Finished delegations can be added.
    Delegations,
    /// Stubs of other workspaces can be created and changed.
    Peers,
    /// Faults can be set and lifted.
    Faults,
    /// The edge can get another face.
    Edge,
    /// The journal can be read while it is written.
    Journal,
    /// An ability of a later platform.
    #[serde(other)]
    Unknown,
}

impl Ability {
    /// Everything that this version knows.
    pub const ALL: [Self; 12] = [
        Self::Workspaces,
        Self::Tokens,
        Self::Secrets,
        Self::Reprovision,
        Self::Status,
        Self::Budget,
        Self::Activity,
        Self::Delegations,
        Self::Peers,
        Self::Faults,
        Self::Edge,
        Self::Journal,
    ];
}

/// The face of the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeSetting {
    /// What stands before the platform.
    pub face: Edge,
}

/// The faults of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Faults {
    /// Labels of faults that struck nothing so far, in the order in which they were set.
    pub unfired: Vec<String>,
}

/// An act that has nothing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, ToSchema)]
pub struct Done {}

/// Why an act was refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Refused {
    /// A sentence for people.
    pub error: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_reads_back_and_a_later_ability_is_no_mistake() {
        let offer = Offer {
            format: CONTROL_FORMAT,
            revision: Revision::R2Plus,
            deployment: Deployment::Saas,
            edge: Edge::WafEmpty,
            offers: Ability::ALL.to_vec(),
        };
        let text = serde_json::to_string(&offer).unwrap();
        assert!(
            text.contains(r#""revision":"r2+""#) && text.contains(r#""edge":"waf-empty""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Offer>(&text).unwrap(), offer);
        assert_eq!(
            serde_json::from_str::<Ability>("\"time-travel\"").unwrap(),
            Ability::Unknown
        );
    }
}
