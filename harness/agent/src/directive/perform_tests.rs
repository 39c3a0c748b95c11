//! Tests of what directives send and how they reply.

use wiremock::ResponseTemplate;

use super::*;
use crate::directive::parse;
use crate::stage::{ID, PEER, Stage, header, json as answer};

async fn obey(agent: &Arc<Agent>, text: &str) -> String {
    match perform(agent, parse(&format!("proofmark {text}")).unwrap()).await {
        Reply::Text(text) | Reply::Failure(text) => text,
    }
}

#[tokio::test]
async fn reads_tell_the_gist() {
    let stage = Stage::new().await;
    for (route, body) in [
        (
            format!("/registry/{ID}/peers"),
            json!([{"name": "a"}, {"name": "b"}]),
        ),
        (
            format!("/registry/discover/{PEER}"),
            json!({"id": PEER, "url": "http://peer:8000", "name": "p"}),
        ),
        (
            format!("/workspaces/{ID}"),
            json!({"status": "online", "url": "http://me:8000"}),
        ),
        (
            format!("/workspaces/{ID}/state"),
            json!({"status": "paused", "paused": true}),
        ),
    ] {
        stage.answer("GET", &route, &[answer(200, body)]).await;
    }
    let agent = stage.agent();
    for (text, reply) in [
        ("peers".to_owned(), "peers ok: 2 a, b"),
        (format!("discover {PEER}"), "discover ok: http://peer:8000"),
        (
            "workspace".to_owned(),
            "workspace ok: online http://me:8000",
        ),
        ("state".to_owned(), "state ok: paused"),
    ] {
        assert_eq!(obey(&agent, &text).await, reply);
    }
}

#[tokio::test]
async fn an_empty_404_or_a_page_is_a_failure() {
    let stage = Stage::new().await;
    let page = ResponseTemplate::new(404).set_body_raw("<html>gone</html>", "text/html");
    stage
        .answer(
            "GET",
            &format!("/registry/{ID}/peers"),
            &[ResponseTemplate::new(404), page],
        )
        .await;
    let agent = stage.agent();
    assert_eq!(
        obey(&agent, "peers").await,
        "peers failed: 404 with an empty body"
    );
    assert_eq!(
        obey(&agent, "peers").await,
        "peers failed: 404 with a body that is not JSON"
    );
}

#[tokio::test]
async fn a_known_delegation_is_as_good_as_a_new_one() {
    let stage = Stage::new().await;
    let known = json!({"delegation_id": "d1", "status": "pending", "target_id": PEER, "idempotent_hit": true});
    let answers = [
        answer(202, json!({"delegation_id": "d1", "status": "delegated"})),
        answer(200, known),
    ];
    let mut seen = stage
        .answer("POST", &format!("/workspaces/{ID}/delegate"), &answers)
        .await;
    let agent = stage.agent();
    for _ in 0..2 {
        assert_eq!(
            obey(&agent, &format!("delegate {PEER} dig a hole")).await,
            "delegate ok: d1"
        );
    }
    let (one, two) = (seen.body().await, seen.body().await);
    assert_eq!(
        (&one["task"], &one["target_id"]),
        (&json!("dig a hole"), &json!(PEER))
    );
    assert_eq!(one["idempotency_key"], two["idempotency_key"]);
}

#[tokio::test]
async fn reports_and_notices_keep_to_the_contract() {
    let stage = Stage::new().await;
    let mut reports = stage
        .answer(
            "POST",
            &format!("/workspaces/{ID}/activity"),
            &[answer(200, json!({"status": "logged"}))],
        )
        .await;
    let mut notices = stage
        .answer(
            "POST",
            &format!("/workspaces/{ID}/notify"),
            &[answer(200, json!({"status": "sent"}))],
        )
        .await;
    let agent = stage.agent();
    assert_eq!(
        obey(&agent, &format!("report agent_log {}", "x".repeat(300))).await,
        "report ok: logged"
    );
    let report = reports.body().await;
    assert_eq!(
        (&report["source_id"], &report["activity_type"]),
        (&json!(ID), &json!("agent_log"))
    );
    assert_eq!(report["summary"].as_str().unwrap().len(), 256);
    assert_eq!(obey(&agent, "notify all done").await, "notify ok: sent");
    assert_eq!(notices.body().await, json!({"message": "all done"}));
}

#[tokio::test]
async fn a_new_description_is_served_once_the_platform_has_it() {
    let stage = Stage::new().await;
    let answers = [
        ResponseTemplate::new(500),
        answer(200, json!({"status": "updated"})),
    ];
    let mut seen = stage
        .answer("POST", "/registry/update-card", &answers)
        .await;
    let agent = stage.agent();
    assert_eq!(
        obey(&agent, "update-card New.").await,
        "update-card failed: 500 with an empty body"
    );
    assert_ne!(agent.card.value()["description"], "New.");
    assert_eq!(
        obey(&agent, "update-card New.").await,
        "update-card ok: updated"
    );
    seen.next().await;
    assert_eq!(seen.body().await["agent_card"], agent.card.value());
    assert_eq!(agent.card.value()["description"], "New.");
}

#[tokio::test]
async fn work_failure_and_mistakes_are_answered() {
    let stage = Stage::new().await;
    let agent = stage.agent();
    assert_eq!(obey(&agent, "work 1").await, "work ok: 1 ms");
    assert_eq!(
        obey(&agent, "dance").await,
        "dance failed: unknown directive"
    );
    let failure = perform(&agent, parse("proofmark fail badly").unwrap()).await;
    assert_eq!(failure, Reply::Failure("badly".to_owned()));
}

#[tokio::test]
async fn discovery_names_the_workspace() {
    let stage = Stage::new().await;
    let refused = answer(
        403,
        json!({"error": "not authorized to discover this workspace"}),
    );
    let mut seen = stage
        .answer("GET", &format!("/registry/discover/{PEER}"), &[refused])
        .await;
    let reply = obey(&stage.agent(), &format!("discover {PEER}")).await;
    assert_eq!(
        reply,
        "discover failed: 403 not authorized to discover this workspace"
    );
    assert_eq!(header(&seen.next().await, "x-workspace-id").unwrap(), ID);
}
