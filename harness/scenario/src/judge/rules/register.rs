//! The register call (REG).

use std::collections::BTreeSet;

use protocol::wire;
use serde_json::Value;

use super::super::record::{Exchange, Record};
use super::super::value::{Reading, json_of};
use super::rule::{Rule, Sighting};
use crate::plan::shown::value as shown;

/// Rules about registering.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "register-first",
        requirements: &["REG-001"],
        summary: "no request with credentials precedes the first register of a process",
        see: |_, record| register_first(record),
    },
    Rule {
        name: "register-shape",
        requirements: &["REG-002"],
        summary: "a register has a text `id`, a text `url` and an `agent_card`",
        see: |_, record| judge_bodies(registers(record), shape),
    },
    Rule {
        name: "register-names-workspace",
        requirements: &["REG-003"],
        summary: "`id` in a register is the subject's workspace",
        see: |_, record| {
            let Some(workspace) = record.workspace() else {
                return Sighting::default();
            };
            judge_bodies(registers(record), |body| match body.get("id") {
                Some(Value::String(id)) if id == workspace => None,
                other => Some(format!(
                    "`body.id` was {} instead of `{workspace}`",
                    shown(other)
                )),
            })
        },
    },
];

fn registers(record: Record<'_>) -> impl Iterator<Item = Exchange<'_>> {
    record.sent("POST", |path| path == wire::REGISTER)
}

/// Judges the JSON bodies of exchanges; a body that is no JSON is wrong, one that was not kept is not judged.
pub(super) fn judge_bodies<'a, 'r: 'a>(
    exchanges: impl Iterator<Item = Exchange<'r>>,
    wrong: impl Fn(&Value) -> Option<String>,
) -> Sighting {
    let readable =
        exchanges.filter(|exchange| !matches!(json_of(&exchange.request.body), Reading::Unknown));
    Sighting::of(readable, |exchange| match json_of(&exchange.request.body) {
        Reading::Known(body) => wrong(&body),
        Reading::NotJson | Reading::Unknown => Some("the body was not JSON".into()),
    })
}

fn shape(body: &Value) -> Option<String> {
    let is_poll = body["delivery_mode"].as_str() == Some("poll");
    for (field, optional) in [("id", false), ("url", is_poll)] {
        match body.get(field) {
            Some(Value::String(_)) => {}
            None if optional => {}
            other => {
                return Some(format!(
                    "`body.{field}` was {} instead of a text",
                    shown(other)
                ));
            }
        }
    }
    body.get("agent_card")
        .is_none()
        .then(|| "`body.agent_card` was absent".into())
}

/// Judges the first request with credentials of every process: it is a register, or one went before.
fn register_first(record: Record<'_>) -> Sighting {
    let mut registered: BTreeSet<u32> = BTreeSet::new();
    let mut judged: BTreeSet<u32> = BTreeSet::new();
    let mut sighting = Sighting::default();
    if record.stage.is_some_and(|stage| !stage.profile.registers()) {
        return sighting;
    }
    for exchange in record.to_platform() {
        // A register proves that the new process speaks; anything else may be the last word of the old one.
        if exchange.is_register() {
            registered.insert(exchange.boot);
        }
        let is_registered = registered.contains(&exchange.boot);
        let is_bound =
            exchange.header("authorization").is_some() && (is_registered || exchange.certain);
        if is_bound && judged.insert(exchange.boot) {
            let wrong = (!is_registered).then(|| {
                format!(
                    "{} carried credentials before any register",
                    exchange.in_words()
                )
            });
            sighting.judge(exchange.seq, wrong);
        }
    }
    sighting
}
