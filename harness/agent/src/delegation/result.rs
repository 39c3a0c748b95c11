//! Rows of `GET /workspaces/:id/delegations`, and the line each result becomes.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// Holds one finished delegation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DelegationResult {
    pub(super) id: String,
    pub(super) failed: bool,
    row: Value,
}

/// Picks finished rows of `owner`, each delegation once; rows of others count as foreign (DEL-001).
///
/// One delegation appears as its own row and as that of its result: the one with a preview says more.
pub(super) fn finished(rows: &Value, owner: &str) -> (Vec<DelegationResult>, usize) {
    let mut results: Vec<DelegationResult> = Vec::new();
    let mut foreign = 0;
    for row in rows.as_array().into_iter().flatten() {
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let (id, status) = (text("delegation_id"), text("status"));
        if id.is_empty() || !matches!(status, "completed" | "failed") {
            continue;
        }
        if text("source_id") != owner {
            foreign += 1;
            continue;
        }
        let result = DelegationResult {
            id: id.to_owned(),
            failed: status == "failed",
            row: row.clone(),
        };
        match results.iter_mut().find(|known| known.id == id) {
            Some(known) if known.preview().is_empty() => *known = result,
            Some(_) => {}
            None => results.push(result),
        }
    }
    (results, foreign)
}

impl DelegationResult {
    /// Text that the peer controls; for the results file only (DEL-004).
    pub(super) fn preview(&self) -> &str {
        self.row
            .get("response_preview")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Gives the JSON line for the results file (contract 9.3).
    pub(super) fn line(&self) -> String {
        let field = |name: &str| self.row.get(name).cloned().unwrap_or_default();
        let timestamp = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map(|elapsed| elapsed.as_secs_f64())
            .unwrap_or_default();
        let line = json!({
            "delegation_id": self.id,
            "target_id": field("target_id"),
            "source_id": field("source_id"),
            "status": field("status"),
            "summary": field("summary"),
            "response_preview": field("response_preview"),
            "error": field("error"),
            "timestamp": timestamp,
        });
        format!("{line}\n")
    }

    /// Says in words of our own what happened, for the user.
    pub(super) fn notice(&self) -> String {
        format!(
            "Delegation {} {}.",
            self.id,
            if self.failed { "failed" } else { "completed" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_own_rows_count_once_and_the_one_with_a_preview_wins() {
        let rows = json!([
            {"delegation_id": "d1", "status": "completed", "source_id": "me"},
            {"delegation_id": "d1", "status": "completed", "source_id": "me", "response_preview": "done"},
            {"delegation_id": "d2", "status": "failed", "source_id": "me", "error": "no"},
            {"delegation_id": "d3", "status": "pending", "source_id": "me"},
            {"delegation_id": "d4", "status": "completed", "source_id": "other"},
            {"delegation_id": "d5", "status": "completed"},
            {"status": "completed", "source_id": "me"},
            "nonsense",
        ]);
        let (results, foreign) = finished(&rows, "me");
        assert_eq!(
            results
                .iter()
                .map(|result| result.id.as_str())
                .collect::<Vec<_>>(),
            ["d1", "d2"]
        );
        assert_eq!(
            (results[0].preview(), results[1].failed, foreign),
            ("done", true, 2)
        );
        assert_eq!(finished(&json!({"error": "x"}), "me"), (Vec::new(), 0));
    }

    #[test]
    fn a_line_is_json_with_every_field_and_a_notice_quotes_nothing() {
        let rows = json!([{"delegation_id": "d1", "status": "failed", "source_id": "me", "error": "canary"}]);
        let (results, _) = finished(&rows, "me");
        let line: Value = serde_json::from_str(&results[0].line()).unwrap();
        assert_eq!(
            (&line["error"], &line["summary"]),
            (&json!("canary"), &Value::Null)
        );
        assert!(line["timestamp"].is_f64());
        assert_eq!(results[0].notice(), "Delegation d1 failed.");
    }
}
