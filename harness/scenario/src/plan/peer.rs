//! Stubs of other workspaces.

use protocol::{PeerBehaviour, Relation};
use serde_json::{Value, json};

use super::call::PeerName;
use super::shown;
use crate::reading::{Field, Read, Reader, Schema, Status, Tag, record, tags};
use crate::yaml::Node;

record! {
    /// A stub of another workspace.
    pub struct Peer: PartialEq, Eq, Hash {
        /// Its place in the hierarchy, seen from the subject.
        pub relation: Relation,
        /// What it answers; a text unless said otherwise.
        pub answers: PeerBehaviour = PeerBehaviour::Replies("peer reply".into()),
        /// Whether it polls its messages, so that a sender is told `queued` (from r2 on).
        pub polls: bool = false,
    }

    /// A peer answers differently from now on.
    pub(super) struct PeerStep {
        /// Its name under `peers`.
        pub(super) name: String as PeerName,
        /// What it answers.
        pub(super) answers: PeerBehaviour,
    }
}

tags! {
    /// What a peer answers.
    enum Answer {
        /// A message with this text.
        Replies => "replies",
        /// This HTTP status.
        Fails => "fails",
        /// It drops the connection, which the platform takes for busy.
        Busy => "busy",
        /// A JSON-RPC error.
        Errors => "errors",
    }
}

impl Read for PeerBehaviour {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let (answer, value) = reader.one_key::<Answer>(node)?;
        let bare = |meaning, reader: &mut Reader<'_>| {
            reader.keys(value)?.finish(reader);
            Some(meaning)
        };
        match answer {
            Answer::Replies => reader.text(value).map(Self::Replies),
            Answer::Fails => Status::read(value, reader).map(Self::Fails),
            Answer::Busy => bare(Self::Busy, reader),
            Answer::Errors => bare(Self::errors(), reader),
        }
    }

    fn shape(schema: &mut Schema) -> Value {
        let answers = Answer::ALL.iter().map(|answer| {
            let field = match answer {
                Answer::Replies => Field::optional::<String>(answer.name(), answer.description()),
                Answer::Fails => Field {
                    shape: Status::shape,
                    ..Field::nothing(answer.name(), answer.description())
                },
                Answer::Busy | Answer::Errors => {
                    Field::nothing(answer.name(), answer.description())
                }
            };
            schema.object(
                "",
                &[Field {
                    is_required: true,
                    ..field
                }],
            )
        });
        json!({ "oneOf": answers.collect::<Vec<_>>() })
    }
}

/// What a peer answers, in a few words.
pub(super) fn summary(answers: &PeerBehaviour) -> String {
    match answers {
        PeerBehaviour::Replies(text) => format!("replies `{}`", shown::cut(text)),
        PeerBehaviour::Fails(status) => format!("fails with {status}"),
        PeerBehaviour::Busy => "is busy".into(),
        PeerBehaviour::Errors { .. } => "answers an error".into(),
        PeerBehaviour::Resets => "resets the connection".into(),
    }
}
