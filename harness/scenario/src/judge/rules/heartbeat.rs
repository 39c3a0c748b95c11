//! The heartbeat's body (HB).

use protocol::wire;
use serde_json::Value;

use super::super::record::{Exchange, Record};
use super::super::value::{Reading, json_of};
use super::register::judge_bodies;
use super::rule::{Rule, Sighting};
use crate::plan::shown::value as shown;

/// Rules about heartbeats.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "heartbeat-shape",
        requirements: &["HB-003"],
        summary: "a heartbeat has a text `workspace_id`, integers that are integers and a number as `error_rate`",
        see: |_, record| judge_bodies(heartbeats(record), shape),
    },
    Rule {
        name: "heartbeat-names-workspace",
        requirements: &["HB-003"],
        summary: "`workspace_id` in a heartbeat is the subject's workspace",
        see: |_, record| {
            let Some(workspace) = record.workspace() else {
                return Sighting::default();
            };
            let naming = |exchange: &Exchange<'_>| match json_of(&exchange.request.body) {
                Reading::Known(body) => body.get("workspace_id").is_some_and(Value::is_string),
                Reading::NotJson | Reading::Unknown => false,
            };
            judge_bodies(heartbeats(record).filter(naming), |body| {
                match body.get("workspace_id") {
                    Some(Value::String(id)) if id == workspace => None,
                    other => Some(format!(
                        "`body.workspace_id` was {} instead of `{workspace}`",
                        shown(other)
                    )),
                }
            })
        },
    },
];

fn heartbeats(record: Record<'_>) -> impl Iterator<Item = Exchange<'_>> {
    record.sent("POST", |path| path == wire::HEARTBEAT)
}

fn shape(body: &Value) -> Option<String> {
    let wrong = |field: &str, what: &str| {
        Some(format!(
            "`body.{field}` was {} instead of {what}",
            shown(body.get(field))
        ))
    };
    if !body.get("workspace_id").is_some_and(Value::is_string) {
        return wrong("workspace_id", "a text");
    }
    // Absent fields keep their default; `1.0` is no integer on the other side.
    let is_integer = |value: &Value| value.is_i64() || value.is_u64();
    let integers = ["active_tasks", "uptime_seconds", "monthly_spend"];
    if let Some(field) = integers
        .into_iter()
        .find(|field| !body.get(field).is_none_or(is_integer))
    {
        return wrong(field, "an integer");
    }
    if body.get("error_rate").is_none_or(Value::is_number) {
        None
    } else {
        wrong("error_rate", "a number")
    }
}
