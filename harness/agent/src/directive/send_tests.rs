//! Tests of peer messages.

use wiremock::ResponseTemplate;

use super::*;
use crate::stage::{PEER, Seen, Stage, json as answer};

async fn proxied(stage: &Stage, answers: &[ResponseTemplate]) -> Seen {
    stage
        .answer("POST", &format!("/workspaces/{PEER}/a2a"), answers)
        .await
}

fn pong() -> ResponseTemplate {
    answer(
        200,
        json!({"jsonrpc": "2.0", "id": "x", "result": {"parts": [{"kind": "text", "text": "pong"}]}}),
    )
}

#[tokio::test]
async fn the_text_of_the_peer_is_the_result() {
    let stage = Stage::new().await;
    let mut seen = proxied(&stage, &[pong()]).await;
    assert_eq!(send(&stage.agent(), PEER, "ping").await, "send ok: pong");
    let body = seen.body().await;
    assert_eq!(
        (&body["method"], &body["jsonrpc"]),
        (&json!("message/send"), &json!("2.0"))
    );
    assert_eq!(
        body["params"]["message"]["parts"],
        json!([{"kind": "text", "text": "ping"}])
    );
}

#[tokio::test]
async fn a_notice_of_queueing_is_not_an_answer() {
    let stage = Stage::new().await;
    let busy = answer(
        202,
        json!({"queued": true, "queue_id": "q1", "queue_depth": 1, "message": "busy"}),
    );
    let polled = answer(
        200,
        json!({"status": "queued", "delivery_mode": "poll", "method": "message/send"}),
    );
    proxied(&stage, &[busy, polled.clone(), polled]).await;
    let agent = stage.agent();
    assert_eq!(send(&agent, PEER, "ping").await, "send queued: q1");
    assert_eq!(send(&agent, PEER, "ping").await, "send queued: poll");
}

#[tokio::test]
async fn a_refusal_is_surfaced_and_not_repeated() {
    let stage = Stage::new().await;
    let text = "access denied: workspaces cannot communicate per hierarchy rules";
    let mut seen = proxied(&stage, &[answer(403, json!({"error": text}))]).await;
    assert_eq!(
        send(&stage.agent(), PEER, "ping").await,
        format!("send failed: 403 {text}")
    );
    assert_eq!(seen.rest(), 1);
}

#[tokio::test]
async fn patience_is_shown_once_and_with_the_same_message() {
    let stage = Stage::new().await;
    let busy = answer(503, json!({"error": "busy"})).insert_header("retry-after", "0");
    let mut seen = proxied(&stage, &[busy.clone(), pong(), busy]).await;
    let agent = stage.agent();
    assert_eq!(send(&agent, PEER, "ping").await, "send ok: pong");
    let (one, two) = (seen.body().await, seen.body().await);
    assert_eq!(
        one["params"]["message"]["messageId"],
        two["params"]["message"]["messageId"]
    );
    assert_eq!(send(&agent, PEER, "ping").await, "send failed: 503 busy");
    assert_eq!(seen.rest(), 2);
}

#[tokio::test]
async fn a_message_that_the_proxy_would_cut_is_not_sent() {
    let stage = Stage::new().await;
    let mut seen = proxied(&stage, &[pong()]).await;
    let reply = send(&stage.agent(), PEER, &"x".repeat(BODY_LIMIT)).await;
    assert_eq!(reply, "send failed: the message is not below 1 MiB");
    assert_eq!(seen.rest(), 0);
}
