//! Faults on the subject's way to the platform.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use protocol::journal::Header;
use protocol::{Fault, FaultEffect, FaultEffectKind};
use serde_json::Value;

use super::request_line::RequestLine;
use super::shown;
use crate::diagnostic::Code;
use crate::reading::{
    Family, Field, Json, Keys, Read, Reader, Record, Schema, Status, Tag, Template, positive,
    record,
};
use crate::yaml::Node;

record! {
    /// Which requests a fault strikes, and how often.
    struct Selection {
        /// Which requests: `POST /registry/register` or `* /registry/**`.
        on: RequestLine,
        /// How often it happens; until lifted unless said otherwise.
        times: Option<u32> as Option<Times>,
        /// How many matching requests pass before.
        after_calls: u32 = 0,
        /// Whether the platform processes the request first.
        after_platform: bool = false,
    }

    /// Another answer.
    struct Answer {
        /// Another answer with this status.
        status: u16 as Status,
        /// Headers of that answer.
        headers: BTreeMap<String, Template> = BTreeMap::new(),
        /// Body of that answer.
        body: Option<Template>,
    }

    /// The real answer, later.
    struct Delay {
        /// The real answer, so much later.
        delay: Duration,
    }

    /// The real answer in small pieces.
    struct Drip {
        /// Bytes a piece.
        chunk: usize as Chunk,
        /// Time between pieces.
        every: Duration,
    }

    /// The real JSON answer with fields changed.
    struct Edit {
        /// Top-level fields to set.
        fields: serde_json::Map<String, Value> as Json = serde_json::Map::new(),
        /// Top-level fields to take away.
        without: Vec<String> = Vec::new(),
    }
}

/// How often a fault happens.
struct Times;

impl Read<u32> for Times {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<u32> {
        let help = "leave `times` out for a fault that stays until lifted";
        positive(
            node,
            reader,
            "a fault that happens 0 times never happens",
            help,
        )
    }

    fn shape(schema: &mut Schema) -> Value {
        u32::shape(schema)
    }
}

/// The bytes of a piece.
struct Chunk;

impl Read<usize> for Chunk {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<usize> {
        positive(
            node,
            reader,
            "pieces of 0 bytes never end",
            "a piece has one byte at least",
        )
    }

    fn shape(schema: &mut Schema) -> Value {
        usize::shape(schema)
    }
}

impl Tag for FaultEffectKind {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn fields(self) -> Vec<Field> {
        match self {
            Self::Status => Answer::fields(),
            Self::Delay => Delay::fields(),
            Self::Hang => vec![Field::nothing("hang", "No answer until lifted.")],
            Self::Reset => vec![Field::nothing("reset", "The connection is reset.")],
            Self::Truncate => vec![Field::nothing(
                "truncate",
                "The answer ends before its declared length.",
            )],
            Self::Drip => vec![Field::optional::<Drip>(
                "drip",
                "The real answer in small pieces.",
            )],
            Self::Edit => vec![Field::optional::<Edit>(
                "edit",
                "The real JSON answer with fields changed.",
            )],
        }
    }
}

const EFFECTS: Family = Family {
    code: Code::FaultEffect,
    none: (
        Code::FaultEffect,
        "a fault without an effect",
        "does nothing",
        "give it one of {all}",
    ),
    two: |first, second| format!("a fault has two effects, `{first}` and `{second}`"),
    several: ("effect", "write two faults"),
    foreign: |key, effect| format!("the key `{key}` does not belong to a fault with `{effect}`"),
};

/// The keys of a fault.
pub(super) fn fields() -> Vec<Field> {
    Field::of_family::<FaultEffectKind>(Selection::fields())
}

/// A fault with its one effect; without a label it is called by its position.
pub(super) fn take(
    keys: &mut Keys<'_>,
    label: Option<&str>,
    step: &Range<usize>,
    reader: &mut Reader<'_>,
) -> Option<Fault<Template>> {
    let selection = Selection::take(keys, reader);
    let effect = keys
        .choose(&EFFECTS, step, reader)
        .and_then(|kind| effect(kind, keys, reader));
    let label = label.map_or_else(|| format!("fault-{}", reader.scope.step), str::to_owned);
    let Selection {
        on,
        times,
        after_calls,
        after_platform,
    } = selection?;
    Some(Fault {
        label,
        method: on.method,
        path: on.path,
        times,
        after_calls,
        after_platform,
        effect: effect?,
    })
}

fn effect(
    kind: FaultEffectKind,
    keys: &mut Keys<'_>,
    reader: &mut Reader<'_>,
) -> Option<FaultEffect<Template>> {
    Some(match kind {
        FaultEffectKind::Status => {
            let Answer {
                status,
                headers,
                body,
            } = Answer::take(keys, reader)?;
            let headers = headers
                .into_iter()
                .map(|(name, value)| Header { name, value })
                .collect();
            FaultEffect::Status {
                status,
                headers,
                body,
            }
        }
        FaultEffectKind::Delay => FaultEffect::Delay {
            by: Delay::take(keys, reader)?.delay,
        },
        FaultEffectKind::Hang => keys.nothing(kind.name(), reader, FaultEffect::Hang)?,
        FaultEffectKind::Reset => keys.nothing(kind.name(), reader, FaultEffect::Reset)?,
        FaultEffectKind::Truncate => keys.nothing(kind.name(), reader, FaultEffect::Truncate)?,
        FaultEffectKind::Drip => {
            let Drip { chunk, every } = reader.record(keys.take(kind.name())?)?;
            FaultEffect::Drip { chunk, every }
        }
        FaultEffectKind::Edit => {
            let Edit { fields, without } = reader.record(keys.take(kind.name())?)?;
            FaultEffect::Edit {
                set: fields,
                remove: without,
            }
        }
    })
}

/// What a fault does, in a line.
pub(super) fn summary(fault: &Fault<Template>) -> String {
    let method = fault.method.as_deref().unwrap_or("*");
    let times = fault
        .times
        .map(|times| format!(" {}", shown::times(times)))
        .unwrap_or_default();
    format!("fault: {method} {} {}{times}", fault.path, fault.effect)
}
