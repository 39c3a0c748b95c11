//! TOK-030 to TOK-038, SEC-032.

use platform::World;
use protocol::{Edge, PeerBehaviour, Relation};
use reqwest::Method;
use serde_json::json;

use crate::stage::{ID, OTHER, Stage, ask, refused};

fn tokens() -> String {
    format!("/workspaces/{ID}/tokens")
}

#[tokio::test]
async fn tok_031_the_token_of_one_workspace_opens_no_other() {
    let stage = Stage::plain().await;
    stage.token().await;
    let foreign = stage.double().issue_token(OTHER);
    let answer = ask(stage.get(&tokens()).bearer_auth(foreign.reveal())).await;
    assert_eq!(answer, refused(401, "invalid workspace auth token"));
}

#[tokio::test]
async fn tok_032_a_revoked_token_stops_working_at_once() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    assert_eq!(
        ask(stage.get(&tokens()).bearer_auth(&token)).await.status,
        200
    );
    assert_eq!(stage.double().revoke_tokens(ID), 1);
    assert_eq!(
        ask(stage.get(&tokens()).bearer_auth(&token)).await.status,
        401
    );
}

#[tokio::test]
async fn tok_034_the_list_shows_neither_plaintext_nor_hash() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    let list = ask(stage.get(&tokens()).bearer_auth(&token)).await.body;
    assert_eq!(list["count"], 1);
    let row = list["tokens"][0].as_object().unwrap();
    let fields: Vec<_> = row.keys().map(String::as_str).collect();
    assert_eq!(fields, ["id", "prefix", "created_at", "last_used_at"]);
    assert_eq!(row["prefix"], token[..8]);
    assert!(row["last_used_at"].is_string());
}

#[tokio::test]
async fn tok_035_fifty_live_tokens_are_enough() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    for _ in 1..50 {
        stage.double().issue_token(ID);
    }
    let answer = ask(stage.post(&tokens(), &json!({})).bearer_auth(&token)).await;
    assert_eq!(
        answer,
        refused(429, "maximum 50 active tokens per workspace")
    );
}

#[tokio::test]
async fn tok_036_only_a_token_of_ones_own_can_be_revoked() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    let made = ask(stage.post(&tokens(), &json!({})).bearer_auth(&token)).await;
    assert_eq!(made.status, 201);
    let list = ask(stage.get(&tokens()).bearer_auth(&token)).await.body;
    let newest = list["tokens"][0]["id"].as_str().unwrap().to_owned();
    let revoke = |id: String| {
        let request = stage.request(Method::DELETE, &format!("{}/{id}", tokens()));
        ask(request.bearer_auth(&token))
    };
    assert_eq!(
        revoke(newest.clone()).await.body,
        json!({"status": "revoked"})
    );
    for id in [newest, OTHER.to_owned()] {
        assert_eq!(
            revoke(id).await,
            refused(404, "token not found or already revoked")
        );
    }
}

#[tokio::test]
async fn tok_037_a_removed_workspace_takes_the_tokens_of_all_below_it_along() {
    let world = crate::stage::with_peer(Relation::Child, PeerBehaviour::Replies("hi".into()));
    let stage = Stage::new(world).await;
    stage.token().await;
    stage.double().remove_workspace(ID);
    assert_eq!(stage.double().tokens_live(ID), 0);
    assert_eq!(stage.double().tokens_live(crate::stage::PEER), 0);
}

#[tokio::test]
async fn tok_038_workspace_routes_never_grandfather() {
    let stage = Stage::plain().await;
    let answer = ask(stage.get(&tokens())).await;
    assert_eq!(answer, refused(401, "missing workspace auth token"));
}

#[tokio::test]
async fn waf_033_a_same_origin_proof_replaces_no_bearer_and_excuses_no_bad_one() {
    let stage = Stage::new(World {
        edge: Edge::TenantGuard,
        ..World::default()
    })
    .await;
    let origin = stage.gateway.origin();
    let path = format!("/workspaces/{ID}/state");
    let bare = ask(stage.get(&path).header("origin", &origin)).await;
    assert_eq!(
        (bare.status, &bare.body["status"]),
        (200, &json!("provisioning"))
    );
    let outdated = ask(stage
        .get(&path)
        .header("origin", &origin)
        .bearer_auth("stale"))
    .await;
    assert_eq!(outdated, refused(401, "invalid workspace auth token"));
    stage.token().await;
    let bare = ask(stage.get(&path).header("origin", &origin)).await;
    assert_eq!(
        bare,
        refused(401, "missing workspace auth token"),
        "the gate inside the handler"
    );
}

#[tokio::test]
async fn sec_032_no_route_shows_the_secret_to_everybody() {
    let stage = Stage::plain().await;
    let secret = stage.double().rotate_secret(ID);
    let token = stage.token().await;
    assert!(!stage.row(ID).await.to_string().contains(secret.reveal()));
    let peers = ask(stage
        .get(&format!("/registry/{ID}/peers"))
        .bearer_auth(&token))
    .await;
    assert!(!peers.body.to_string().contains(secret.reveal()));
    assert_eq!(stage.row(ID).await.get("monthly_spend"), None, "adm_003");
}
