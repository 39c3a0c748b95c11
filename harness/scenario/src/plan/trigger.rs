//! Acts asked of the subject.

use std::ops::Range;

use protocol::Trigger;

use super::call::PeerName;
use super::shown;
use crate::diagnostic::Code;
use crate::reading::{Field, Keys, Reader, Tag, Template, record};

/// An act asked of the subject.
#[derive(Debug, Clone)]
pub struct TriggerAct {
    /// Which.
    pub trigger: Trigger,
    /// The peer it is for, by name.
    pub peer: Option<String>,
    /// What it shall say.
    pub text: Template,
}

record! {
    /// What is said to whom.
    struct Addressed {
        /// A name under `peers`.
        to: String as PeerName;
        /// What is said.
        spoken: Spoken,
    }

    /// What is said.
    struct Spoken {
        /// The text; `hello` unless said otherwise.
        text: Template = Template::literal("hello"),
    }
}

impl Tag for Trigger {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn fields(self) -> Vec<Field> {
        let key = Tag::name(self);
        vec![match self {
            Self::PeerMessage => {
                Field::optional::<Addressed>(key, "It sends a message to another workspace.")
            }
            Self::NotifyUser => Field::optional::<Spoken>(key, "It tells its user something."),
            Self::SelfMessage => Field::optional::<Spoken>(key, "It sends a message to itself."),
        }]
    }
}

impl TriggerAct {
    /// The keys of a trigger.
    pub(super) fn fields() -> Vec<Field> {
        Field::of_family::<Trigger>(Vec::new())
    }

    /// Exactly one act.
    pub(super) fn take(
        keys: &mut Keys<'_>,
        step: &Range<usize>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        reader.must_be_started(step);
        let given: Vec<_> = <Trigger as Tag>::ALL
            .iter()
            .filter_map(|trigger| Some((*trigger, keys.take(Tag::name(*trigger))?)))
            .collect();
        let [(trigger, node)] = given.as_slice() else {
            reader
                .report(Code::MissingKey, &keys.map.mark, "a trigger is not exactly one act")
                .help("write one of `peer-message: { to: .. }`, `notify-user: {}` and `self-message: {}`");
            return None;
        };
        let (peer, spoken) = match trigger {
            Trigger::PeerMessage => {
                let Addressed { to, spoken } = reader.record(node)?;
                (Some(to), spoken)
            }
            Trigger::NotifyUser | Trigger::SelfMessage => (None, reader.record(node)?),
        };
        let Spoken { text } = spoken;
        Some(Self {
            trigger: *trigger,
            peer,
            text,
        })
    }

    /// What is asked, in a line.
    pub(super) fn summary(&self) -> String {
        let what = match (self.trigger, &self.peer) {
            (Trigger::PeerMessage, peer) => {
                format!("a message to {}", peer.as_deref().unwrap_or_default())
            }
            (Trigger::NotifyUser, _) => "a notice to the user".into(),
            (Trigger::SelfMessage, _) => "a message to itself".into(),
        };
        format!("trigger {what}: `{}`", shown::cut(&self.text.to_string()))
    }
}
