//! Where bearers may go (TOK-021, REG-006).

use protocol::journal::Party;

use super::leak::{AUTH_TOKEN, in_request};
use super::rule::{Rule, Sighting};

/// Rules about bearers.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "bearer-only-to-platform",
        requirements: &["TOK-021"],
        summary: "the workspace's token goes to the platform and to nobody else",
        see: |_, record| {
            let elsewhere = record.exchanges().filter(|exchange| {
                exchange.request.from == Party::Subject
                    && matches!(exchange.request.to, Party::Peer | Party::Harness)
            });
            Sighting::of(elsewhere, |exchange| {
                let place = in_request(exchange.request, AUTH_TOKEN, true)?;
                Some(format!("a token stood in {place}"))
            })
        },
    },
    Rule {
        name: "no-hollow-bearer",
        requirements: &["REG-006"],
        summary: "a subject without a token sends no `Authorization` rather than an empty one",
        see: |_, record| {
            Sighting::of(record.to_platform(), |exchange| {
                let value = exchange
                    .header("authorization")
                    .filter(|value| is_hollow(value))?;
                Some(format!("`headers.authorization` was `{value}`"))
            })
        },
    },
];

/// Whether an authorization has a scheme without a credential, or a programming language's null.
fn is_hollow(authorization: &str) -> bool {
    let value = authorization.trim();
    let credential = match value.get(..6) {
        Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => {
            value.get(6..).unwrap_or_default().trim()
        }
        _ => value,
    };
    ["", "none", "null", "undefined", "nil"]
        .iter()
        .any(|nothing| credential.eq_ignore_ascii_case(nothing))
}
