//! Steps: each is a map of one key, which says what it is.

use std::ops::Range;

use serde_json::{Value, json};

use super::act::Act;
use super::call::{Call, Tell};
use super::disk::{self, Crash, DiskFault};
use super::expectation::{Expectation, Tense};
use super::fault;
use super::feed::Feed;
use super::fragment::{Fragment, Use};
use super::launch::{Reprovision, Restart, RotateToken, Start, Stop};
use super::peer::PeerStep;
use super::plan::{Action, Position, Step};
use super::plant::Planted;
use super::trigger::TriggerAct;
use crate::reading::{
    Field, Keys, Label, Read, Reader, Record, Schema, StagePath, Tag, record, tags, words,
};
use crate::yaml::Node;

tags! {
    /// What a step is: an act of the stage, a statement about what was observed, or a fragment of steps.
    pub(super) enum StepKind {
        /// Inserts the steps of a fragment.
        Use => "use",
        /// Launches the subject.
        Start => "start",
        /// Asks the subject to end and waits for it.
        Stop => "stop",
        /// Kills the subject.
        Crash => "crash",
        /// Ends the subject and launches it again.
        Restart => "restart",
        /// The platform revokes all tokens and rotates the secret, then the subject is restarted.
        Reprovision => "reprovision",
        /// The platform revokes all tokens and mints another.
        RotateToken => "rotate-token",
        /// The platform revokes all tokens.
        RevokeTokens => "revoke-tokens",
        /// The platform mints another inbound secret.
        RotateSecret => "rotate-secret",
        /// The platform's inbound secret becomes NULL.
        ClearSecret => "clear-secret",
        /// The workspace is removed.
        RemoveWorkspace => "remove-workspace",
        /// Disturbs the subject's requests to the platform; exactly one of status, delay, hang, reset, truncate, drip and edit. One that
        /// never strikes makes inconclusive what passes after it, lifted or not: it stands before requests that a subject has to make.
        Fault => "fault",
        /// Disturbs the subject's calls on the stage's directories; exactly one of error, short and delay.
        DiskFault => "disk-fault",
        /// Kills the subject at one of its calls on the stage's directories; exactly one of on and every.
        CrashAt => "crash-at",
        /// Takes a fault away, or all.
        Lift => "lift",
        /// The platform stops listening, or listens again.
        Outage => "outage",
        /// Sends a request and says what it must be answered; exactly one of get, post, put, patch, delete and mcp.
        Call => "call",
        /// Sends an A2A message to the subject.
        Tell => "tell",
        /// Makes the subject act, by the means its manifest offers; exactly one of peer-message, notify-user and self-message.
        Trigger => "trigger",
        /// The platform deletes the workspace's activity, as retention does.
        PruneActivity => "prune-activity",
        /// Puts something below the stage directory; exactly one of file, directory, symlink, pipe, mode-of, read-only and full.
        Plant => "plant",
        /// Removes a path below the stage directory.
        Remove => "remove",
        /// Lets a finished delegation appear in the subject's list.
        FeedDelegation => "feed-delegation",
        /// A peer answers differently from now on.
        Peer => "peer",
        /// Must hold by a deadline.
        Expect => "expect",
        /// Must not hold until another event has happened.
        Never => "never",
        /// Must hold of every such request.
        Always => "always",
    }

    fn fields(self) -> Vec<Field> {
        let labelled = |mut fields: Vec<Field>| {
            fields.push(Field::optional::<String>(LABEL, "Its label, for `lift` and `since`."));
            fields
        };
        match self {
            Self::Start => Start::fields(),
            Self::Stop => Stop::fields(),
            Self::Restart => Restart::fields(),
            Self::Reprovision => Reprovision::fields(),
            Self::RotateToken => RotateToken::fields(),
            Self::Fault => labelled(fault::fields()),
            Self::DiskFault => labelled(DiskFault::fields()),
            Self::CrashAt => labelled(disk::crash_fields()),
            Self::Lift => Lift::fields(),
            Self::Call => labelled(Call::fields()),
            Self::Tell => labelled(Tell::fields()),
            Self::Trigger => labelled(TriggerAct::fields()),
            Self::Plant => Planted::fields(),
            Self::Remove => Remove::fields(),
            Self::FeedDelegation => Feed::fields(),
            Self::Peer => PeerStep::fields(),
            Self::Expect | Self::Never | Self::Always => labelled(Expectation::fields()),
            Self::Crash
            | Self::RevokeTokens
            | Self::RotateSecret
            | Self::ClearSecret
            | Self::RemoveWorkspace
            | Self::PruneActivity
            // These are no maps of keys.
            | Self::Use
            | Self::Outage => Vec::new(),
        }
    }
}

/// The key of a label.
const LABEL: &str = "as";

record! {
    /// Takes a fault away, or all.
    struct Lift {
        /// The label of the fault; all faults unless given.
        fault: Option<String> as Option<Label<true>>,
    }

    /// Removes a path.
    struct Remove {
        /// Below the stage directory.
        path: String as StagePath,
    }
}

words! {
    /// Whether an outage begins or ends.
    enum OutageMoment = "moment" {
        /// The platform stops listening.
        Begins = "begins",
        /// The platform listens again.
        Ends = "ends",
    }
}

impl StepKind {
    /// Whether it sets something that can be lifted.
    fn is_fault(self) -> bool {
        matches!(
            self,
            Self::Fault | Self::DiskFault | Self::CrashAt | Self::Plant
        )
    }

    fn shape(self, schema: &mut Schema) -> Value {
        match self {
            Self::Use => Use::shape(schema),
            Self::Outage => OutageMoment::shape(schema),
            _ => schema.object("", &self.fields()),
        }
    }
}

/// The steps of a scenario or fragment, in order; each may refer to what the earlier ones left.
pub(crate) fn read_steps(list: &[Node], reader: &mut Reader<'_>, steps: &mut Vec<Step>) {
    for node in list {
        let Some((kind, body)) = reader.one_key::<StepKind>(node) else {
            // It may have been the start.
            reader.scope.started = true;
            continue;
        };
        if kind == StepKind::Use {
            if let Some(fragment) = Fragment::open(body, &node.mark, reader) {
                read_steps(fragment.steps(), reader, steps);
                fragment.close(reader);
            }
            continue;
        }
        reader.scope.step = steps.len() + 1;
        let label = body
            .get(LABEL)
            .and_then(|label| Some((reader.text(label)?, &label.mark)));
        let action = action(
            kind,
            body,
            label.as_ref().map(|(label, _)| label.as_str()),
            &node.mark,
            reader,
        );
        if let Some((label, mark)) = &label {
            reader.remember_label(label, mark, kind.is_fault());
        }
        if let Some(action) = action {
            let summary = match &action {
                Action::Act(act) => act.summary(),
                Action::Expect(expectation) => expectation.summary(),
            };
            let position = Position::of(&node.mark, reader);
            let label = label.map(|(label, _)| label);
            steps.push(Step {
                index: steps.len(),
                position,
                label,
                action,
                summary,
            });
        }
    }
}

fn action(
    kind: StepKind,
    body: &Node,
    label: Option<&str>,
    step: &Range<usize>,
    reader: &mut Reader<'_>,
) -> Option<Action> {
    if kind == StepKind::Outage {
        return Some(Action::Act(match reader.read(body)? {
            OutageMoment::Begins => Act::OutageBegins,
            OutageMoment::Ends => Act::OutageEnds,
        }));
    }
    let mut keys = reader.keys(body)?;
    if kind.fields().iter().any(|field| field.key == LABEL) && kind != StepKind::Plant {
        keys.take(LABEL);
    }
    let action = match kind {
        StepKind::Expect => {
            Expectation::take(&mut keys, Tense::Expect, step, reader).map(Action::Expect)
        }
        StepKind::Never => {
            Expectation::take(&mut keys, Tense::Never, step, reader).map(Action::Expect)
        }
        StepKind::Always => {
            Expectation::take(&mut keys, Tense::Always, step, reader).map(Action::Expect)
        }
        act => self::act(act, &mut keys, label, step, reader).map(Action::Act),
    };
    keys.finish(reader);
    action
}

fn act(
    kind: StepKind,
    keys: &mut Keys<'_>,
    label: Option<&str>,
    step: &Range<usize>,
    reader: &mut Reader<'_>,
) -> Option<Act> {
    if matches!(
        kind,
        StepKind::Stop | StepKind::Crash | StepKind::Restart | StepKind::Reprovision
    ) {
        reader.must_be_started(step);
    }
    Some(match kind {
        StepKind::Start => {
            reader.scope.started = true;
            Act::Start(Start::take(keys, reader)?)
        }
        StepKind::Stop => Act::Stop {
            within: Stop::take(keys, reader)?.within,
        },
        StepKind::Crash => Act::Crash,
        StepKind::Restart => Act::Restart(Restart::take(keys, reader)?),
        StepKind::Reprovision => Act::Reprovision(Reprovision::take(keys, reader)?),
        StepKind::RotateToken => Act::RotateToken(RotateToken::take(keys, reader)?),
        StepKind::RevokeTokens => Act::RevokeTokens,
        StepKind::RotateSecret => Act::RotateSecret,
        StepKind::ClearSecret => Act::ClearSecret,
        StepKind::RemoveWorkspace => Act::RemoveWorkspace,
        StepKind::Fault => Act::Fault(fault::take(keys, label, step, reader)?),
        StepKind::DiskFault => Act::DiskFault(DiskFault::take(keys, label, step, reader)?),
        StepKind::CrashAt => match disk::crash_at(keys, label, step, reader)? {
            Crash::At(fault) => Act::DiskFault(fault),
            Crash::Everywhere => Act::CrashPoint,
        },
        StepKind::Lift => Act::Lift(Lift::take(keys, reader)?.fault),
        StepKind::Call => Act::Call(Box::new(Call::take(keys, step, reader)?)),
        StepKind::Tell => {
            reader.must_be_started(step);
            Act::Tell(Box::new(Tell::take(keys, reader)?))
        }
        StepKind::Trigger => Act::Trigger(TriggerAct::take(keys, step, reader)?),
        StepKind::PruneActivity => Act::PruneActivity,
        StepKind::Plant => match Planted::take(keys, step, reader)? {
            Planted::Thing(plant) => Act::Plant(plant),
            Planted::Refusal { directory, is_full } => {
                Act::DiskFault(DiskFault::refusing(&directory, is_full, label, reader))
            }
        },
        StepKind::Remove => Act::Remove(Remove::take(keys, reader)?.path),
        StepKind::FeedDelegation => Act::Feed(Feed::take(keys, reader)?),
        StepKind::Peer => {
            let PeerStep { name, answers } = PeerStep::take(keys, reader)?;
            Act::Peer { name, answers }
        }
        StepKind::Use
        | StepKind::Outage
        | StepKind::Expect
        | StepKind::Never
        | StepKind::Always => {
            return None;
        }
    })
}

/// The JSON Schema of a list of steps.
pub(crate) fn shape_of_steps(schema: &mut Schema) -> Value {
    let step = schema.define("Step", |schema| {
        let steps = StepKind::ALL.iter().map(|kind| {
            let shape = kind.shape(schema);
            json!({
                "description": kind.description().trim(),
                "type": "object",
                "properties": { kind.name(): shape },
                "required": [kind.name()],
                "additionalProperties": false,
            })
        });
        json!({ "oneOf": steps.collect::<Vec<_>>() })
    });
    json!({ "type": "array", "items": step })
}
