//! What the stage's own calls were answered.

use std::collections::BTreeMap;

use itertools::Itertools as _;
use protocol::journal::{AnswerFact, Answerer, Party};
use serde_json::Value;

use super::condition::{captured, difference, resolved, text_difference};
use super::finding::{Difference, NearestMiss, in_a_line};
use super::observation::{Observation, Progress};
use super::record::{Exchange, ending, joined};
use super::value::{Reading, at_path, json_of};
use super::variable::{Captures, Context, Unresolved};
use super::verdict::Blame;
use crate::plan::{Answered, Call, Deliver, Matcher, Receiver, Step, Tell};

/// Whether an answer is asked for at all.
pub(crate) fn asks(answered: &Answered, reply: Option<&Matcher>) -> bool {
    reply.is_some()
        || answered.text.is_some()
        || !(answered.status.is_empty()
            && answered.headers.is_empty()
            && answered.body.is_empty()
            && answered.cites.is_empty()
            && answered.capture.is_empty())
}

/// What a call was answered.
pub(crate) fn observe_call(step: &Step, call: &Call, context: &Context<'_>) -> Observation {
    let to = match call.to {
        Receiver::Subject => Party::Subject,
        Receiver::Platform | Receiver::Edge => Party::Platform,
    };
    let path = context.resolve(&call.path).ok();
    let path = path
        .as_deref()
        .map(|path| path.split('?').next().unwrap_or_default());
    let exchange = sent(step, to, &call.method, path, context);
    let what = format!(
        "`{} {}` to the {}",
        call.method,
        path.unwrap_or("…"),
        to.name()
    );
    observe_answer(what, &call.answered, None, exchange, context)
}

/// What a message was answered.
pub(crate) fn observe_tell(step: &Step, tell: &Tell, context: &Context<'_>) -> Observation {
    let to = match tell.deliver {
        Deliver::Direct => Party::Subject,
        Deliver::Platform => Party::Platform,
    };
    let exchange = sent(step, to, "POST", None, context);
    let what = format!("a message to the {}", to.name());
    observe_answer(what, &tell.answered, tell.reply.as_ref(), exchange, context)
}

/// The exchange that a step began: the one with its request line, or at least with its method.
fn sent<'a>(
    step: &Step,
    to: Party,
    method: &str,
    path: Option<&str>,
    context: &Context<'a>,
) -> Option<Exchange<'a>> {
    let begun = context.record.begun(step.index)?;
    let candidates = || {
        context
            .record
            .exchanges_since(Some(begun))
            .filter(move |exchange| {
                let request = exchange.request;
                request.from == Party::Harness
                    && request.to == to
                    && request.method.eq_ignore_ascii_case(method)
            })
    };
    let exact = path.and_then(|path| candidates().find(|exchange| exchange.request.path == path));
    exact.or_else(|| candidates().next())
}

fn observe_answer(
    what: String,
    answered: &Answered,
    reply: Option<&Matcher>,
    exchange: Option<Exchange<'_>>,
    context: &Context<'_>,
) -> Observation {
    let conditions = match Conditions::resolve(answered, reply, context) {
        Ok(conditions) => conditions,
        Err(unresolved) => return Observation::unresolved(what, &unresolved),
    };
    let expected = format!("{what}{}", conditions.described());
    let Some(exchange) = exchange else {
        return Observation {
            inconclusive: Some("the request was never sent".into()),
            blame: Blame::Harness,
            ..Observation::pending(expected, "the request was never sent")
        };
    };
    let Some((answer_seq, answer)) = exchange.answer else {
        return unanswered(expected, &exchange, "no answer was recorded");
    };
    if answer.status.is_none() {
        return unanswered(expected, &exchange, ending(answer));
    }
    let differences = conditions.differences(answer);
    if differences.is_empty() {
        let captures = captures_of(&answered.capture, answer);
        let witness = vec![exchange.seq, answer_seq];
        return Observation {
            captures,
            ..Observation::met(expected, exchange.in_words(), witness)
        };
    }
    Observation {
        progress: Progress::Violated,
        witness: vec![exchange.seq, answer_seq],
        came: true,
        around: Some(answer_seq),
        blame: blamed(answer.by),
        nearest_miss: Some(NearestMiss {
            seq: answer_seq,
            what: exchange.in_words(),
            differences: differences.clone(),
        }),
        ..Observation::pending(
            expected,
            format!("{}: {}", exchange.in_words(), in_a_line(&differences)),
        )
    }
}

/// A subject that hangs, resets or crashes instead of answering breaks what its answer should have shown; the platform's silence
/// proves nothing about the subject.
fn unanswered(expected: String, exchange: &Exchange<'_>, why: &str) -> Observation {
    let over = exchange.answer.map(|(seq, _)| seq);
    let to_subject = exchange.request.to == Party::Subject;
    let excused = over.is_none() || !to_subject;
    Observation {
        progress: if over.is_some() {
            Progress::Violated
        } else {
            Progress::Pending
        },
        witness: if excused {
            Vec::new()
        } else {
            vec![exchange.seq]
        },
        around: Some(over.unwrap_or(exchange.seq)),
        inconclusive: excused.then(|| format!("the call was not answered: {why}")),
        blame: if to_subject {
            Blame::Subject
        } else {
            Blame::Platform
        },
        ..Observation::pending(expected, format!("{}: {why}", exchange.in_words()))
    }
}

fn blamed(answerer: Answerer) -> Blame {
    match answerer {
        Answerer::Platform => Blame::Platform,
        Answerer::Edge | Answerer::WebApp => Blame::Edge,
        Answerer::Fault | Answerer::Peer => Blame::Harness,
        Answerer::Subject | Answerer::Nobody => Blame::Subject,
    }
}

fn captures_of(names: &BTreeMap<String, String>, answer: &AnswerFact) -> Captures {
    let json = answer.body.as_json();
    names
        .iter()
        .map(|(name, path)| {
            (
                name.clone(),
                captured(json.as_ref().and_then(|json| at_path(json, path)), path),
            )
        })
        .collect()
}

/// What an answer must be, with variables replaced.
struct Conditions {
    status: Vec<u16>,
    headers: BTreeMap<String, Matcher>,
    body: BTreeMap<String, Matcher>,
    text: Option<Matcher>,
    reply: Option<Matcher>,
}

impl Conditions {
    fn resolve(
        answered: &Answered,
        reply: Option<&Matcher>,
        context: &Context<'_>,
    ) -> Result<Self, Unresolved> {
        Ok(Self {
            status: answered.status.clone(),
            headers: resolved_map(&answered.headers, context)?,
            body: resolved_map(&answered.body, context)?,
            text: answered
                .text
                .as_ref()
                .map(|text| resolved(text, context))
                .transpose()?,
            reply: reply.map(|reply| resolved(reply, context)).transpose()?,
        })
    }

    fn differences(&self, answer: &AnswerFact) -> Vec<Difference> {
        let mut differences = Vec::new();
        differences.extend(status_difference(&self.status, Some(answer)));
        for (name, matcher) in &self.headers {
            let value = joined(&answer.headers, name);
            differences.extend(text_difference(
                format!("answer-headers.{name}"),
                matcher,
                value.as_deref(),
            ));
        }
        differences.extend(body_differences("answer", &self.body, &answer.body));
        if let Some(matcher) = &self.text {
            differences.extend(text_difference(
                "answer-text",
                matcher,
                answer.body.as_text(),
            ));
        }
        if let Some(matcher) = &self.reply {
            let reply = answer.body.as_json().as_ref().and_then(reply_text);
            differences.extend(text_difference("reply", matcher, reply.as_deref()));
        }
        differences
    }

    fn described(&self) -> String {
        let mut parts = Vec::new();
        if !self.status.is_empty() {
            parts.push(format!("answered {}", statuses(&self.status)));
        }
        let named = |prefix: &str, map: &BTreeMap<String, Matcher>| {
            map.iter()
                .map(|(name, matcher)| format!("`{prefix}{name}` {matcher}"))
                .collect::<Vec<_>>()
        };
        parts.extend(named("answer-headers.", &self.headers));
        parts.extend(named("answer.", &self.body));
        parts.extend(
            self.text
                .as_ref()
                .map(|text| format!("the body as text {text}")),
        );
        parts.extend(
            self.reply
                .as_ref()
                .map(|reply| format!("the reply {reply}")),
        );
        if parts.is_empty() {
            ", answered".into()
        } else {
            format!(", {}", parts.join(" and "))
        }
    }
}

/// Conditions by name with variables replaced.
pub(crate) fn resolved_map(
    conditions: &BTreeMap<String, Matcher>,
    context: &Context<'_>,
) -> Result<BTreeMap<String, Matcher>, Unresolved> {
    conditions
        .iter()
        .map(|(name, matcher)| Ok((name.clone(), resolved(matcher, context)?)))
        .collect()
}

/// The difference of a status, if there is one; an answer without a status line differs from any.
pub(crate) fn status_difference(wanted: &[u16], answer: Option<&AnswerFact>) -> Option<Difference> {
    let status = answer.and_then(|answer| answer.status);
    let fits = status.is_some_and(|status| wanted.is_empty() || wanted.contains(&status));
    if fits {
        return None;
    }
    let expected = if wanted.is_empty() {
        "any status".into()
    } else {
        statuses(wanted)
    };
    let seen = match (answer, status) {
        (None, _) => "nothing so far".into(),
        (Some(answer), None) => format!("nothing: {}", ending(answer)),
        (_, Some(status)) => status.to_string(),
    };
    Some(Difference::new("answered", expected, seen))
}

/// The differences of a JSON body; a body that was not kept whole differs from every condition.
pub(crate) fn body_differences(
    prefix: &str,
    conditions: &BTreeMap<String, Matcher>,
    body: &protocol::journal::Body,
) -> Vec<Difference> {
    if conditions.is_empty() {
        return Vec::new();
    }
    let json = json_of(body);
    let mut differences = Vec::new();
    for (path, matcher) in conditions {
        let field = if path.is_empty() {
            prefix.to_owned()
        } else {
            format!("{prefix}.{path}")
        };
        let found = match &json {
            Reading::Known(value) => difference(field, matcher, at_path(value, path)),
            Reading::NotJson => difference(field, matcher, None),
            Reading::Unknown => Some(Difference::new(
                field,
                matcher.to_string(),
                "unknown: the body was not kept whole",
            )),
        };
        differences.extend(found);
    }
    differences
}

/// Statuses for people.
pub(crate) fn statuses(statuses: &[u16]) -> String {
    statuses.iter().map(u16::to_string).join(" or ")
}

/// The text of an A2A answer that the platform can read (contract A2A-004): the parts of kind `text` of the result, or else of its
/// artifacts, joined. The platform does not read parts that are tagged otherwise.
fn reply_text(answer: &Value) -> Option<String> {
    let result = answer.get("result")?;
    let mut texts = parts_text(result.get("parts"));
    if texts.is_empty() {
        for artifact in result["artifacts"].as_array().into_iter().flatten() {
            texts.extend(parts_text(artifact.get("parts")));
        }
    }
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn parts_text(parts: Option<&Value>) -> Vec<&str> {
    let is_text = |part: &&Value| part["kind"].as_str() == Some("text");
    parts
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(is_text)
        .filter_map(|part| part["text"].as_str())
        .collect()
}
