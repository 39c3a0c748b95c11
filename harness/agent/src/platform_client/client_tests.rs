//! Tests of headers, of the one retry, and of what counts as data.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::*;
use crate::platform_client::outcome::CallError;
use crate::stage::{ID, Stage, header, json as answer};

fn peers() -> Call {
    Call::get(Purpose::Peers, "/x")
}

#[tokio::test]
async fn every_call_has_origin_and_bearer_and_only_some_name_the_workspace() {
    let stage = Stage::new().await;
    stage.write("configs/.auth_token", "token\r\n");
    let mut seen = stage.answer("POST", "/x", &[answer(200, json!({}))]).await;
    let agent = stage.agent();
    for (purpose, named) in [
        (Purpose::Register, false),
        (Purpose::Heartbeat, false),
        (Purpose::Discover, true),
        (Purpose::PeerMessage, true),
        (Purpose::IdlePrompt, true),
        (Purpose::Delegate, false),
    ] {
        agent
            .platform
            .send(&Call::post(purpose, "/x", json!({})))
            .await
            .data()
            .unwrap();
        let request = seen.next().await;
        assert_eq!(
            header(&request, "origin"),
            Some(stage.platform.uri()),
            "{purpose:?}"
        );
        assert_eq!(header(&request, "authorization").unwrap(), "Bearer token");
        assert_eq!(
            header(&request, "x-workspace-id"),
            named.then(|| ID.to_owned()),
            "{purpose:?}"
        );
    }
}

#[tokio::test]
async fn without_a_token_there_is_no_bearer() {
    let stage = Stage::new().await;
    let mut seen = stage.answer("GET", "/x", &[answer(200, json!([]))]).await;
    stage.agent().platform.send(&peers()).await.data().unwrap();
    assert_eq!(header(&seen.next().await, "authorization"), None);
}

#[tokio::test]
async fn a_refused_token_is_read_again_and_the_call_repeated_once() {
    let stage = Stage::new().await;
    stage.write("configs/.auth_token", "old");
    let refused = answer(401, json!({"error": "invalid workspace auth token"}));
    let mut seen = stage
        .answer(
            "GET",
            "/x",
            &[refused.clone(), answer(200, json!([])), refused],
        )
        .await;
    let agent = stage.agent();
    assert!(agent.credentials.token.current().is_some());
    stage.write("configs/.auth_token", "new");
    agent.platform.send(&peers()).await.data().unwrap();
    assert_eq!(
        header(&seen.next().await, "authorization").unwrap(),
        "Bearer old"
    );
    assert_eq!(
        header(&seen.next().await, "authorization").unwrap(),
        "Bearer new"
    );
    let error = agent.platform.send(&peers()).await.data().unwrap_err();
    assert_eq!(error.to_string(), "401 invalid workspace auth token");
    assert_eq!(seen.rest(), 1);
}

#[tokio::test]
async fn pages_and_redirects_are_failures() {
    let stage = Stage::new().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html></html>", "text/html");
    let redirect = ResponseTemplate::new(307).insert_header("location", "/y");
    let mut elsewhere = stage.answer("GET", "/y", &[answer(200, json!([]))]).await;
    stage
        .answer("GET", "/x", &[page, ResponseTemplate::new(404), redirect])
        .await;
    let agent = stage.agent();
    for expected in [
        CallError::Foreign { status: 200 },
        CallError::Empty { status: 404 },
        CallError::Empty { status: 307 },
    ] {
        assert_eq!(
            agent.platform.send(&peers()).await.data().unwrap_err(),
            expected
        );
    }
    assert_eq!(elsewhere.rest(), 0);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_none() {
    let stage = Stage::new()
        .await
        .with("PROOFMARK_REQUEST_TIMEOUT_MS", "20");
    let slow = answer(200, json!([])).set_delay(Duration::from_secs(30));
    stage.answer("GET", "/x", &[slow]).await;
    let error = stage
        .agent()
        .platform
        .send(&peers())
        .await
        .data()
        .unwrap_err();
    assert_eq!(
        error,
        CallError::Unreachable("no answer in time".to_owned())
    );
}
