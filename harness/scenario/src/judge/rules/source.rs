//! Who an A2A post comes from (A2A).

use std::collections::BTreeMap;

use protocol::journal::{Answerer, Outcome, Party};
use protocol::wire;

use super::super::record::{Exchange, Record};
use super::super::value::at_path;
use super::rule::{Rule, Sighting};

/// Rules about A2A posts of the subject.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "source-on-every-a2a-post",
        requirements: &["A2A-040"],
        summary: "every A2A post of the subject has `X-Workspace-ID`",
        see: |_, record| {
            Sighting::of(posts(record), |exchange| {
                exchange.lacks(wire::WORKSPACE_ID_HEADER)
            })
        },
    },
    Rule {
        name: "source-is-own-workspace",
        requirements: &["A2A-041"],
        summary: "`X-Workspace-ID` on an A2A post is the subject's own workspace",
        see: |_, record| {
            let Some(workspace) = record.workspace() else {
                return Sighting::default();
            };
            let named =
                |exchange: &Exchange<'_>| exchange.header(wire::WORKSPACE_ID_HEADER).is_some();
            Sighting::of(posts(record).filter(named), |exchange| {
                let source = exchange
                    .header(wire::WORKSPACE_ID_HEADER)
                    .unwrap_or_default();
                (source != workspace).then(|| {
                    format!("`headers.x-workspace-id` was `{source}` instead of `{workspace}`")
                })
            })
        },
    },
    Rule {
        name: "bearer-on-a2a-posts",
        requirements: &["A2A-042"],
        summary: "every A2A post to the platform carries the bearer once a token is known",
        see: |_, record| {
            let known = known_from(record);
            let bound = |exchange: &Exchange<'_>| {
                exchange.request.to != Party::Peer && knew_token(&known, exchange)
            };
            Sighting::of(posts(record).filter(bound), |exchange| {
                exchange.lacks("authorization")
            })
        },
    },
];

/// A2A posts of the subject: through the platform, or straight to a peer.
fn posts(record: Record<'_>) -> impl Iterator<Item = Exchange<'_>> {
    record.exchanges().filter(|exchange| {
        let request = exchange.request;
        request.from == Party::Subject
            && request.method == "POST"
            && (request.to == Party::Peer || wire::a2a_target(&request.path).is_some())
    })
}

/// What a process knows of a token from some event on.
struct Knowledge {
    /// Whether it has one that was not refused.
    has_token: bool,
    /// From when on that can be held against it: an answer has to be read before it is known.
    from_us: u64,
}

/// When each process came to know a token and when it was told that it is refused: boot and event.
fn known_from(record: Record<'_>) -> BTreeMap<(u32, u64), Knowledge> {
    let mut known = BTreeMap::new();
    let slack_us = record.stage.map_or(0, |stage| stage.slack_us);
    for exchange in record
        .to_platform()
        .filter(|exchange| exchange.certain || exchange.is_register())
    {
        if exchange
            .header("authorization")
            .is_some_and(|value| carries_token(&value))
        {
            known.insert(
                (exchange.boot, exchange.seq),
                Knowledge {
                    has_token: true,
                    from_us: 0,
                },
            );
            if exchange.status() == Some(401)
                && let Some((seq, _)) = exchange.answer
            {
                known.insert(
                    (exchange.boot, seq),
                    Knowledge {
                        has_token: false,
                        from_us: 0,
                    },
                );
            }
        }
        if let Some(seq) = delivered_token(&exchange) {
            let from_us = record.time_of(seq).saturating_add(slack_us);
            known.insert(
                (exchange.boot, seq),
                Knowledge {
                    has_token: true,
                    from_us,
                },
            );
        }
    }
    known
}

fn knew_token(known: &BTreeMap<(u32, u64), Knowledge>, exchange: &Exchange<'_>) -> bool {
    known
        .range((exchange.boot, 0)..(exchange.boot, exchange.seq))
        .rev()
        .find(|(_, knowledge)| knowledge.from_us <= exchange.at_us)
        .is_some_and(|(_, knowledge)| knowledge.has_token)
}

fn carries_token(authorization: &str) -> bool {
    authorization
        .strip_prefix(wire::BEARER_PREFIX)
        .is_some_and(|token| !token.trim().is_empty())
}

/// The answer of a register that handed out a token.
fn delivered_token(exchange: &Exchange<'_>) -> Option<u64> {
    let (seq, answer) = exchange.answer.filter(|_| exchange.is_register())?;
    let whole = answer.outcome == Outcome::Complete
        && answer.status == Some(200)
        && matches!(answer.by, Answerer::Platform | Answerer::Fault);
    let body = answer.body.as_json().filter(|_| whole)?;
    let token = at_path(&body, "auth_token")?.as_str()?;
    (!token.trim().is_empty()).then_some(seq)
}
