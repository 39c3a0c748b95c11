//! Tests of a whole agent, from its settings to its end.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::*;
use crate::stage::{ID, Stage, header, json as answer};

#[tokio::test]
async fn the_first_boot_registers_beats_and_uses_what_it_was_given() {
    let stage = Stage::new().await;
    stage.write("configs/.auth_token.0f.tmp", "half");
    let granted =
        json!({"status": "registered", "auth_token": "token", "platform_inbound_secret": "secret"});
    let mut registers = stage
        .answer("POST", "/registry/register", &[answer(200, granted)])
        .await;
    let mut beats = stage
        .answer(
            "POST",
            "/registry/heartbeat",
            &[answer(200, json!({"status": "ok"}))],
        )
        .await;
    let (running, url) = stage.run().await;
    let register = registers.next().await;
    assert_eq!(header(&register, "authorization"), None);
    assert_eq!(
        register.body_json::<serde_json::Value>().unwrap()["url"],
        url
    );
    for _ in 0..3 {
        assert_eq!(
            header(&beats.next().await, "authorization").unwrap(),
            "Bearer token"
        );
    }
    assert_eq!(registers.rest(), 0);
    assert_eq!(stage.read("configs/.auth_token.0f.tmp"), None);
    running.agent.stop.ask();
    running.finished().await;
}

#[tokio::test]
async fn the_registered_address_answers_while_the_platform_still_refuses() {
    let stage = Stage::new().await;
    let mut registers = stage
        .answer("POST", "/registry/register", &[ResponseTemplate::new(503)])
        .await;
    let (running, _) = stage.run().await;
    let body = registers.body().await;
    let card = reqwest::get(format!(
        "{}/.well-known/agent-card.json",
        body["url"].as_str().unwrap()
    ))
    .await
    .unwrap();
    assert_eq!(
        card.json::<serde_json::Value>().await.unwrap(),
        body["agent_card"]
    );
    assert_eq!(body["id"], ID);
    drop(running);
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let taken = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let stage = Stage::new().await;
    let port = taken.local_addr().unwrap().port();
    stage.write(
        "configuration/config.yaml",
        format!("a2a: {{port: {port}}}\n"),
    );
    assert!(
        matches!(Running::start(stage.settings()).await, Err(AgentError::Listen { port: found, .. }) if found == port)
    );
}

#[tokio::test]
async fn an_odd_token_file_is_survived() {
    let stage = Stage::new().await;
    std::fs::create_dir(stage.directory.path().join("configs/.auth_token")).unwrap();
    assert!(Running::start(stage.settings()).await.is_ok());
}

#[tokio::test]
async fn a_credential_that_cannot_be_stored_is_survived() {
    let granted = answer(200, json!({"status": "registered", "auth_token": "token"}));
    let stage = Stage::new().await;
    std::fs::create_dir(stage.directory.path().join("configs/.auth_token")).unwrap();
    stage.answer("POST", "/registry/register", &[granted]).await;
    let mut beats = stage
        .answer("POST", "/registry/heartbeat", &[answer(200, json!({}))])
        .await;
    let (running, _) = stage.run().await;
    assert_eq!(
        header(&beats.next().await, "authorization").unwrap(),
        "Bearer token"
    );
    running.agent.stop.ask();
    running.finished().await;
}
