//! Requests sent by the stage, messages to the subject, and the answers of peers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::condition::Fitting;
use super::entries::Entries;
use super::number::Statuses;
use super::one_key::one_key;
use super::step::Nothing;
use super::vocabulary::Word;
use super::yaml::{Located, Text, given};
use crate::plan::{Deliver, Part, Receiver};

/// Sends a request; exactly one of get, post, put, patch, delete and mcp.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Call {
    /// Who receives it: the subject, the platform through the operator's side door, or the platform through its edge.
    pub(crate) to: Option<Word<Receiver>>,
    /// Path and query of a GET.
    pub(crate) get: Option<Text>,
    /// Path and query of a POST.
    pub(crate) post: Option<Text>,
    /// Path and query of a PUT.
    pub(crate) put: Option<Text>,
    /// Path and query of a PATCH.
    pub(crate) patch: Option<Text>,
    /// Path and query of a DELETE.
    pub(crate) delete: Option<Text>,
    /// A method of the Model Context Protocol, such as `tools/list`, sent to the subject over its standard input; `json` holds its
    /// parameters.
    pub(crate) mcp: Option<Text>,
    /// The credential after `Bearer `.
    pub(crate) bearer: Option<Text>,
    /// The whole authorization header, where `bearer` is not enough.
    pub(crate) authorization: Option<Text>,
    /// Other headers.
    pub(crate) headers: Entries<Text>,
    /// A JSON body.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) json: Option<Located<Value>>,
    /// A text body.
    pub(crate) text: Option<Located<TextBody>>,
    /// A multipart form of files.
    pub(crate) upload: Option<Located<Vec<UploadFile>>>,
    /// A declared body of which nothing is sent.
    pub(crate) withhold: Option<Located<WithheldBody>>,
    /// Connects to this address of the subject instead of 127.0.0.1.
    pub(crate) host: Option<Text>,
    /// How long the answer may take.
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) within: Option<Text>,
    /// Whether the scenario goes on without waiting for the answer.
    pub(crate) background: Option<bool>,
    /// Whether it is sent again until it is answered as wanted or its time is over; for a subject that is still starting.
    pub(crate) patient: Option<bool>,
    /// The status it must be answered with, or several.
    pub(crate) answers: Option<Located<Statuses>>,
    /// Conditions on the answer's headers.
    pub(crate) answer_headers: Entries<Fitting>,
    /// Conditions on the answer's JSON body by dotted path; the empty path is the whole body.
    pub(crate) answer: Entries<Fitting>,
    /// A condition on the answer's body as text.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) answer_text: Option<Fitting>,
    /// The requirements the answer judges; none makes it a precondition.
    #[schemars(inner(regex(pattern = "^[A-Z0-9]{2,4}-[0-9]{3}$")))]
    pub(crate) cites: Vec<Text>,
    /// Values to keep: name and dotted path in the answer's JSON body.
    pub(crate) capture: Entries<Text>,
    /// Its label, for `since`.
    #[serde(rename = "as")]
    pub(crate) label: Option<Text>,
}

/// A text body.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TextBody {
    /// The text.
    pub(crate) content: Text,
    /// Its media type; `text/plain` unless said otherwise.
    #[serde(default)]
    pub(crate) media_type: Option<Text>,
}

/// A declared body of which nothing is sent.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WithheldBody {
    /// The declared length in bytes.
    pub(crate) length: u64,
    /// Its media type; `application/octet-stream` unless said otherwise.
    #[serde(default)]
    pub(crate) media_type: Option<Text>,
}

/// A file of a multipart form.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct UploadFile {
    /// The file name; a plain field unless given.
    pub(crate) name: Option<Text>,
    /// Its bytes as text.
    pub(crate) content: Option<Text>,
    /// Its media type.
    pub(crate) media_type: Option<Text>,
    /// The form field; `files` unless said otherwise.
    pub(crate) field: Option<Text>,
    /// Size in bytes to which it is filled with zeros.
    pub(crate) size: Option<u64>,
    /// Its bytes in hexadecimal.
    #[schemars(extend("pattern" = "^([0-9a-fA-F]{2})*$"))]
    pub(crate) bytes: Option<Text>,
}

/// Sends an A2A message to the subject.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Tell {
    /// Its text.
    pub(crate) text: Text,
    /// How its part is tagged; `kind` unless said otherwise.
    #[serde(default)]
    pub(crate) part: Option<Word<Part>>,
    /// The way it takes; `direct` unless said otherwise.
    #[serde(default)]
    pub(crate) deliver: Option<Word<Deliver>>,
    /// The peer that sends it, a name under `peers`; the user unless given. A peer's message goes through the platform.
    #[serde(default)]
    pub(crate) from: Option<Text>,
    /// A condition on the text of the answer.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) reply: Option<Fitting>,
    /// How long the answer may take.
    #[serde(default)]
    #[schemars(extend("pattern" = super::duration::PATTERN))]
    pub(crate) within: Option<Text>,
    /// Whether the scenario goes on without waiting for the answer.
    #[serde(default)]
    pub(crate) background: Option<bool>,
    /// The status it must be answered with, or several.
    #[serde(default)]
    pub(crate) answers: Option<Located<Statuses>>,
    /// Conditions on the answer's headers.
    #[serde(default)]
    pub(crate) answer_headers: Entries<Fitting>,
    /// Conditions on the answer's JSON body by dotted path; the empty path is the whole body.
    #[serde(default)]
    pub(crate) answer: Entries<Fitting>,
    /// A condition on the answer's body as text.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) answer_text: Option<Fitting>,
    /// The requirements the answer judges; none makes it a precondition.
    #[serde(default)]
    #[schemars(inner(regex(pattern = "^[A-Z0-9]{2,4}-[0-9]{3}$")))]
    pub(crate) cites: Vec<Text>,
    /// Values to keep: name and dotted path in the answer's JSON body.
    #[serde(default)]
    pub(crate) capture: Entries<Text>,
    /// Its label, for `since`.
    #[serde(default, rename = "as")]
    pub(crate) label: Option<Text>,
}

/// A peer answers differently from now on.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PeerStep {
    /// Its name under `peers`.
    pub(crate) name: Text,
    /// What it answers.
    #[serde(deserialize_with = "one_key")]
    #[schemars(with = "PeerReply")]
    pub(crate) answers: PeerReply,
}

/// What a peer answers.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeerReply {
    /// A message with this text.
    Replies(Text),
    /// This HTTP status.
    Fails(Located<u16>),
    /// It drops the connection, which the platform takes for busy.
    Busy(Nothing),
    /// A JSON-RPC error.
    Errors(Nothing),
}
