//! What the subject reports to the platform (ACT).

use serde_json::Value;

use super::register::judge_bodies;
use super::rule::Rule;
use crate::plan::shown::value as shown;

/// The names the platform knows (contract 4.14).
const ACTIVITIES: [&str; 7] = [
    "a2a_send",
    "a2a_receive",
    "task_update",
    "agent_log",
    "skill_promotion",
    "memory_write",
    "error",
];

/// Rules about reports.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "activity-type",
        requirements: &["ACT-002"],
        summary: "`activity_type` of a report is one of the seven the platform knows",
        see: |_, record| {
            judge_bodies(
                record.sent("POST", |path| is_about_workspace(path, "activity")),
                |body| match body.get("activity_type") {
                    Some(Value::String(name)) if ACTIVITIES.contains(&name.as_str()) => None,
                    other => Some(format!("`body.activity_type` was {}", shown(other))),
                },
            )
        },
    },
    Rule {
        name: "notify-message",
        requirements: &["ACT-004"],
        summary: "a notification has a `message` that is not empty",
        see: |_, record| {
            judge_bodies(
                record.sent("POST", |path| is_about_workspace(path, "notify")),
                |body| match body.get("message") {
                    Some(Value::String(message)) if !message.is_empty() => None,
                    other => Some(format!("`body.message` was {}", shown(other))),
                },
            )
        },
    },
];

/// Whether a path is `/workspaces/<id>/<what>`.
fn is_about_workspace(path: &str, what: &str) -> bool {
    let mut segments = path.split('/');
    let mut next = || segments.next();
    next() == Some("")
        && next() == Some("workspaces")
        && next().is_some_and(|id| !id.is_empty())
        && next() == Some(what)
        && next().is_none()
}
