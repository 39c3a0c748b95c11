//! What a scenario needs a platform to do, besides answering its runtime.

use std::collections::BTreeSet;
use std::fmt;

use protocol::journal::Party;
use protocol::{Addresses, Revision, wire};

use super::act::Act;
use super::call::{Deliver, Receiver};
use super::expectation::{Expectation, Mode};
use super::launch::Configs;
use super::plan::{Action, Plan, SMOKE_AREA};
use super::statement::{Evidence, RequestExpectation};
use super::world::{InboundSecret, TokenSeed};
use crate::reading::{Piece, Text};

/// Something that the double does when asked, and a live platform only if it offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlatformNeed {
    /// It issues tokens to the workspace.
    IssueToken,
    /// It revokes the workspace's tokens.
    RevokeTokens,
    /// It gives the workspace another inbound secret.
    RotateSecret,
    /// It makes the inbound secret NULL.
    ClearSecret,
    /// A NULL secret stays NULL: from r2 on a platform mints one at the next register.
    KeepNullSecret,
    /// The workspace has an inbound secret to read.
    ReadSecret,
    /// It deletes the workspace.
    RemoveWorkspace,
    /// It shows its activity log to the harness.
    ReadActivity,
    /// It forgets the workspace's activity.
    PruneActivity,
    /// It lists a finished delegation that the subject did not ask for.
    Delegations,
    /// It knows other workspaces, whose runtimes the harness plays.
    Peers,
    /// It reaches the subject.
    ReachSubject,
    /// Its own requests to the subject can be watched.
    WatchRequests,
    /// It refuses loopback addresses.
    StrictAddresses,
    /// It answers requests of an operator.
    Operator,
    /// The workspace is used by no one else: its credentials may be minted and revoked.
    OwnWorkspace,
    /// It speaks this version of the contract, or a later one.
    Speaks(Revision),
    /// It speaks the version before the inbound secret.
    SpeaksOnlyR0,
    /// Requests other than idempotent ones are disturbed on their way.
    FaultsOnMessages,
    /// Requests are disturbed on their way.
    Faults,
}

impl PlatformNeed {
    /// What is missing where it is not offered, in a few words.
    pub fn in_words(self) -> String {
        match self {
            Self::IssueToken => "issue a token".into(),
            Self::RevokeTokens => "revoke tokens".into(),
            Self::RotateSecret => "rotate the inbound secret".into(),
            Self::ClearSecret => "make the inbound secret NULL".into(),
            Self::KeepNullSecret => "leave a NULL secret as it is".into(),
            Self::ReadSecret => "have an inbound secret".into(),
            Self::RemoveWorkspace => "delete the workspace".into(),
            Self::ReadActivity => "show its activity log".into(),
            Self::PruneActivity => "forget its activity".into(),
            Self::Delegations => "list a made-up delegation".into(),
            Self::Peers => "know other workspaces that reach the harness".into(),
            Self::ReachSubject => "reach the subject".into(),
            Self::WatchRequests => "let its own requests to the subject be watched".into(),
            Self::StrictAddresses => "refuse loopback addresses".into(),
            Self::Operator => "answer an operator".into(),
            Self::OwnWorkspace => "have a workspace made for the scenario alone".into(),
            Self::Speaks(revision) => format!("speak {revision}"),
            Self::SpeaksOnlyR0 => "speak r0 and nothing later".into(),
            Self::FaultsOnMessages => "have requests disturbed that are not idempotent".into(),
            Self::Faults => "have requests disturbed".into(),
        }
    }
}

impl fmt::Display for PlatformNeed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.in_words())
    }
}

impl Plan {
    /// Everything it needs.
    pub fn platform_needs(&self) -> BTreeSet<PlatformNeed> {
        let mut needs = BTreeSet::new();
        let world = &self.world;
        if self.area != SMOKE_AREA {
            needs.insert(PlatformNeed::OwnWorkspace);
        }
        match world.revision {
            Revision::R0 => needs.insert(PlatformNeed::SpeaksOnlyR0),
            revision => needs.insert(PlatformNeed::Speaks(revision)),
        };
        if world.addresses == Addresses::Strict {
            needs.insert(PlatformNeed::StrictAddresses);
        }
        if world.token == TokenSeed::Live {
            needs.insert(PlatformNeed::IssueToken);
        }
        if world.inbound_secret == InboundSecret::Null {
            needs.insert(PlatformNeed::ClearSecret);
            if world.revision < Revision::R2 {
                needs.insert(PlatformNeed::KeepNullSecret);
            }
        }
        if !world.peers.is_empty() {
            needs.insert(PlatformNeed::Peers);
        }
        if self.speaks_of_the_secret() {
            needs.insert(PlatformNeed::ReadSecret);
        }
        for step in &self.steps {
            match &step.action {
                Action::Act(act) => of_act(act, &mut needs),
                Action::Expect(expectation) => of_expectation(expectation, &mut needs),
            }
        }
        needs
    }

    /// Whether anything in it depends on an inbound secret that the workspace has: a file of it, or its value.
    fn speaks_of_the_secret(&self) -> bool {
        let speaks = |text: &Text| match text {
            Text::Path(path) => path.contains(wire::SECRET_FILE),
            Text::Template(template) => template.pieces.iter().any(|piece| match piece {
                Piece::Variable(name) => name.starts_with("inbound_secret"),
                Piece::Literal(literal) => literal.contains(wire::SECRET_FILE),
            }),
        };
        self.world.inbound_secret != InboundSecret::Null && self.texts.iter().any(speaks)
    }
}

fn of_act(act: &Act, needs: &mut BTreeSet<PlatformNeed>) {
    let of_configs = |configs| match configs {
        Configs::Written => &[PlatformNeed::IssueToken, PlatformNeed::ReadSecret][..],
        Configs::Kept | Configs::Emptied => &[],
    };
    match act {
        Act::Restart(restart) => needs.extend(of_configs(restart.configs)),
        Act::Reprovision(reprovision) => {
            needs.extend([PlatformNeed::RevokeTokens, PlatformNeed::RotateSecret]);
            needs.extend(of_configs(reprovision.configs));
        }
        Act::RotateToken(_) => needs.extend([PlatformNeed::RevokeTokens, PlatformNeed::IssueToken]),
        Act::RevokeTokens => needs.extend([PlatformNeed::RevokeTokens]),
        Act::RotateSecret => needs.extend([PlatformNeed::RotateSecret]),
        Act::ClearSecret => needs.extend([PlatformNeed::ClearSecret]),
        Act::RemoveWorkspace => needs.extend([PlatformNeed::RemoveWorkspace]),
        Act::PruneActivity => needs.extend([PlatformNeed::PruneActivity]),
        Act::Feed(_) => needs.extend([PlatformNeed::Delegations]),
        Act::Fault(fault) => {
            needs.insert(PlatformNeed::Faults);
            let is_idempotent = fault.method.as_deref() == Some("GET")
                || fault.path.pieces.iter().any(
                    |piece| matches!(piece, Piece::Literal(text) if text.starts_with("/registry/")),
                );
            if !is_idempotent {
                needs.insert(PlatformNeed::FaultsOnMessages);
            }
        }
        Act::Call(call) => {
            needs.extend((call.to == Receiver::Platform).then_some(PlatformNeed::Operator));
        }
        Act::Tell(tell) => {
            needs.extend((tell.deliver == Deliver::Platform).then_some(PlatformNeed::ReachSubject));
        }
        // What is done to the subject, its disk, its peers or its way to the platform the harness does alone.
        Act::Start(_)
        | Act::Stop { .. }
        | Act::Crash
        | Act::DiskFault(_)
        | Act::CrashPoint
        | Act::Lift(_)
        | Act::OutageBegins
        | Act::OutageEnds
        | Act::Trigger(_)
        | Act::Plant(_)
        | Act::Remove(_)
        | Act::Peer { .. } => {}
    }
}

fn of_expectation(expectation: &Expectation, needs: &mut BTreeSet<PlatformNeed>) {
    match expectation.statement.evidence() {
        Evidence::ActivityLog => needs.extend([PlatformNeed::ReadActivity]),
        Evidence::Wire(request) => of_request(request, needs),
        Evidence::Disk(_) | Evidence::Process => {}
    }
    match &expectation.mode {
        Mode::Never { until } | Mode::Always { until: Some(until) } => of_request(until, needs),
        Mode::Eventually | Mode::Always { until: None } => {}
    }
}

fn of_request(request: &RequestExpectation, needs: &mut BTreeSet<PlatformNeed>) {
    if request.from == Party::Platform && request.to == Party::Subject {
        needs.extend([PlatformNeed::ReachSubject, PlatformNeed::WatchRequests]);
    }
}
