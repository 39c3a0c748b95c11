//! Requests sent by the stage, messages to the subject, and what must be answered.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use protocol::{RequirementId, wire};
use serde_json::Value;

use super::captures::OfAnswer;
use super::matcher::Matcher;
use super::shown;
use crate::diagnostic::Code;
use crate::reading::{
    Cites, Family, Field, Hexadecimal, Json, Keys, Read, Reader, Record, Statuses, Tag, Template,
    record, tags, words,
};
use crate::yaml::Node;

/// A request sent by the stage.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who receives it.
    pub to: Receiver,
    /// Upper case.
    pub method: String,
    /// Path and query.
    pub path: Template,
    /// What is sent.
    pub body: CallBody,
    /// How it is sent.
    pub manner: Manner,
    /// What the answer must be.
    pub answered: Answered,
}

record! {
    /// How a request is sent.
    pub struct Manner: Default {
        /// The credential after `Bearer `; absent sends no authorization.
        pub bearer: Option<Template>,
        /// The whole authorization header, where `bearer` is not enough; hexadecimal escapes `\xNN` are bytes.
        pub authorization: Option<Template>,
        /// Other headers.
        pub headers: BTreeMap<String, Template> = BTreeMap::new(),
        /// Connects to this address of the subject instead of 127.0.0.1.
        pub host: Option<String>,
        /// How long the answer may take.
        pub within: Option<Duration>,
        /// Whether the scenario goes on without waiting for the answer; a later step may expect the exchange.
        pub background: bool = false,
        /// Whether it is sent again until it is answered as wanted or its time is over, for a subject that is still starting; the last try is
        /// the one that is judged.
        pub patient: bool = false,
    }

    /// What an answer must be.
    pub struct Answered: Default {
        /// The status it must be answered with, or several; any unless given.
        pub status ["answers"]: Vec<u16> as Statuses = Vec::new(),
        /// Conditions on the answer's headers.
        pub headers ["answer-headers"]: BTreeMap<String, Matcher> = BTreeMap::new(),
        /// Conditions on the answer's JSON body by dotted path (`result.parts.0.text`); the empty path is the whole body.
        pub body ["answer"]: BTreeMap<String, Matcher> = BTreeMap::new(),
        /// A condition on the answer's body as text.
        pub text ["answer-text"]: Option<Matcher>,
        /// The requirements the answer judges; none makes it a precondition.
        pub cites: Vec<RequirementId> as Cites = Vec::new(),
        /// Values to keep for templates: name and dotted path in the answer's JSON body.
        pub capture: BTreeMap<String, String> as OfAnswer = BTreeMap::new(),
    }

    /// An A2A message to the subject.
    pub struct Tell {
        /// Its text.
        pub text: Template,
        /// How its part is tagged; `kind` unless said otherwise.
        pub part: Part = Part::Kind,
        /// The peer that sends it, a name under `peers`; the user unless given. A peer's message goes through the platform.
        pub from: Option<String> as Option<PeerName>,
        /// The way it takes; `direct` unless said otherwise.
        pub deliver: Deliver = way(from.as_ref()),
        /// A condition on the text of the answer.
        pub reply: Option<Matcher>,
        /// How long the answer may take.
        pub within: Option<Duration>,
        /// Whether the scenario goes on without waiting for the answer.
        pub background: bool = false;
        /// What the answer must be otherwise.
        pub answered: Answered,
    }
}

words! {
    /// Who a call goes to.
    pub enum Receiver = "receiver" {
        /// The runtime under test, at the address it was told to listen on.
        Subject = "subject",
        /// The platform, through the operator's side door (no edge).
        Platform = "platform",
        /// The platform, through the edge like any client.
        Edge = "edge",
    }
}

/// The body of a call.
#[derive(Debug, Clone)]
pub enum CallBody {
    /// No body.
    Empty,
    /// JSON; strings in it are templates.
    Json(Value),
    /// A text with a media type.
    Text(TextBody),
    /// A multipart form of files.
    Uploads(Vec<Upload>),
    /// A declared length of which nothing is ever sent: an answer proves that the body was not waited for.
    Withheld(WithheldBody),
}

record! {
    /// A text body.
    pub struct TextBody {
        /// The text.
        pub content: Template,
        /// Its media type; `text/plain` unless said otherwise.
        pub media_type: String = "text/plain".into(),
    }

    /// A declared body of which nothing is sent.
    pub struct WithheldBody {
        /// The declared length in bytes.
        pub length: u64,
        /// Its media type; `application/octet-stream` unless said otherwise.
        pub media_type: String = "application/octet-stream".into(),
    }

    /// A file of a multipart form.
    pub struct Upload {
        /// The file name; a plain field unless given.
        pub name: Option<Template>,
        /// Its bytes as text.
        pub content: Template = Template::literal(""),
        /// Its media type.
        pub media_type: Option<String>,
        /// The form field; `files` unless said otherwise.
        pub field: String = "files".into(),
        /// Size in bytes to which it is filled with zeros.
        pub size: Option<u64>,
        /// Its bytes in hexadecimal.
        pub bytes: Option<Vec<u8>> as Option<Hexadecimal>,
    }
}

words! {
    /// How a text part is tagged (contract 9.6).
    pub enum Part = "part" {
        /// `{"kind":"text"}`.
        Kind = "kind",
        /// `{"type":"text"}`.
        Type = "type",
    }

    /// The way a message takes.
    pub enum Deliver = "way of delivery" {
        /// Straight to the subject's port, as the platform's proxy does.
        Direct = "direct",
        /// Through the platform, without `X-Workspace-ID`, as the web app does.
        Platform = "platform",
    }
}

/// A name under `peers`.
pub(super) struct PeerName;

impl Read<String> for PeerName {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
        reader.peer(node)
    }
}

fn way(from: Option<&Option<String>>) -> Deliver {
    if from.is_some_and(Option::is_some) {
        Deliver::Platform
    } else {
        Deliver::Direct
    }
}

tags! {
    /// The request of a call.
    enum Method {
        Get => "get",
        Post => "post",
        Put => "put",
        Patch => "patch",
        Delete => "delete",
        Mcp => "mcp",
    }

    fn fields(self) -> Vec<Field> {
        let description = match self {
            Self::Get => "Path and query of a GET.",
            Self::Post => "Path and query of a POST.",
            Self::Put => "Path and query of a PUT.",
            Self::Patch => "Path and query of a PATCH.",
            Self::Delete => "Path and query of a DELETE.",
            Self::Mcp => {
                "A method of the Model Context Protocol, such as `tools/list`, sent to the subject over its standard input; `json` holds its parameters."
            }
        };
        vec![Field::optional::<String>(self.name(), description)]
    }
}

const METHODS: Family = Family {
    code: Code::CallMethod,
    none: (
        Code::CallMethod,
        "a call without a method",
        "which request?",
        "give it a method with a path: `get: /health`",
    ),
    two: |first, second| {
        format!(
            "a call is both a {} and a {}",
            first.to_uppercase(),
            second.to_uppercase()
        )
    },
    several: ("method", "write two calls"),
    foreign: |key, method| format!("the key `{key}` does not belong to `{method}`"),
};

tags! {
    /// The body of a call.
    enum Body { Json => "json", Text => "text", Upload => "upload", Withhold => "withhold" }

    fn fields(self) -> Vec<Field> {
        vec![match self {
            Self::Json => Field { shape: <Json as Read<Value>>::shape, ..Field::optional::<String>("json", "A JSON body.") },
            Self::Text => Field::optional::<TextBody>("text", "A text body."),
            Self::Upload => Field::optional::<Vec<Upload>>("upload", "A multipart form of files."),
            Self::Withhold => Field::optional::<WithheldBody>("withhold", "A declared body of which nothing is sent."),
        }]
    }
}

impl Call {
    /// The keys of a call.
    pub(super) fn fields() -> Vec<Field> {
        let to = "Who receives it: the subject, the platform through the operator's side door, or the platform through its edge.";
        let mut fields = vec![Field::required::<Receiver>("to", to)];
        fields.extend(Manner::fields());
        fields.extend(Answered::fields());
        Field::of_family::<Body>(Field::of_family::<Method>(fields))
    }

    /// A request with exactly one method.
    pub(super) fn take(
        keys: &mut Keys<'_>,
        step: &Range<usize>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let to = keys.take("to");
        if to.is_none() {
            reader
                .report(Code::MissingKey, step, "the key `to` is missing")
                .label("who receives it?")
                .help("write `to: subject`, `to: platform` or `to: edge`");
        }
        let to = to.and_then(|to| reader.read(to));
        if to == Some(Receiver::Subject) {
            reader.must_be_started(step);
        }
        let method = keys.choose::<Method>(&METHODS, step, reader);
        let line = method.and_then(|method| line(method, keys, reader));
        if let (Some(bearer), Some(whole)) = (keys.peek("bearer"), keys.peek("authorization")) {
            let context = reader.document.original(&bearer.mark);
            let message = "`authorization` and `bearer` are the same header";
            reader
                .report(Code::ForeignKey, &whole.mark, message)
                .label("the whole header")
                .context(context, "its credential")
                .help("keep one of the two");
        }
        let body = CallBody::take(keys, reader);
        let manner = Manner::take(keys, reader);
        let answered = Answered::take(keys, reader);
        let (method, path) = line?;
        Some(Self {
            to: to?,
            method,
            path,
            body: body?,
            manner: manner?,
            answered: answered?,
        })
    }

    /// What is sent where, in a line.
    pub(super) fn summary(&self) -> String {
        let path = self.path.to_string();
        let path = if self.method == wire::MCP_METHOD {
            path.trim_start_matches('/')
        } else {
            &path
        };
        let receiver = match self.to {
            Receiver::Edge => "the platform's edge",
            Receiver::Platform => "the platform",
            Receiver::Subject => "the subject",
        };
        format!(
            "call {} {path} on {receiver}{}",
            self.method,
            shown::statuses(" answered", &self.answered.status)
        )
    }
}

/// Method and path; the method of an MCP request stands in the place of a path.
fn line(
    method: Method,
    keys: &mut Keys<'_>,
    reader: &mut Reader<'_>,
) -> Option<(String, Template)> {
    let node = keys.take(method.name())?;
    let text = reader.text(node)?;
    if method == Method::Mcp {
        if text.is_empty() || text.starts_with('/') || text.contains(' ') {
            let message = format!("`{text}` is not a method of MCP");
            reader
                .report(Code::BadRequestLine, &node.mark, message)
                .help("write `tools/list`, for instance");
        }
        return Some((
            wire::MCP_METHOD.to_owned(),
            Template::literal(format!("/{text}")),
        ));
    }
    if !text.starts_with(['/', '$']) {
        let message = format!("`{text}` is not a path");
        reader
            .report(Code::BadRequestLine, &node.mark, message)
            .help(format!("a path begins with `/`: `/{text}`"));
    }
    Some((
        method.name().to_uppercase(),
        Template::check(&text, node, reader)?,
    ))
}

impl CallBody {
    fn take(keys: &mut Keys<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let given: Vec<(Body, &Node)> = Body::ALL
            .iter()
            .filter_map(|body| Some((*body, keys.take(body.name())?)))
            .collect();
        if let [(_, first), (_, second), ..] = given.as_slice() {
            let context = reader.document.original(&second.mark);
            reader
                .report(Code::CallBody, &first.mark, "a call has two bodies")
                .label("one body")
                .context(context, "another body")
                .help("keep one of `json`, `text`, `upload`, `withhold`");
        }
        let Some((body, node)) = given.first() else {
            return Some(Self::Empty);
        };
        match body {
            Body::Json => Json::read(node, reader).map(Self::Json),
            Body::Text => reader.read(node).map(Self::Text),
            Body::Upload => reader.read(node).map(Self::Uploads),
            Body::Withhold => reader.read(node).map(Self::Withheld),
        }
    }
}

impl Tell {
    /// A one-line summary.
    pub(super) fn summary(&self) -> String {
        let answered = shown::statuses(", answered", &self.answered.status);
        let reply = self
            .reply
            .as_ref()
            .map(|reply| format!(", reply {reply}"))
            .unwrap_or_default();
        format!(
            "tell the subject `{}`{answered}{reply}",
            shown::cut(&self.text.to_string())
        )
    }
}
