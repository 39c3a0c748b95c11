//! Credentials where none may be (TOK-022, SEC-018, ENV-012).

use protocol::journal::{
    AnswerFact, Answerer, DiskCause, DiskFact, Fact, FileState, Header, Party, ProcessChange,
    ProcessFact, RequestFact,
};
use protocol::wire;

use super::super::record::{Exchange, Record};
use super::super::value::decoded;
use super::rule::{Rule, Sighting};
use crate::plan::shown::cut;

/// How placeholders of workspace tokens begin, for every spelling of the token.
pub(super) const AUTH_TOKEN: &str = "«auth-token-";
/// How placeholders of inbound secrets begin.
pub(super) const INBOUND_SECRET: &str = "«inbound-secret-";
/// How placeholders of operators' tokens begin.
const ADMIN_TOKEN: &str = "«admin-token-";

/// Rules about leaks.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "no-credential-in-urls-and-bodies",
        requirements: &["TOK-022"],
        summary: "the workspace's token stands in no path, query, body or header other than `Authorization`",
        see: |_, record| {
            sent_or_answered(
                record,
                AUTH_TOKEN,
                |exchange| in_request(exchange.request, AUTH_TOKEN, false),
                |exchange, answer| in_answer(exchange, answer, AUTH_TOKEN, wire::TOKEN_FILE),
            )
        },
    },
    Rule {
        name: "secret-never-sent",
        requirements: &["SEC-018"],
        summary: "the platform's inbound secret leaves the subject in no request and no answer",
        see: |_, record| {
            sent_or_answered(
                record,
                INBOUND_SECRET,
                |exchange| in_request(exchange.request, INBOUND_SECRET, true),
                |exchange, answer| in_answer(exchange, answer, INBOUND_SECRET, wire::SECRET_FILE),
            )
        },
    },
    Rule {
        name: "no-credential-printed",
        requirements: &["ENV-012"],
        summary: "no credential is printed, in any spelling; eight characters at most",
        see: |_, record| {
            let mut sighting = Sighting::default();
            let known = [AUTH_TOKEN, INBOUND_SECRET]
                .into_iter()
                .filter_map(|mark| known_since(record, mark))
                .min();
            for (seq, line) in record.log() {
                let leaks = [AUTH_TOKEN, INBOUND_SECRET, ADMIN_TOKEN]
                    .iter()
                    .any(|mark| line.line.contains(mark));
                if leaks || known.is_some_and(|known| seq > known) {
                    sighting.judge(seq, leaks.then(|| format!("`{}`", cut(&line.line))));
                }
            }
            sighting
        },
    },
];

/// The event with which the subject could first know a credential of a kind: in an answer it got, in a file planted for it, or in its
/// environment. Who was never given a secret proves nothing by keeping it.
fn known_since(record: Record<'_>, mark: &str) -> Option<u64> {
    let delivered = record
        .exchanges()
        .filter(|exchange| exchange.request.from == Party::Subject)
        .filter_map(|exchange| {
            let (seq, answer) = exchange.answer?;
            answer
                .body
                .as_text()
                .is_some_and(|text| text.contains(mark))
                .then_some(seq)
        });
    let planted = record.events.iter().filter(|event| match &event.fact {
        Fact::Disk(DiskFact {
            cause: DiskCause::Harness,
            state: FileState::Present(file),
            ..
        }) => file
            .content
            .as_deref()
            .is_some_and(|content| content.contains(mark)),
        Fact::Process(ProcessFact {
            change: ProcessChange::Started { environment, .. },
            ..
        }) => environment.iter().any(|variable| variable.contains(mark)),
        _ => false,
    });
    delivered.chain(planted.map(|event| event.seq)).min()
}

/// Judges everything the subject sent or answered since it could know a credential; the conditions say where one stood.
fn sent_or_answered<'r>(
    record: Record<'r>,
    mark: &str,
    sent: impl Fn(&Exchange<'r>) -> Option<String>,
    answered: impl Fn(&Exchange<'r>, &AnswerFact) -> Option<String>,
) -> Sighting {
    let mut sighting = Sighting::default();
    let known = known_since(record, mark);
    for exchange in record.exchanges() {
        let place = if exchange.request.from == Party::Subject {
            Some((exchange.seq, sent(&exchange)))
        } else {
            exchange
                .answer
                .filter(|(_, answer)| answer.by == Answerer::Subject)
                .map(|(seq, answer)| (seq, answered(&exchange, answer)))
        };
        if let Some((seq, place)) = place
            && (place.is_some() || known.is_some_and(|known| seq > known))
        {
            let wrong = place
                .map(|place| format!("{}: a credential stood in {place}", exchange.in_words()));
            sighting.judge(seq, wrong);
        }
    }
    sighting
}

/// Where a credential stands in a request.
pub(super) fn in_request(
    request: &RequestFact,
    mark: &str,
    authorization_too: bool,
) -> Option<String> {
    if request.path.contains(mark) {
        return Some("the path".into());
    }
    if request.query.contains(mark) {
        return Some("the query".into());
    }
    if request
        .body
        .as_text()
        .is_some_and(|text| text.contains(mark))
    {
        return Some("the body".into());
    }
    request
        .headers
        .iter()
        .filter(|header| authorization_too || !header.name.eq_ignore_ascii_case("authorization"))
        .find_map(|header| in_header(header, mark))
}

/// Where a credential stands in an answer of the subject. What the caller itself put into the message may come back, and a file that was
/// asked for by its name is FILE-008's affair.
fn in_answer(
    exchange: &Exchange<'_>,
    answer: &AnswerFact,
    mark: &str,
    file: &str,
) -> Option<String> {
    if let Some(place) = answer
        .headers
        .iter()
        .find_map(|header| in_header(header, mark))
    {
        return Some(format!("the answer's {place}"));
    }
    let request = exchange.request;
    let was_given = in_request(request, mark, false).is_some();
    let was_asked_for =
        decoded(&request.query).contains(file) || decoded(&request.path).contains(file);
    let leaks = answer
        .body
        .as_text()
        .is_some_and(|text| text.contains(mark));
    (leaks && !was_given && !was_asked_for).then(|| "the answer's body".into())
}

fn in_header(header: &Header, mark: &str) -> Option<String> {
    header
        .value
        .contains(mark)
        .then(|| format!("`headers.{}`", header.name))
}
