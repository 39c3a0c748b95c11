//! REG-030 to REG-048.

use platform::{WorkspaceSeed, World};
use protocol::{Addresses, Credential, Deployment, Revision};
use serde_json::{Value, json};

use crate::stage::{ID, OTHER, Stage, ask, refused, seed};

#[tokio::test]
async fn reg_030_a_malformed_or_incomplete_body_is_refused() {
    let stage = Stage::plain().await;
    for body in [
        json!({"url": "http://localhost:9", "agent_card": {}}),
        json!({"id": "", "url": "http://localhost:9", "agent_card": {}}),
        json!({"id": ID, "agent_card": {}}),
        json!({"id": ID, "url": "http://localhost:9"}),
        json!("no object"),
    ] {
        let answer = ask(stage.post("/registry/register", &body)).await;
        assert_eq!(answer, refused(400, "invalid request body"), "{body}");
    }
    let card = json!({"id": ID, "url": "http://localhost:9", "agent_card": null});
    assert_eq!(
        ask(stage.post("/registry/register", &card)).await.status,
        200
    );
}

#[tokio::test]
async fn reg_031_a_strict_platform_refuses_loopback_addresses_without_saying_why() {
    let stage = Stage::new(World {
        addresses: Addresses::Strict,
        ..World::default()
    })
    .await;
    assert_eq!(
        stage.register_at("http://127.0.0.1:9").await,
        refused(400, "invalid request body")
    );
    assert_eq!(stage.register_at("ftp://localhost/").await.status, 400);
    assert_eq!(stage.register_at("http://localhost:9").await.status, 200);
}

#[tokio::test]
async fn reg_032_private_addresses_depend_on_the_deployment() {
    for (deployment, status) in [(Deployment::Docker, 400), (Deployment::Saas, 200)] {
        let stage = Stage::new(World {
            deployment,
            ..World::default()
        })
        .await;
        assert_eq!(
            stage.register_at("http://10.0.0.7:8000").await.status,
            status
        );
    }
}

#[tokio::test]
async fn reg_034_and_035_a_live_token_must_be_shown() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    assert_eq!(
        stage.register_at("http://localhost:9").await,
        refused(401, "missing workspace auth token")
    );
    let body = json!({"id": ID, "url": "http://localhost:9", "agent_card": {}});
    let foreign = stage.double().issue_token(OTHER);
    for wrong in ["garbage", foreign.reveal()] {
        let answer = ask(stage.post("/registry/register", &body).bearer_auth(wrong)).await;
        assert_eq!(answer, refused(401, "invalid workspace auth token"));
    }
    let answer = ask(stage.post("/registry/register", &body).bearer_auth(&token)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.get("auth_token"), None, "reg_037");
    stage.double().revoke_tokens(ID);
    let answer = ask(stage.post("/registry/register", &body).bearer_auth(&token)).await;
    assert!(
        answer.body["auth_token"].is_string(),
        "reg_036 after revocation: {answer:?}"
    );
}

#[tokio::test]
async fn reg_036_and_046_the_first_register_mints_a_token() {
    let stage = Stage::plain().await;
    let answer = stage.register_at("http://localhost:9").await;
    assert_eq!(answer.body["status"], "registered");
    assert_eq!(
        answer.body["auth_token"].as_str().unwrap().len(),
        43,
        "tok_030"
    );
    assert_eq!(stage.double().tokens_live(ID), 1);
}

#[tokio::test]
async fn reg_038_the_secret_is_in_every_answer_with_or_without_a_token() {
    let secret = Credential::new("the-inbound-secret-of-the-subject-0123456789");
    let workspace = WorkspaceSeed {
        inbound_secret: Some(secret.clone()),
        ..seed()
    };
    let stage = Stage::new(World {
        workspaces: vec![workspace],
        ..World::default()
    })
    .await;
    let first = stage.register_at("http://localhost:9").await;
    let token = first.body["auth_token"].as_str().unwrap();
    let body = json!({"id": ID, "url": "http://localhost:9", "agent_card": {}});
    let second = ask(stage.post("/registry/register", &body).bearer_auth(token)).await;
    for answer in [&first, &second] {
        assert_eq!(answer.body["platform_inbound_secret"], secret.reveal());
    }
}

#[tokio::test]
async fn reg_039_a_null_secret_is_omitted_before_r2_and_minted_from_r2_on() {
    let old = Stage::at(Revision::R1)
        .await
        .register_at("http://localhost:9")
        .await;
    assert_eq!(
        (old.status, old.body.get("platform_inbound_secret")),
        (200, None)
    );
    let stage = Stage::at(Revision::R2).await;
    let new = stage.register_at("http://localhost:9").await;
    let minted = stage.double().inbound_secret(ID).unwrap();
    assert_eq!(new.body["platform_inbound_secret"], minted.reveal());
    let oldest = Stage::at(Revision::R0).await;
    oldest.double().rotate_secret(ID);
    let answer = oldest.register_at("http://localhost:9").await;
    assert_eq!(answer.body.get("platform_inbound_secret"), None);
}

#[tokio::test]
async fn reg_040_and_041_a_removed_workspace_gets_a_dead_token_and_stays_removed() {
    let stage = Stage::plain().await;
    stage.token().await;
    stage.double().remove_workspace(ID);
    let answer = stage.register_at("http://localhost:9").await;
    let dead = answer.body["auth_token"].as_str().unwrap();
    assert_eq!(stage.row(ID).await["status"], "removed");
    let body = json!({"workspace_id": ID});
    let answer = ask(stage.post("/registry/heartbeat", &body).bearer_auth(dead)).await;
    assert_eq!(answer, refused(401, "invalid workspace auth token"));
}

#[tokio::test]
async fn reg_042_a_provisioned_url_survives() {
    let stage = Stage::plain().await;
    let token = stage.register_at("http://127.0.0.1:9").await.body["auth_token"].clone();
    let body = json!({"id": ID, "url": "http://localhost:10", "agent_card": {}});
    let again = stage
        .post("/registry/register", &body)
        .bearer_auth(token.as_str().unwrap());
    assert_eq!(ask(again).await.status, 200);
    assert_eq!(stage.row(ID).await["url"], "http://127.0.0.1:9");
}

#[tokio::test]
async fn reg_043_every_status_becomes_online_and_the_card_is_replaced() {
    for status in [
        "paused",
        "hibernated",
        "failed",
        "offline",
        "degraded",
        "provisioning",
    ] {
        let stage = Stage::plain().await;
        stage.double().set_status(ID, status);
        stage.register_at("http://localhost:9").await;
        let row = stage.row(ID).await;
        assert_eq!(
            (&row["status"], &row["agent_card"]["name"]),
            (&json!("online"), &json!("agent"))
        );
    }
}

#[tokio::test]
async fn reg_044_an_unknown_id_is_inserted_under_its_own_name() {
    let stage = Stage::plain().await;
    let body = json!({"id": OTHER, "url": "http://localhost:9", "agent_card": null});
    assert_eq!(
        ask(stage.post("/registry/register", &body)).await.status,
        200
    );
    assert_eq!(stage.row(OTHER).await["name"], OTHER);
    let body = json!({"id": "no-uuid", "url": "http://localhost:9", "agent_card": null});
    let answer = ask(stage.post("/registry/register", &body)).await;
    assert_eq!(answer, refused(500, "registration failed"));
}

#[tokio::test]
async fn reg_045_the_workspace_is_announced_with_url_and_card() {
    let stage = Stage::plain().await;
    stage.register_at("http://localhost:9").await;
    let (event, payload) = stage.broadcasts().remove(0);
    assert_eq!(event, "WORKSPACE_ONLINE");
    assert_eq!(payload["url"], "http://localhost:9");
    assert_eq!(payload["agent_card"]["name"], "agent");
}

#[tokio::test]
async fn reg_048_from_r2_on_reasons_are_told_and_the_mode_is_echoed() {
    let stage = Stage::new(World {
        revision: Revision::R2,
        addresses: Addresses::Strict,
        ..World::default()
    })
    .await;
    let register = |fields: Value| {
        let mut body = json!({"id": ID, "agent_card": {}});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        ask(stage.post("/registry/register", &body))
    };
    assert_eq!(
        register(json!({"url": "ftp://x/"})).await,
        refused(400, "url scheme must be http or https, got \"ftp\"")
    );
    assert_eq!(
        register(json!({"url": "http://127.0.0.1/"})).await,
        refused(400, "url targets a blocked address: loopback address")
    );
    assert_eq!(
        register(json!({})).await,
        refused(400, "url is required for push-mode workspaces")
    );
    assert_eq!(
        register(json!({"delivery_mode": "mail"})).await,
        refused(400, "delivery_mode must be 'push' or 'poll'")
    );
    let polling = register(json!({"delivery_mode": "poll"})).await;
    assert_eq!(
        (polling.status, &polling.body["delivery_mode"]),
        (200, &json!("poll"))
    );
}

#[tokio::test]
async fn card_003_a_new_card_replaces_the_old_one_and_leaves_the_url_alone() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    let body = json!({"workspace_id": ID, "agent_card": {"name": "new"}});
    let answer = ask(stage.post("/registry/update-card", &body)).await;
    assert_eq!(answer, refused(401, "missing workspace auth token"));
    let answer = ask(stage
        .post("/registry/update-card", &body)
        .bearer_auth(token))
    .await;
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({"status": "updated"}))
    );
    let row = stage.row(ID).await;
    assert_eq!(
        (&row["agent_card"]["name"], &row["url"]),
        (&json!("new"), &json!("http://localhost:9"))
    );
    assert!(stage.told().contains(&"AGENT_CARD_UPDATED".to_owned()));
}

#[tokio::test]
async fn a_restart_clears_the_url_so_that_the_next_register_sets_it() {
    let stage = Stage::plain().await;
    let token = stage.register_at("http://127.0.0.1:9").await.body["auth_token"].clone();
    stage.double().begin_restart(ID);
    let row = stage.row(ID).await;
    assert_eq!(
        (&row["status"], &row["url"]),
        (&json!("provisioning"), &json!(""))
    );
    let body = json!({"id": ID, "url": "http://127.0.0.1:10", "agent_card": {}});
    let again = stage
        .post("/registry/register", &body)
        .bearer_auth(token.as_str().unwrap());
    assert_eq!(ask(again).await.status, 200);
    assert_eq!(stage.row(ID).await["url"], "http://127.0.0.1:10");
}
