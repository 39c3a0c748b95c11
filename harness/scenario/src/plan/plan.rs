//! A scenario, expanded and checked.

use std::collections::BTreeSet;
use std::fmt;

use protocol::journal::CredentialFiles;
use protocol::{Capability, Edge, Overlay, Profile, RequirementId, Revision, Trigger};

use super::act::Act;
use super::disk::{CrashPoint, CrashPoints, DiskEffect, DiskFault, DiskMoment};
use super::expectation::Expectation;
use super::world::{InboundSecret, SubjectSetup, World};
use crate::reading::{Reader, Text};
use crate::source::Source;

/// The area whose scenarios change nothing about a workspace, so that others may use it meanwhile.
pub const SMOKE_AREA: &str = "smoke";

/// A scenario, expanded and checked.
#[derive(Debug, Clone)]
pub struct Plan {
    /// `area/scenario`, with `[axis=value]` when it comes from a matrix; unique in a selection.
    pub name: String,
    /// The folder it lies in, such as `token`.
    pub area: String,
    /// One sentence for people.
    pub title: String,
    /// The requirements its checks cite.
    pub covers: Vec<RequirementId>,
    /// The kinds of runtime it applies to.
    pub profiles: Vec<Profile>,
    /// What the runtime must claim besides.
    pub needs: Vec<Capability>,
    /// The deployments it plays in, besides those that follow from its world.
    pub overlays: Vec<Overlay>,
    /// The revision that a runtime must claim at least.
    pub since: Revision,
    /// Whether it may begin where other scenarios of the same world have begun.
    pub shares_start: bool,
    /// The platform's side.
    pub world: World,
    /// The subject's side.
    pub subject: SubjectSetup,
    /// Where the subject keeps its credentials below the stage, if not where the contract says.
    pub credential_files: CredentialFiles,
    /// What is done and what must hold, in order.
    pub steps: Vec<Step>,
    /// Whether it stands for as many plans as a subject has crash points; it cannot be played itself then.
    pub crash_points: Option<CrashPoints>,
    /// The call at which it kills the subject, if it is one of those plans.
    pub crash_point: Option<CrashPoint>,
    /// Every text in it that stands for something in its world.
    pub texts: Vec<Text>,
    /// Where it was written.
    pub source: Source,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Position in the plan, from 0.
    pub index: usize,
    /// Where it stands.
    pub position: Position,
    /// Its label, for `since`.
    pub label: Option<String>,
    /// What it is.
    pub action: Action,
    /// A line for people, such as `expect POST /registry/register answered 200`.
    pub summary: String,
}

/// A place in a source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The scenario's, or a fragment's.
    pub source: Source,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Byte offsets of the marked text in the source.
    pub span: std::ops::Range<usize>,
}

/// An act of the stage, or a statement about the journal.
#[derive(Debug, Clone)]
pub enum Action {
    /// The stage does something.
    Act(Act),
    /// Something must hold.
    Expect(Expectation),
}

impl Plan {
    /// What the subject is made to do.
    pub fn triggers(&self) -> BTreeSet<Trigger> {
        let of = |step: &Step| match &step.action {
            Action::Act(Act::Trigger(act)) => Some(act.trigger),
            _ => None,
        };
        self.steps.iter().filter_map(of).collect()
    }

    /// Every deployment it plays in.
    pub fn deployments(&self) -> BTreeSet<Overlay> {
        let mut found: BTreeSet<Overlay> = self.overlays.iter().copied().collect();
        match self.world.edge {
            Edge::Open => {}
            Edge::TenantGuard => {
                found.insert(Overlay::Tenant);
            }
            Edge::WafEmpty | Edge::WafHtml | Edge::StrictCors => {
                found.insert(Overlay::Edge);
            }
        }
        if self.world.inbound_secret == InboundSecret::Null {
            found.insert(Overlay::LegacyNullSecret);
        }
        found
    }

    /// The plan in which the subject is killed before one call; [`Act::CrashPoint`] stands where that is armed.
    #[must_use]
    pub fn crashing_at(&self, point: &CrashPoint) -> Self {
        let mut plan = self.clone();
        plan.crash_points = None;
        plan.name = format!("{}{}", self.name, point.suffix());
        plan.crash_point = Some(point.clone());
        for step in &mut plan.steps {
            if matches!(step.action, Action::Act(Act::CrashPoint)) {
                step.summary = format!(
                    "crash the subject before call {} ({})",
                    point.nth, point.name
                );
                step.action = Action::Act(Act::DiskFault(DiskFault {
                    label: "crash-point".into(),
                    class: None,
                    path: point.path.clone(),
                    nth: Some(point.nth),
                    moment: DiskMoment::Before,
                    effect: DiskEffect::Kill,
                }));
            }
        }
        plan
    }
}

impl Step {
    /// The requirements that it judges.
    pub fn cites(&self) -> &[RequirementId] {
        match &self.action {
            Action::Expect(expectation) => &expectation.cites,
            Action::Act(Act::Call(call)) => &call.answered.cites,
            Action::Act(Act::Tell(tell)) => &tell.answered.cites,
            Action::Act(_) => &[],
        }
    }

    /// The check under which it is reported, such as `step-03`.
    pub fn check(&self) -> String {
        format!("step-{:02}", self.index)
    }
}

impl Position {
    /// Where a step stands that is being read.
    pub(super) fn of(mark: &std::ops::Range<usize>, reader: &Reader<'_>) -> Self {
        let span = reader.span(mark);
        let source = reader.document.source.clone();
        Self {
            source,
            line: span.line,
            column: span.column,
            span: span.range,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}:{}:{}",
            self.source.file.display(),
            self.line,
            self.column
        )
    }
}
