//! Tests of the beat against a scripted platform.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::*;
use crate::stage::{ID, Stage, header, json as answer};

const ROUTE: &str = "/registry/heartbeat";

fn beating(stage: &Stage) -> (Arc<Agent>, tokio::task::JoinHandle<()>) {
    let agent = stage.agent();
    agent.registration.send_replace(Registration::Refused);
    let task = tokio::spawn(beat(Arc::clone(&agent)));
    (agent, task)
}

#[tokio::test]
async fn the_beat_goes_on_through_every_failure_and_ends_with_the_run() {
    let stage = Stage::new()
        .await
        .with("PROOFMARK_REQUEST_TIMEOUT_MS", "50");
    let stalled = answer(200, json!({})).set_delay(Duration::from_secs(30));
    let answers = [
        ResponseTemplate::new(500),
        ResponseTemplate::new(404),
        stalled,
        answer(401, json!({})),
        answer(200, json!({"status": "ok", "more": []})),
    ];
    let mut seen = stage.answer("POST", ROUTE, &answers).await;
    let (agent, task) = beating(&stage);
    for _ in 0..7 {
        seen.next().await;
    }
    agent.stop.ask();
    task.await.unwrap();
}

#[tokio::test]
async fn fields_have_the_types_that_the_platform_wants() {
    let stage = Stage::new().await;
    let mut seen = stage.answer("POST", ROUTE, &[answer(200, json!({}))]).await;
    let (agent, _task) = beating(&stage);
    let body = seen.body().await;
    assert_eq!(body["workspace_id"], ID);
    assert!(
        body["active_tasks"].is_u64()
            && body["uptime_seconds"].is_u64()
            && body["error_rate"].is_f64()
    );
    assert_eq!(body["runtime_metadata"]["capabilities"]["heartbeat"], false);
    let busy = agent.activity.begin("message m");
    let body = loop {
        let body = seen.body().await;
        if body["active_tasks"] == 1 {
            break body;
        }
    };
    assert_eq!(body["current_task"], "message m");
    drop(busy);
    while seen.body().await["active_tasks"] != 0 {}
}

#[tokio::test]
async fn a_secret_in_the_answer_is_kept_and_a_rotated_token_found() {
    let stage = Stage::new().await;
    stage.write("configs/.auth_token", "old");
    let secret = answer(
        200,
        json!({"status": "ok", "platform_inbound_secret": "fresh"}),
    );
    let mut seen = stage
        .answer(
            "POST",
            ROUTE,
            &[secret, answer(401, json!({})), answer(200, json!({}))],
        )
        .await;
    let (_agent, _task) = beating(&stage);
    assert_eq!(
        header(&seen.next().await, "authorization").unwrap(),
        "Bearer old"
    );
    stage.write("configs/.auth_token", "new");
    assert_eq!(
        header(&seen.next().await, "authorization").unwrap(),
        "Bearer old"
    );
    assert_eq!(
        header(&seen.next().await, "authorization").unwrap(),
        "Bearer new"
    );
    assert_eq!(
        stage.read("configs/.platform_inbound_secret").unwrap(),
        "fresh"
    );
}

#[tokio::test]
async fn patience_that_was_asked_for_delays_the_next_beat() {
    let stage = Stage::new().await.with("PROOFMARK_HEARTBEAT_MS", "1000");
    let outcome = |status| Outcome::Answered {
        status,
        wait: Some(Duration::from_secs(3)),
        content: crate::platform_client::Content::Empty,
    };
    assert_eq!(take(&stage.agent(), &outcome(429)), Duration::from_secs(3));
    assert_eq!(take(&stage.agent(), &outcome(200)), Duration::ZERO);
}
