//! Tests of collecting results from a scripted platform.

use serde_json::Value;

use super::*;
use crate::stage::{ID, Seen, Stage, json as answer};

fn row(id: &str, source: &str) -> Value {
    json!({"delegation_id": id, "status": "completed", "source_id": source, "response_preview": "canary"})
}

struct Routes {
    rows: Seen,
    messages: Seen,
    notices: Seen,
}

async fn routes(stage: &Stage, answers: &[Value]) -> Routes {
    let answers: Vec<_> = answers
        .iter()
        .map(|rows| answer(200, rows.clone()))
        .collect();
    let own = |rest: &str| format!("/workspaces/{ID}{rest}");
    Routes {
        rows: stage.answer("GET", &own("/delegations"), &answers).await,
        messages: stage
            .answer("POST", &own("/a2a"), &[answer(200, json!({}))])
            .await,
        notices: stage
            .answer("POST", &own("/notify"), &[answer(200, json!({}))])
            .await,
    }
}

/// Polls and waits until the poll after it has begun, so that its results are all taken.
async fn poll(agent: &Agent, rows: &mut Seen) {
    for _ in 0..2 {
        agent.heartbeat_sent.notify_one();
        rows.next().await;
    }
}

fn lines(stage: &Stage) -> Vec<Value> {
    let text = stage.read("results.jsonl").unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn own_results_are_taken_once_and_announced_without_quoting() {
    let stage = Stage::new().await;
    let mut routes = routes(&stage, &[json!([row("d1", ID), row("d2", "other")])]).await;
    let agent = stage.agent();
    let _collector = tokio::spawn(collect(Arc::clone(&agent)));
    poll(&agent, &mut routes.rows).await;
    poll(&agent, &mut routes.rows).await;
    let message = routes.messages.body().await;
    let text = message["params"]["message"]["parts"][0]["text"]
        .as_str()
        .unwrap();
    assert!(
        text.contains("1 completed") && !text.contains("canary"),
        "{text}"
    );
    assert!(
        !routes.notices.body().await["message"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    assert_eq!((routes.messages.rest(), routes.notices.rest()), (0, 0));
    assert_eq!(
        lines(&stage)
            .iter()
            .map(|line| &line["delegation_id"])
            .collect::<Vec<_>>(),
        ["d1"]
    );
}

#[tokio::test]
async fn a_restart_does_not_replay_what_was_taken() {
    let stage = Stage::new().await;
    let mut routes = routes(&stage, &[json!([row("d1", ID)])]).await;
    for _ in 0..2 {
        let agent = stage.agent();
        let collector = tokio::spawn(collect(Arc::clone(&agent)));
        poll(&agent, &mut routes.rows).await;
        collector.abort();
    }
    assert_eq!(lines(&stage).len(), 1);
}

#[tokio::test]
async fn a_second_announcement_waits_for_the_cool_down_but_is_not_lost() {
    let stage = Stage::new()
        .await
        .with("PROOFMARK_DELEGATION_COOLDOWN_MS", "300");
    let rows = [
        json!([row("d1", ID)]),
        json!([row("d1", ID), row("d2", ID), row("d3", ID)]),
    ];
    let mut routes = routes(&stage, &rows).await;
    let agent = stage.agent();
    let _collector = tokio::spawn(collect(Arc::clone(&agent)));
    poll(&agent, &mut routes.rows).await;
    let (first, _) = routes.messages.next_at().await;
    poll(&agent, &mut routes.rows).await;
    let (second, request) = routes.messages.next_at().await;
    assert!(second - first >= std::time::Duration::from_millis(250));
    let second: Value = request.body_json().unwrap();
    assert!(
        second["params"]["message"]["parts"][0]["text"]
            .as_str()
            .unwrap()
            .contains("2 completed")
    );
}

#[tokio::test]
async fn results_that_cannot_be_written_are_taken_later() {
    let stage = Stage::new().await;
    std::fs::create_dir(stage.directory.path().join("results.jsonl")).unwrap();
    let mut routes = routes(&stage, &[json!([row("d1", ID)])]).await;
    let agent = stage.agent();
    let _collector = tokio::spawn(collect(Arc::clone(&agent)));
    poll(&agent, &mut routes.rows).await;
    std::fs::remove_dir(stage.directory.path().join("results.jsonl")).unwrap();
    poll(&agent, &mut routes.rows).await;
    routes.notices.next().await;
    assert_eq!(lines(&stage).len(), 1);
}
