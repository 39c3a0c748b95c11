//! Tests of registration against a scripted platform.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::*;
use crate::stage::{ID, Stage, header, json as answer};

const ROUTE: &str = "/registry/register";

#[tokio::test]
async fn a_failed_register_is_repeated_until_it_succeeds_and_its_credentials_are_kept() {
    let stage = Stage::new().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let granted = json!({"status": "registered", "auth_token": "token", "platform_inbound_secret": "secret", "more": 1});
    let answers = [
        ResponseTemplate::new(503),
        page,
        answer(200, json!([])),
        answer(200, granted),
    ];
    let mut seen = stage.answer("POST", ROUTE, &answers).await;
    let agent = stage.agent();
    register(Arc::clone(&agent)).await;
    let body = seen.body().await;
    assert_eq!(
        (&body["id"], &body["url"]),
        (&json!(ID), &json!("http://localhost:1"))
    );
    assert_eq!(body["agent_card"], agent.card.value());
    assert_eq!(seen.rest(), 3);
    assert_eq!(stage.read("configs/.auth_token").unwrap(), "token");
    assert_eq!(
        stage.read("configs/.platform_inbound_secret").unwrap(),
        "secret"
    );
    assert_eq!(*agent.registration.borrow(), Registration::Done);
}

#[tokio::test]
async fn a_dead_end_is_left_once_a_token_appears() {
    let stage = Stage::new().await;
    let refused = answer(401, json!({"error": "missing workspace auth token"}));
    let answers = [
        refused.clone(),
        refused,
        answer(200, json!({"status": "registered"})),
    ];
    let mut seen = stage.answer("POST", ROUTE, &answers).await;
    let registering = tokio::spawn(register(stage.agent()));
    assert_eq!(header(&seen.next().await, "authorization"), None);
    stage.write("configs/.auth_token", "dropped");
    registering.await.unwrap();
    let mut last = None;
    while seen.pending() {
        last = Some(seen.next().await);
    }
    assert_eq!(
        header(&last.unwrap(), "authorization").unwrap(),
        "Bearer dropped"
    );
}

#[tokio::test]
async fn a_refused_register_waits_for_half_a_heartbeat_at_least() {
    let stage = Stage::new().await.with("PROOFMARK_HEARTBEAT_MS", "30000");
    let agent = stage.agent();
    let outcome = |status, wait: Option<u64>| Outcome::Answered {
        status,
        wait: wait.map(Duration::from_secs),
        content: crate::platform_client::Content::Empty,
    };
    let mut backoff = Backoff::new(Duration::from_secs(1));
    assert_eq!(
        pause(&agent, &outcome(401, None), &mut backoff),
        Duration::from_secs(15)
    );
    assert_eq!(
        pause(&agent, &outcome(429, Some(7)), &mut backoff),
        Duration::from_secs(7)
    );
    assert_eq!(
        pause(&agent, &outcome(500, None), &mut backoff),
        Duration::from_secs(4)
    );
}
