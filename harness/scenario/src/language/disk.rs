//! Faults at the subject's calls on its disk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::Word;
use super::yaml::{Located, Text};
use crate::plan::{DiskError, DiskMoment};

/// Disturbs the subject's calls on the stage's directories; exactly one of error, short and delay.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DiskFault {
    /// Which calls: a class such as `write` or `rename` (or `*`) and a path in which `*` stands for any text:
    /// `write configs/.auth_token*`.
    pub(crate) on: Text,
    /// The call returns this error.
    #[serde(default)]
    pub(crate) error: Option<Word<DiskError>>,
    /// The call writes at most so many bytes.
    #[serde(default)]
    pub(crate) short: Option<Located<usize>>,
    /// The call is held for so long.
    #[serde(default)]
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) delay: Option<Text>,
    /// Which of these calls, counted from 1; every one unless given.
    #[serde(default)]
    pub(crate) nth: Option<Located<u32>>,
    /// Before or after the call takes effect; `before` unless said otherwise.
    #[serde(default)]
    pub(crate) when: Option<Word<DiskMoment>>,
    /// Its label, for `lift`.
    #[serde(default, rename = "as")]
    pub(crate) label: Option<Text>,
}

/// Kills the subject at one of its calls on the stage's directories; exactly one of on and every.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CrashAt {
    /// Which calls: a class such as `write` or `rename` (or `*`) and a path in which `*` stands for any text.
    #[serde(default)]
    pub(crate) on: Option<Text>,
    /// Plays the scenario once for every call by which the subject was seen to write these files, and kills it before that call.
    #[serde(default)]
    pub(crate) every: Option<Located<Vec<Text>>>,
    /// Which of these calls, counted from 1; the first unless given.
    #[serde(default)]
    pub(crate) nth: Option<Located<u32>>,
    /// Before or after the call takes effect; `before` unless said otherwise.
    #[serde(default)]
    pub(crate) when: Option<Word<DiskMoment>>,
    /// Its label, for `lift`.
    #[serde(default, rename = "as")]
    pub(crate) label: Option<Text>,
}
