//! Credentials where none may be (TOK-022, SEC-018, ENV-012).

use protocol::journal::{AnswerFact, Answerer, Event, Fact, Header, Party, PlatformChange, RequestFact};
use protocol::wire;

use super::super::record::{Exchange, Record};
use super::super::value::{cut, decoded};
use super::rule::{Rule, Sighting};

/// How placeholders of workspace tokens begin, in whatever spelling the token travelled.
pub(super) const AUTH_TOKEN: &str = "«auth-token-";
/// How placeholders of inbound secrets begin.
const INBOUND_SECRET: &str = "«inbound-secret-";
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
                is_token,
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
                is_secret,
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
            let Some(known) = known_since(record, |change| is_token(change) || is_secret(change)) else {
                return sighting;
            };
            for (seq, line) in record.log().filter(|(seq, _)| *seq > known) {
                let leaks =
                    [AUTH_TOKEN, INBOUND_SECRET, ADMIN_TOKEN].iter().any(|mark| line.line.contains(mark));
                sighting.judge(seq, if leaks { Err(format!("`{}`", cut(&line.line))) } else { Ok(()) });
            }
            sighting
        },
    },
];

fn is_token(change: &PlatformChange) -> bool {
    matches!(change, PlatformChange::TokenIssued(_))
}

fn is_secret(change: &PlatformChange) -> bool {
    matches!(change, PlatformChange::SecretSet(_))
}

/// The event with which the first credential of a kind came into the world.
fn known_since(record: &Record<'_>, is_kind: impl Fn(&PlatformChange) -> bool) -> Option<u64> {
    let is_birth = |event: &&Event| matches!(&event.fact, Fact::Platform(fact) if is_kind(&fact.change));
    record.events.iter().find(is_birth).map(|event| event.seq)
}

/// Judges everything the subject sent or answered since a credential exists; the conditions say where one stood.
fn sent_or_answered<'r>(
    record: &Record<'r>,
    is_kind: impl Fn(&PlatformChange) -> bool,
    sent: impl Fn(&Exchange<'r>) -> Option<String>,
    answered: impl Fn(&Exchange<'r>, &AnswerFact) -> Option<String>,
) -> Sighting {
    let mut sighting = Sighting::default();
    let Some(known) = known_since(record, is_kind) else { return sighting };
    for exchange in &record.exchanges {
        let place = if exchange.request.from == Party::Subject && exchange.seq > known {
            Some((exchange.seq, sent(exchange)))
        } else {
            exchange
                .answer
                .filter(|(seq, answer)| answer.by == Answerer::Subject && *seq > known)
                .map(|(seq, answer)| (seq, answered(exchange, answer)))
        };
        if let Some((seq, place)) = place {
            let wrong = place.map(|place| format!("{}: a credential stood in {place}", exchange.in_words()));
            sighting.judge(seq, wrong.map_or(Ok(()), Err));
        }
    }
    sighting
}

/// Where a credential stands in a request.
pub(super) fn in_request(request: &RequestFact, mark: &str, authorization_too: bool) -> Option<String> {
    if request.path.contains(mark) {
        return Some("the path".into());
    }
    if request.query.contains(mark) {
        return Some("the query".into());
    }
    if request.body.as_text().is_some_and(|text| text.contains(mark)) {
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
fn in_answer(exchange: &Exchange<'_>, answer: &AnswerFact, mark: &str, file: &str) -> Option<String> {
    if let Some(place) = answer.headers.iter().find_map(|header| in_header(header, mark)) {
        return Some(format!("the answer's {place}"));
    }
    let request = exchange.request;
    let was_given = in_request(request, mark, false).is_some();
    let was_asked_for = decoded(&request.query).contains(file) || decoded(&request.path).contains(file);
    let leaks = answer.body.as_text().is_some_and(|text| text.contains(mark));
    (leaks && !was_given && !was_asked_for).then(|| "the answer's body".into())
}

fn in_header(header: &Header, mark: &str) -> Option<String> {
    header.value.contains(mark).then(|| format!("`headers.{}`", header.name))
}
