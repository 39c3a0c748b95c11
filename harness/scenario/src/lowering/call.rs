//! Requests sent by the stage, messages to the subject, and the answers of peers.

use std::collections::BTreeMap;
use std::ops::Range;

use protocol::{PeerBehaviour, wire};

use super::context::Context;
use crate::diagnostic::Code;
use crate::language::{Call as Written, Entries, Located, PeerReply, Tell as WrittenTell, Text, UploadFile};
use crate::plan::{Answered, Call, CallBody, Deliver, Part, Receiver, Tell, Template, Upload};

impl Context<'_> {
    /// A request with exactly one method.
    pub(crate) fn call(&mut self, written: &Written, step: &Range<usize>) -> Option<Call> {
        let to = written.to.as_ref().and_then(|word| self.checked_word(word));
        if written.to.is_none() {
            self.report_at(Code::MissingKey, step, "the key `to` is missing", |it| {
                it.label("who receives it?").help("write `to: subject`, `to: platform` or `to: edge`")
            });
        }
        if to == Some(Receiver::Subject) {
            self.must_be_started(step);
        }
        let line = self.call_line(written, step);
        if let (Some(bearer), Some(whole)) = (&written.bearer, &written.authorization) {
            let context = self.document.original(&bearer.mark);
            self.report(Code::ForeignKey, whole, "`authorization` and `bearer` are the same header", |it| {
                it.label("the whole header").context(context, "its credential").help("keep one of the two")
            });
        }
        let body = self.call_body(written);
        let headers = self.templates(&written.headers);
        let bearer = self.maybe_template(written.bearer.as_ref());
        let authorization = self.maybe_template(written.authorization.as_ref());
        let within = self.duration(written.within.as_ref());
        let status = self.statuses(written.answers.as_ref());
        let answered = Answered {
            status,
            headers: self.matchers(&written.answer_headers),
            body: self.matchers(&written.answer),
            text: self.maybe_matcher(written.answer_text.as_ref()),
            cites: self.cites(&written.cites),
            capture: self.captures(&written.capture),
        };
        let (method, path) = line?;
        Some(Call {
            to: to?,
            method: method.to_owned(),
            path,
            headers,
            bearer,
            authorization,
            body,
            host: written.host.as_ref().map(|host| host.value.clone()),
            within,
            background: written.background.unwrap_or_default(),
            patient: written.patient.unwrap_or_default(),
            answered,
        })
    }

    fn call_line(&mut self, written: &Written, step: &Range<usize>) -> Option<(&'static str, Template)> {
        let lines: Vec<(&'static str, &Text)> = [
            ("GET", &written.get),
            ("POST", &written.post),
            ("PUT", &written.put),
            ("PATCH", &written.patch),
            ("DELETE", &written.delete),
        ]
        .into_iter()
        .filter_map(|(method, path)| Some((method, path.as_ref()?)))
        .collect();
        if let (Some(method), []) = (&written.mcp, lines.as_slice()) {
            return Some((wire::MCP_METHOD, self.mcp_method(method)));
        }
        let lines: Vec<_> =
            lines.into_iter().chain(written.mcp.as_ref().map(|method| (wire::MCP_METHOD, method))).collect();
        match lines.as_slice() {
            [(method, path)] => Some((method, self.call_path(path))),
            [] => {
                self.report_at(Code::CallMethod, step, "a call without a method", |it| {
                    it.label("which request?").help("give it a method with a path: `get: /health`")
                });
                None
            }
            [(first, path), (second, other), ..] => {
                let context = self.document.original(&other.mark);
                let message = format!("a call is both a {first} and a {second}");
                self.report(Code::CallMethod, path, message, |it| {
                    it.label("one method").context(context, "another method").help("write two calls")
                });
                None
            }
        }
    }

    /// The method of an MCP request, in the place of a path.
    fn mcp_method(&mut self, method: &Text) -> Template {
        if method.value.is_empty() || method.value.starts_with('/') || method.value.contains(' ') {
            let message = format!("`{}` is not a method of MCP", method.value);
            self.report(Code::BadRequestLine, method, message, |it| {
                it.help("write `tools/list`, for instance")
            });
        }
        Template::literal(format!("/{}", method.value))
    }

    fn call_body(&mut self, written: &Written) -> CallBody {
        let given: Vec<Range<usize>> = [
            written.json.as_ref().map(|body| body.mark.clone()),
            written.text.as_ref().map(|body| body.mark.clone()),
            written.upload.as_ref().map(|body| body.mark.clone()),
            written.withhold.as_ref().map(|body| body.mark.clone()),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let [first, second, ..] = given.as_slice() {
            let context = self.document.original(second);
            self.report_at(Code::CallBody, first, "a call has two bodies", |it| {
                it.label("one body")
                    .context(context, "another body")
                    .help("keep one of `json`, `text`, `upload`, `withhold`")
            });
        }
        if let Some(json) = &written.json {
            CallBody::Json(self.json(json))
        } else if let Some(text) = &written.text {
            let media_type = Self::literal(text.value.media_type.as_ref(), "text/plain");
            CallBody::Text { text: self.template(&text.value.content), media_type }
        } else if let Some(files) = &written.upload {
            CallBody::Uploads(files.value.iter().map(|file| self.upload(file)).collect())
        } else if let Some(body) = &written.withhold {
            let media_type = Self::literal(body.value.media_type.as_ref(), "application/octet-stream");
            CallBody::Withheld { length: body.value.length, media_type }
        } else {
            CallBody::Empty
        }
    }

    fn upload(&mut self, file: &UploadFile) -> Upload {
        Upload {
            field: Self::literal(file.field.as_ref(), "files"),
            name: self.maybe_template(file.name.as_ref()),
            media_type: file.media_type.as_ref().map(|text| text.value.clone()),
            content: self.template_or_empty(file.content.as_ref()),
            bytes: self.bytes(file.bytes.as_ref()),
            size: file.size,
        }
    }

    /// A message to the subject.
    pub(crate) fn tell(&mut self, written: &WrittenTell, step: &Range<usize>) -> Tell {
        self.must_be_started(step);
        if let Some(peer) = written.from.as_ref().filter(|peer| !self.scope.peers.contains(&peer.value)) {
            self.unknown_peer(&peer.value, &peer.mark);
        }
        let usual = if written.from.is_some() { Deliver::Platform } else { Deliver::default() };
        Tell {
            text: self.template(&written.text),
            part: self.word(written.part.as_ref(), Part::default()),
            deliver: self.word(written.deliver.as_ref(), usual),
            from: written.from.as_ref().map(|peer| peer.value.clone()),
            within: self.duration(written.within.as_ref()),
            background: written.background.unwrap_or_default(),
            reply: self.maybe_matcher(written.reply.as_ref()),
            answered: Answered {
                status: self.statuses(written.answers.as_ref()),
                headers: self.matchers(&written.answer_headers),
                body: self.matchers(&written.answer),
                text: self.maybe_matcher(written.answer_text.as_ref()),
                cites: self.cites(&written.cites),
                capture: self.captures(&written.capture),
            },
        }
    }

    /// What a peer answers.
    pub(crate) fn peer_answer(&mut self, reply: &PeerReply) -> PeerBehaviour {
        match reply {
            PeerReply::Replies(text) => PeerBehaviour::Replies(text.value.clone()),
            PeerReply::Fails(status) => PeerBehaviour::Fails(self.status(status.value, status)),
            PeerReply::Busy(_) => PeerBehaviour::Busy,
            PeerReply::Errors(_) => PeerBehaviour::errors(),
        }
    }

    /// Names captured from an answer's JSON body.
    pub(crate) fn captures(&mut self, entries: &Entries<Text>) -> BTreeMap<String, String> {
        for (name, _) in entries.iter() {
            self.capture_name(name);
        }
        entries.iter().map(|(name, place)| (name.value.clone(), place.value.clone())).collect()
    }

    /// Names captured from an observed exchange.
    pub(crate) fn observed_captures(&mut self, entries: &Entries<Text>) -> BTreeMap<String, String> {
        for (_, place) in entries.iter() {
            let part = place.value.split('.').next().unwrap_or_default();
            if !["body", "query", "headers", "path", "answer"].contains(&part) {
                let message = format!("`{}` is not a place in an exchange", place.value);
                self.report(Code::BadCapture, place, message, |it| {
                    it.help("write `body.id`, `query.path`, `headers.origin`, `path`, `answer.status` or `answer.body.id`")
                });
            }
        }
        self.captures(entries)
    }

    fn capture_name(&mut self, name: &Located<String>) {
        if self.scope.knows(&name.value) {
            let message = format!("`{}` has a value already", name.value);
            self.report(Code::RepeatedCapture, name, message, |it| {
                it.label("captured again").help("take another name")
            });
        }
        self.scope.captured.push(name.value.clone());
    }
}
