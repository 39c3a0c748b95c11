//! Tests of the initial prompt, with a served card and a scripted platform.

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::stage::{ID, Seen, Stage, header, json as answer};

const MARKER: &str = "configuration/.initial_prompt_done";

async fn prompted(stage: Stage, answers: &[ResponseTemplate]) -> (Stage, Seen) {
    let stage = stage.configured("initial_prompt: begin\n");
    let granted = answer(200, json!({"status": "registered", "auth_token": "token"}));
    stage.answer("POST", "/registry/register", &[granted]).await;
    let seen = stage
        .answer("POST", &format!("/workspaces/{ID}/a2a"), answers)
        .await;
    (stage, seen)
}

#[tokio::test]
async fn the_prompt_is_marked_then_sent_with_source_and_bearer() {
    let (stage, mut seen) =
        prompted(Stage::new().await, &[answer(200, json!({"result": {}}))]).await;
    let (_running, _) = stage.run().await;
    let request = seen.next().await;
    assert_eq!(stage.read(MARKER).unwrap(), "attempted");
    assert_eq!(header(&request, "x-workspace-id").unwrap(), ID);
    assert_eq!(header(&request, "authorization").unwrap(), "Bearer token");
    let body: serde_json::Value = request.body_json().unwrap();
    let message = &body["params"]["message"];
    assert!(
        message["messageId"]
            .as_str()
            .unwrap()
            .starts_with("initial-")
    );
    assert_eq!(message["parts"], json!([{"kind": "text", "text": "begin"}]));
}

#[tokio::test]
async fn a_prompt_that_fails_is_tried_five_times_under_one_id() {
    let (stage, mut seen) = prompted(Stage::new().await, &[ResponseTemplate::new(502)]).await;
    let agent = stage.agent();
    super::deliver(&agent, "begin").await;
    let mut ids = Vec::new();
    while seen.pending() {
        ids.push(seen.body().await["params"]["message"]["messageId"].clone());
    }
    assert_eq!(ids.len(), 5);
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_refused_prompt_is_not_repeated() {
    let (stage, mut seen) =
        prompted(Stage::new().await, &[answer(403, json!({"error": "no"}))]).await;
    super::deliver(&stage.agent(), "begin").await;
    assert_eq!(seen.rest(), 1);
}

#[tokio::test]
async fn a_marked_prompt_is_never_sent_again() {
    let (stage, mut seen) = prompted(Stage::new().await, &[answer(200, json!({}))]).await;
    stage.write(MARKER, "attempted");
    super::send_initial(stage.agent()).await;
    assert_eq!(seen.rest(), 0);
}

#[tokio::test]
async fn idle_prompts_come_while_nothing_runs() {
    let stage = Stage::new()
        .await
        .with("PROOFMARK_IDLE_MS", "10")
        .configured("idle_prompt: look\n");
    let mut seen = stage
        .answer(
            "POST",
            &format!("/workspaces/{ID}/a2a"),
            &[answer(200, json!({}))],
        )
        .await;
    let agent = stage.agent();
    agent
        .registration
        .send_replace(crate::runtime::Registration::Done);
    let _task = tokio::spawn(crate::prompt::send_idle(agent));
    let (one, two) = (seen.body().await, seen.body().await);
    let id = |body: &serde_json::Value| {
        body["params"]["message"]["messageId"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(id(&one).starts_with("idle-") && id(&one) != id(&two));
}
