//! Statements about what was observed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use protocol::journal::{FileKind, Party};

use super::condition::Fitting;
use super::entries::Entries;
use super::number::{Counted, GapRange, Statuses};
use super::vocabulary::{Leftovers, ProcessState, WayOfChange, Word};
use super::yaml::{Located, Text, given};
use crate::plan::KnownContent;

/// A statement; exactly one of request, file, directory, process, log and row, with the keys that belong to it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Check {
    /// An exchange on the wire: `POST /registry/register` or `* /registry/**`.
    pub(crate) request: Option<Text>,
    /// Who sent it; `subject` unless said otherwise.
    pub(crate) from: Option<Word<Party>>,
    /// Who received it; `platform` unless said otherwise, `subject` for what the platform sent.
    pub(crate) to: Option<Word<Party>>,
    /// Conditions on its headers.
    pub(crate) headers: Option<Located<Entries<Fitting>>>,
    /// Conditions on its query parameters.
    pub(crate) query: Option<Located<Entries<Fitting>>>,
    /// Conditions on its JSON body by dotted path.
    pub(crate) body: Option<Located<Entries<Fitting>>>,
    /// The status it was answered with.
    pub(crate) answered: Option<Located<Statuses>>,
    /// Conditions on the answer's JSON body by dotted path.
    pub(crate) answer: Option<Located<Entries<Fitting>>>,
    /// How many such exchanges or rows; one at least unless said otherwise.
    pub(crate) count: Option<Located<Counted>>,
    /// Conditions on the time between consecutive exchanges.
    pub(crate) gaps: Option<Located<GapRange>>,
    /// The state of a path, such as `configs/.auth_token`.
    pub(crate) file: Option<Text>,
    /// Whether the path must be absent.
    pub(crate) absent: Option<Located<bool>>,
    /// What kind of entry.
    pub(crate) kind: Option<Word<FileKind>>,
    /// Permission bits in quoted octal, such as `"0600"`.
    #[schemars(extend("pattern" = "^[0-7]{3,4}$"))]
    pub(crate) mode: Option<Text>,
    /// A condition on the file's text.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<Fitting>,
    /// The file's size in bytes.
    pub(crate) size: Option<Located<u64>>,
    /// Whether the file is the same as when the window opened.
    pub(crate) unchanged: Option<Located<bool>>,
    /// The label of an earlier `expect`: before what it saw, the path must have been so.
    pub(crate) before: Option<Text>,
    /// Whether nobody but its owner could use the file at any instant since the window opened, temporary files included.
    pub(crate) private_from_birth: Option<Located<bool>>,
    /// What the file's content always was since the window opened.
    pub(crate) content_always: Option<Located<Vec<Word<KnownContent>>>>,
    /// How alone the file got new content since the window opened.
    pub(crate) changed_only_by: Option<Word<WayOfChange>>,
    /// Whether new content was synced before it was renamed into place; advice that never fails.
    pub(crate) synced_before_rename: Option<Located<bool>>,
    /// The files of a directory.
    pub(crate) directory: Option<Text>,
    /// Names that may be in the directory; `*` stands for any text.
    pub(crate) holds_only: Option<Located<Vec<Text>>>,
    /// What may be left in the directory of writing the credential files.
    pub(crate) leftovers: Option<Word<Leftovers>>,
    /// The state of the subject's process.
    pub(crate) process: Option<Word<ProcessState>>,
    /// A condition on the exit code.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<Fitting>,
    /// A condition on a line the subject printed.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<Fitting>,
    /// Conditions on a row of the platform's activity log.
    pub(crate) row: Option<Located<Entries<Fitting>>>,
    /// The event that closes the window of `never` and `always`; where a `call` or `tell` opens it, one that comes after its answer.
    pub(crate) until: Option<Located<ClosingEvent>>,
    /// The label of the step after which the window opens; the last act unless given.
    pub(crate) since: Option<Text>,
    /// The deadline.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) within: Option<Text>,
    /// Added to the deadline that derives from the subject's pace, for what takes it a time of its own, such as a back-off.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) patience: Option<Text>,
    /// The requirements it judges; none makes it a precondition.
    #[schemars(inner(regex(pattern = "^[A-Z0-9]{2,4}-[0-9]{3}$")))]
    pub(crate) cites: Vec<Text>,
    /// Values to keep: name and where to take it, such as `body.id`.
    pub(crate) capture: Entries<Text>,
    /// Its label, for `since`.
    #[serde(rename = "as")]
    pub(crate) label: Option<Text>,
}

/// The exchange that closes a window.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ClosingEvent {
    /// `POST /registry/heartbeat`, for instance.
    pub(crate) request: Text,
    /// Who sent it; `subject` unless said otherwise.
    #[serde(default)]
    pub(crate) from: Option<Word<Party>>,
    /// Who received it; `platform` unless said otherwise.
    #[serde(default)]
    pub(crate) to: Option<Word<Party>>,
    /// Conditions on its headers.
    #[serde(default)]
    pub(crate) headers: Option<Located<Entries<Fitting>>>,
    /// Conditions on its query parameters.
    #[serde(default)]
    pub(crate) query: Option<Located<Entries<Fitting>>>,
    /// Conditions on its JSON body by dotted path.
    #[serde(default)]
    pub(crate) body: Option<Located<Entries<Fitting>>>,
    /// The status it was answered with.
    #[serde(default)]
    pub(crate) answered: Option<Located<Statuses>>,
    /// Conditions on the answer's JSON body by dotted path.
    #[serde(default)]
    pub(crate) answer: Option<Located<Entries<Fitting>>>,
    /// How many such exchanges close the window.
    #[serde(default)]
    pub(crate) count: Option<Located<Counted>>,
}
