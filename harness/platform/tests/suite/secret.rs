//! Secrets that operators store for workspaces (contract 4.16, ADM-004).

use platform::World;
use protocol::Credential;
use reqwest::Method;
use serde_json::json;

use crate::stage::{Answer, ID, OTHER, Stage, ask, refused};

const ADMIN: &str = "operator-token-of-the-tests";

async fn guarded() -> Stage {
    Stage::new(World {
        admin_token: Some(Credential::new(ADMIN)),
        ..World::default()
    })
    .await
}

fn path(rest: &str) -> String {
    format!("/workspaces/{ID}/secrets{rest}")
}

#[tokio::test]
async fn own_secrets_lie_over_global_ones_and_the_list_shows_no_value() {
    let stage = guarded().await;
    for (path, key, value) in [
        ("/admin/secrets".to_owned(), "SHARED", "global-value-1"),
        ("/admin/secrets".to_owned(), "API_KEY", "global-value-2"),
        (path(""), "API_KEY", "own-value-000"),
    ] {
        let answer = ask(stage
            .post(&path, &json!({"key": key, "value": value}))
            .bearer_auth(ADMIN))
        .await;
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (200, &json!("saved"))
        );
    }
    let token = stage.token().await;
    let values = ask(stage.get(&path("/values")).bearer_auth(&token)).await;
    let expected = json!({"API_KEY": "own-value-000", "SHARED": "global-value-1"});
    assert_eq!(
        values,
        Answer {
            status: 200,
            body: expected
        }
    );
    let listed = ask(stage.get(&path("")).bearer_auth(&token)).await.body;
    let scopes: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["key"], &row["scope"]))
        .collect();
    assert_eq!(
        scopes,
        [
            (&json!("API_KEY"), &json!("workspace")),
            (&json!("SHARED"), &json!("global"))
        ]
    );
    assert!(!listed.to_string().contains("value-"));
    let journal = serde_json::to_string(&stage.recorder.events()).unwrap();
    assert!(
        !journal.contains("own-value-000") && !journal.contains("global-value"),
        "{journal}"
    );
}

#[tokio::test]
async fn adm_004_values_need_a_workspace_token_where_one_is_live() {
    let stage = guarded().await;
    let with = |token: &str| stage.get(&path("/values")).bearer_auth(token);
    assert_eq!(ask(with(ADMIN)).await.status, 200);
    let token = stage.token().await;
    assert_eq!(
        ask(with(ADMIN)).await,
        refused(401, "invalid workspace auth token")
    );
    assert_eq!(ask(with(&token)).await.status, 200);
    let upper = path("/values").replace(ID, &ID.to_uppercase());
    let answer = ask(stage.get(&upper).bearer_auth(ADMIN)).await;
    assert_eq!(answer, refused(400, "invalid workspace ID"));
}

#[tokio::test]
async fn adm_004_one_value_that_cannot_be_decrypted_fails_the_whole() {
    let stage = guarded().await;
    let token = stage.token().await;
    stage.double().spoil_secret(ID, "BROKEN");
    let answer = ask(stage.get(&path("/values")).bearer_auth(&token)).await;
    assert_eq!(
        (answer.status, &answer.body["failed_keys"]),
        (500, &json!(["workspace:BROKEN"]))
    );
    let text = "one or more secrets failed to decrypt; refusing to return partial bundle";
    assert_eq!(answer.body["error"], text);
}

#[tokio::test]
async fn a_changed_secret_restarts_a_docker_workspace() {
    let stage = guarded().await;
    let token = stage.token().await;
    let answer = ask(stage
        .post(&path(""), &json!({"key": "K", "value": "v"}))
        .bearer_auth(&token))
    .await;
    assert_eq!(answer.body, json!({"status": "saved", "key": "K"}));
    assert_eq!(stage.double().status(ID).unwrap(), "provisioning");
    assert_eq!(stage.double().tokens_live(ID), 0);
    let remove = |key: &str| {
        stage
            .request(Method::DELETE, &path(&format!("/{key}")))
            .bearer_auth(ADMIN)
    };
    assert_eq!(
        ask(remove("K")).await.body,
        json!({"status": "deleted", "key": "K"})
    );
    assert_eq!(ask(remove("K")).await, refused(404, "secret not found"));
    let body = json!({"key": "K", "value": "v"});
    let unknown = ask(stage
        .post(&format!("/workspaces/{OTHER}/secrets"), &body)
        .bearer_auth(ADMIN))
    .await;
    assert_eq!(unknown, refused(500, "failed to save secret"));
    let nothing = ask(stage
        .post(&path(""), &json!({"key": "K"}))
        .bearer_auth(ADMIN))
    .await;
    assert_eq!(nothing, refused(400, "invalid request body"));
}
