//! Words from a closed list, such as `serving` or `waf-empty`.
//!
//! A word is kept as written and looked up later, so that every misspelt word of a file is reported and not the first alone.

use std::marker::PhantomData;

use protocol::{Vocabulary, vocabulary};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::yaml::Text;
use crate::plan::{
    Configs, Deliver, DiskError, DiskMoment, How, InboundSecret, JsonType, KnownContent, Part, Readiness,
    Receiver, TokenSeed,
};

/// One word of a vocabulary, as written.
#[derive(Debug, Clone)]
pub(crate) struct Word<T> {
    /// As written.
    pub(crate) text: Text,
    meaning: PhantomData<T>,
}

impl<T: Vocabulary> Word<T> {
    /// Its meaning, if it has one.
    pub(crate) fn meaning(&self) -> Option<T> {
        T::meant_by(&self.text.value)
    }

    /// A word that was never written.
    #[cfg(test)]
    pub(crate) fn nowhere(text: &str) -> Self {
        Self { text: Text::nowhere(text.to_owned()), meaning: PhantomData }
    }
}

impl<T> PartialEq for Word<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<'de, T> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { text: Text::deserialize(deserializer)?, meaning: PhantomData })
    }
}

impl<T> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<T: Vocabulary> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::NOUN.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<_> = T::words().collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

/// Whether an outage begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutageMoment {
    /// The platform stops listening.
    Begins,
    /// The platform listens again.
    Ends,
}

/// What is said of the subject's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProcessState {
    /// It runs.
    Running,
    /// It ended by itself.
    Exited,
    /// It ended when asked to.
    Stopped,
    /// A `crash-at` ended it.
    Killed,
}

/// How a file may get new content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayOfChange {
    /// By another file renamed to its name.
    Rename,
}

/// What may be left of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leftovers {
    /// Nothing.
    None,
}

vocabulary!(Readiness, "readiness", {
    Ready => "ready",
    Launched => "launched",
    Registering => "registering",
    Registered => "registered",
    Serving => "serving",
    Listening => "listening",
});
vocabulary!(How, "way to end", { Stop => "stop", Crash => "crash" });
vocabulary!(Configs, "state of the configs directory", {
    Kept => "kept",
    Emptied => "emptied",
    Written => "written",
});
vocabulary!(Receiver, "receiver", { Subject => "subject", Platform => "platform", Edge => "edge" });
vocabulary!(Part, "part", { Kind => "kind", Type => "type" });
vocabulary!(Deliver, "way of delivery", { Direct => "direct", Platform => "platform" });
vocabulary!(InboundSecret, "inbound secret", { Minted => "minted", Null => "none" });
vocabulary!(TokenSeed, "token", { None => "none", Live => "live" });
vocabulary!(OutageMoment, "moment", { Begins => "begins", Ends => "ends" });
vocabulary!(ProcessState, "process state", {
    Running => "running",
    Exited => "exited",
    Stopped => "stopped",
    Killed => "killed",
});
vocabulary!(DiskMoment, "moment of a call", { Before => "before", After => "after" });
vocabulary!(DiskError, "error of a file system", {
    NoSpace => "ENOSPC",
    Access => "EACCES",
    NotPermitted => "EPERM",
    ReadOnly => "EROFS",
    InputOutput => "EIO",
    Quota => "EDQUOT",
    OpenFiles => "EMFILE",
    Interrupted => "EINTR",
    CrossDevice => "EXDEV",
});
vocabulary!(KnownContent, "content", {
    Absent => "absent",
    Previous => "previous",
    Issued => "issued",
});
vocabulary!(WayOfChange, "way of change", { Rename => "rename" });
vocabulary!(Leftovers, "rest", { None => "none" });
vocabulary!(JsonType, "JSON type", {
    String => "string",
    Integer => "integer",
    Number => "number",
    Boolean => "boolean",
    Object => "object",
    Array => "array",
    Null => "null",
});
