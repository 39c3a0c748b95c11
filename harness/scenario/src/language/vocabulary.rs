//! Words from a closed list, such as `serving` or `waf-empty`.
//!
//! A word is kept as written and looked up later, so that every misspelt word of a file is reported and not the first alone.

use std::marker::PhantomData;

use protocol::journal::{Deployment, FileKind, Party};
use protocol::{Capability, Overlay, Profile, Revision};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::yaml::Text;
use crate::plan::{
    Addresses, Configs, Deliver, DiskError, DiskMoment, Edge, How, InboundSecret, JsonType, KnownContent,
    Part, Readiness, Receiver, Relation, TokenSeed,
};

/// A meaning that is written as one of a few words.
pub(crate) trait Vocabulary: Copy + 'static {
    /// What the word is, for messages: `readiness`.
    const NOUN: &'static str;

    /// Every word with its meaning.
    fn words() -> Vec<(&'static str, Self)>;
}

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
        T::words().into_iter().find(|(word, _)| *word == self.text.value).map(|(_, meaning)| meaning)
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
        let words: Vec<_> = T::words().into_iter().map(|(word, _)| word).collect();
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

// One table per word list keeps word, meaning and schema together.
macro_rules! vocabulary {
    ($($type:ty, $noun:literal, { $($word:literal => $meaning:expr),+ $(,)? };)+) => {
        $(impl Vocabulary for $type {
            const NOUN: &'static str = $noun;

            fn words() -> Vec<(&'static str, Self)> {
                vec![$(($word, $meaning)),+]
            }
        })+
    };
}

vocabulary! {
    Readiness, "readiness", {
        "ready" => Readiness::Ready,
        "launched" => Readiness::Launched,
        "registering" => Readiness::Registering,
        "registered" => Readiness::Registered,
        "serving" => Readiness::Serving,
        "listening" => Readiness::Listening,
    };
    How, "way to end", { "stop" => How::Stop, "crash" => How::Crash };
    Configs, "state of the configs directory", {
        "kept" => Configs::Kept,
        "emptied" => Configs::Emptied,
        "written" => Configs::Written,
    };
    Receiver, "receiver", {
        "subject" => Receiver::Subject,
        "platform" => Receiver::Platform,
        "edge" => Receiver::Edge,
    };
    Part, "part", { "kind" => Part::Kind, "type" => Part::Type };
    Deliver, "way of delivery", { "direct" => Deliver::Direct, "platform" => Deliver::Platform };
    Edge, "edge", {
        "open" => Edge::Open,
        "waf-empty" => Edge::WafEmpty,
        "waf-html" => Edge::WafHtml,
        "tenant-guard" => Edge::TenantGuard,
        "strict-cors" => Edge::StrictCors,
    };
    Addresses, "address rule", {
        "strict" => Addresses::Strict,
        "loopback-allowed" => Addresses::LoopbackAllowed,
    };
    InboundSecret, "inbound secret", { "minted" => InboundSecret::Minted, "none" => InboundSecret::Null };
    TokenSeed, "token", { "none" => TokenSeed::None, "live" => TokenSeed::Live };
    Relation, "relation", {
        "sibling" => Relation::Sibling,
        "parent" => Relation::Parent,
        "child" => Relation::Child,
        "stranger" => Relation::Stranger,
    };
    Deployment, "deployment", { "docker" => Deployment::Docker, "saas" => Deployment::Saas };
    OutageMoment, "moment", { "begins" => OutageMoment::Begins, "ends" => OutageMoment::Ends };
    ProcessState, "process state", {
        "running" => ProcessState::Running,
        "exited" => ProcessState::Exited,
        "stopped" => ProcessState::Stopped,
        "killed" => ProcessState::Killed,
    };
    DiskMoment, "moment of a call", { "before" => DiskMoment::Before, "after" => DiskMoment::After };
    KnownContent, "content", {
        "absent" => KnownContent::Absent,
        "previous" => KnownContent::Previous,
        "issued" => KnownContent::Issued,
    };
    WayOfChange, "way of change", { "rename" => WayOfChange::Rename };
    Leftovers, "rest", { "none" => Leftovers::None };
    FileKind, "kind of entry", {
        "file" => FileKind::File,
        "directory" => FileKind::Directory,
        "symlink" => FileKind::Symlink,
        "special" => FileKind::Special,
    };
    Party, "party", {
        "subject" => Party::Subject,
        "platform" => Party::Platform,
        "harness" => Party::Harness,
        "peer" => Party::Peer,
    };
    JsonType, "JSON type", {
        "string" => JsonType::String,
        "integer" => JsonType::Integer,
        "number" => JsonType::Number,
        "boolean" => JsonType::Boolean,
        "object" => JsonType::Object,
        "array" => JsonType::Array,
        "null" => JsonType::Null,
    };
}

impl Vocabulary for DiskError {
    const NOUN: &'static str = "error of a file system";

    fn words() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|error| (error.name(), error)).collect()
    }
}

impl Vocabulary for Revision {
    const NOUN: &'static str = "revision";

    fn words() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|revision| (revision.name(), revision)).collect()
    }
}

impl Vocabulary for Profile {
    const NOUN: &'static str = "profile";

    fn words() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|profile| (profile.name(), profile)).collect()
    }
}

impl Vocabulary for Overlay {
    const NOUN: &'static str = "overlay";

    fn words() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|overlay| (overlay.name(), overlay)).collect()
    }
}

impl Vocabulary for Capability {
    const NOUN: &'static str = "capability";

    fn words() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|capability| (capability.name(), capability)).collect()
    }
}
