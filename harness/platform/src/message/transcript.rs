//! Redacted copies of headers, bodies and whole requests.

use http::HeaderMap;
use http::request::Parts;
use protocol::Redactor;
use protocol::journal::{Body, Fact, Header, MalformedFact, Party, RequestFact};
use sha2::{Digest as _, Sha256};

use super::carried::{Carried, hexadecimal, take};
use crate::recorder::Recorder;

/// So much is kept of the first line of what is no request.
const LINE_AT_MOST: usize = 200;

/// The headers in wire order, redacted.
pub(crate) fn header_facts(redactor: &Redactor, headers: &HeaderMap) -> Vec<Header> {
    headers
        .iter()
        .map(|(name, value)| Header::new(name.as_str(), redactor.redact_bytes(value.as_bytes())))
        .collect()
}

/// A body as the journal keeps it: redacted text with its size on the wire, or the hash of what is not text.
pub(crate) fn body_fact(redactor: &Redactor, bytes: &[u8]) -> Body {
    let size = bytes.len() as u64;
    match std::str::from_utf8(bytes) {
        Ok(text) => Body {
            size,
            ..Body::text(&redactor.redact(text))
        },
        Err(_) => Body::opaque(size, Some(hexadecimal(&Sha256::digest(bytes)))),
    }
}

/// Records what began like this and did not become a request. A query is left out: it may end in the middle of a credential.
pub(crate) fn note_malformed(
    recorder: &Recorder,
    (to, peer): (Party, Option<String>),
    what: &[u8],
    why: &hyper::Error,
) {
    let line = what
        .split(|byte| matches!(byte, b'\r' | b'\n' | b'?'))
        .next()
        .unwrap_or_default();
    let what = recorder
        .redactor()
        .redact_bytes(line)
        .chars()
        .take(LINE_AT_MOST)
        .collect();
    let why = std::error::Error::source(why).map_or_else(|| why.to_string(), ToString::to_string);
    recorder.record(Fact::Malformed(MalformedFact {
        to,
        peer,
        what,
        why,
    }));
}

/// Takes the body of a request; none if it broke off, which is recorded.
pub(crate) async fn take_or_note(
    recorder: &Recorder,
    receiver: (Party, Option<String>),
    parts: &Parts,
    body: hyper::body::Incoming,
) -> Option<Carried> {
    let error = match take(body).await {
        Ok(carried) => return Some(carried),
        Err(error) => error,
    };
    let line = format!("{} {}", parts.method, parts.uri.path());
    note_malformed(recorder, receiver, line.as_bytes(), &error);
    None
}

/// A request as the journal keeps it. Absolute request lines lose their authority: it is the `Host`.
pub(crate) fn request_fact(
    redactor: &Redactor,
    exchange: u64,
    (from, to, peer): (Party, Party, Option<String>),
    parts: &Parts,
    body: &Carried,
) -> RequestFact {
    RequestFact {
        exchange,
        from,
        to,
        peer,
        method: parts.method.as_str().to_owned(),
        path: redactor.redact(parts.uri.path()),
        query: redactor.redact(parts.uri.query().unwrap_or_default()),
        headers: header_facts(redactor, &parts.headers),
        body: match body {
            Carried::Whole(bytes) => body_fact(redactor, bytes),
            Carried::Streamed { declared, .. } => Body::opaque(*declared, None),
        },
    }
}

#[cfg(test)]
mod tests {
    use protocol::Credential;
    use protocol::credential::CredentialKind;
    use protocol::journal::Content;

    use super::*;

    #[test]
    fn a_credential_in_a_body_is_replaced_and_the_wire_size_is_kept() {
        let redactor = Redactor::new();
        redactor.learn(
            CredentialKind::AuthToken,
            &Credential::new("abcdefghijklmnopqrstuvwxyz"),
        );
        let body = body_fact(&redactor, br#"{"auth_token":"abcdefghijklmnopqrstuvwxyz"}"#);
        assert_eq!(body.size, 43);
        assert_eq!(
            body.content,
            Content::Text(r#"{"auth_token":"«auth-token-1»"}"#.into())
        );
    }

    #[test]
    fn what_is_not_text_is_kept_as_its_hash() {
        let body = body_fact(&Redactor::new(), &[0xff, 0xfe]);
        let Content::Opaque(Some(hash)) = body.content else {
            panic!("kept as text")
        };
        assert!(
            hash.len() == 64 && hash.chars().all(|digit| digit.is_ascii_hexdigit()),
            "{hash}"
        );
    }
}
