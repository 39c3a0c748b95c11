//! ADM-001 to ADM-004: what operators do over the wire (contract 4.9-4.11, 4.16, 4.17).

use platform::World;
use protocol::{Credential, PeerBehaviour, Relation, Revision};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::stage::{Answer, ID, OTHER, PEER, Stage, ask, refused, with_peer};

const ADMIN: &str = "operator-token-of-the-tests";

fn guarded(revision: Revision) -> World {
    World {
        admin_token: Some(Credential::new(ADMIN)),
        revision,
        ..World::default()
    }
}

fn create(stage: &Stage, body: &Value) -> RequestBuilder {
    stage.post("/workspaces", body).bearer_auth(ADMIN)
}

async fn delete(stage: &Stage, path: &str) -> Answer {
    ask(stage.request(Method::DELETE, path).bearer_auth(ADMIN)).await
}

#[tokio::test]
async fn adm_001_a_managed_workspace_is_provisioned() {
    let stage = Stage::new(guarded(Revision::R1)).await;
    let answer = ask(create(
        &stage,
        &json!({"name": "worker", "role": "writes", "unknown": 1}),
    ))
    .await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id,
        "status": "provisioning",
        "awareness_namespace": format!("workspace:{id}"),
        "workspace_access": "none",
    });
    assert_eq!(
        answer,
        Answer {
            status: 201,
            body: expected
        }
    );
    let row = stage.row(&id).await;
    assert_eq!(
        (&row["tier"], &row["runtime"], &row["role"]),
        (&json!(3), &json!("langgraph"), &json!("writes"))
    );
    assert_eq!(stage.told(), ["WORKSPACE_PROVISIONING"]);
    assert!(stage.double().inbound_secret(&id).is_some());
}

#[tokio::test]
async fn adm_001_an_external_workspace_gets_its_token_once() {
    for (revision, status, runtime) in [
        (Revision::R1, "provisioning", "langgraph"),
        (Revision::R2, "awaiting_agent", "external"),
    ] {
        let stage = Stage::new(guarded(revision)).await;
        let answer = ask(create(&stage, &json!({"name": "far", "external": true}))).await;
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (201, &json!("awaiting_agent"))
        );
        let connection = answer.body["connection"].as_object().unwrap();
        let fields: Vec<_> = connection.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "workspace_id",
                "platform_url",
                "auth_token",
                "registry_endpoint",
                "heartbeat_endpoint",
                "curl_register_template",
                "python_snippet"
            ]
        );
        assert_eq!(connection["platform_url"], stage.gateway.origin());
        let (id, token) = (
            answer.body["id"].as_str().unwrap(),
            connection["auth_token"].as_str().unwrap(),
        );
        assert_eq!(
            ask(stage
                .get(&format!("/workspaces/{id}/state"))
                .bearer_auth(token))
            .await
            .status,
            200
        );
        let row = stage.row(id).await;
        assert_eq!(
            (&row["status"], &row["runtime"]),
            (&json!(status), &json!(runtime)),
            "{revision}"
        );
        assert_eq!(stage.told(), ["WORKSPACE_AWAITING_AGENT"]);
        let listed = ask(stage.get("/workspaces").bearer_auth(ADMIN)).await.body;
        assert!(!listed.to_string().contains(token));
    }
}

#[tokio::test]
async fn adm_001_an_external_workspace_with_a_url_is_online_and_grandfathered() {
    let stage = Stage::new(guarded(Revision::R1)).await;
    let body = json!({"name": "far", "runtime": "external", "url": "http://169.254.169.254/"});
    let answer = ask(create(&stage, &body)).await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    assert_eq!(
        answer,
        Answer {
            status: 201,
            body: json!({"id": id, "external": true, "status": "online"})
        }
    );
    assert_eq!(stage.double().tokens_live(&id), 0);
    assert_eq!(stage.told(), ["WORKSPACE_ONLINE"]);
}

#[tokio::test]
async fn a_refused_workspace_leaves_no_row() {
    let stage = Stage::new(guarded(Revision::R1)).await;
    for (body, text) in [
        (json!({}), "invalid workspace payload"),
        (json!([]), "invalid workspace payload"),
        (json!({"name": "a|b"}), "invalid workspace fields"),
        (
            json!({"name": "a", "model": "m".repeat(101)}),
            "invalid workspace fields",
        ),
        (
            json!({"name": "a", "template": "../etc"}),
            "invalid template",
        ),
        (
            json!({"name": "a", "workspace_dir": "here"}),
            "invalid workspace directory",
        ),
        (
            json!({"name": "a", "workspace_access": "all"}),
            "invalid workspace access",
        ),
        (
            json!({"name": "a", "workspace_access": "read_only"}),
            "invalid workspace access",
        ),
    ] {
        assert_eq!(
            ask(create(&stage, &body)).await,
            refused(400, text),
            "{body}"
        );
    }
    let body = json!({"name": "a", "parent_id": "nobody"});
    assert_eq!(
        ask(create(&stage, &body)).await,
        refused(500, "failed to create workspace")
    );
    let listed = ask(stage.get("/workspaces").bearer_auth(ADMIN)).await.body;
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_operators_gate() {
    let stage = Stage::new(guarded(Revision::R1)).await;
    let token = stage.token().await;
    assert_eq!(
        ask(stage.get("/workspaces")).await,
        refused(401, "admin auth required")
    );
    let answer = ask(stage.get("/workspaces").bearer_auth(&token)).await;
    assert_eq!(answer, refused(401, "invalid admin auth token"));

    let open = Stage::plain().await;
    assert_eq!(ask(open.get("/workspaces")).await.status, 200);
    let token = open.token().await;
    assert_eq!(
        ask(open.get("/workspaces")).await,
        refused(401, "admin auth required")
    );
    assert_eq!(
        ask(open.get("/workspaces").bearer_auth(&token))
            .await
            .status,
        200
    );
    let answer = ask(open.get("/workspaces").bearer_auth("wrong")).await;
    assert_eq!(answer, refused(401, "invalid admin auth token"));
}

#[tokio::test]
async fn adm_002_children_are_deleted_only_when_that_is_confirmed() {
    let mut world = with_peer(Relation::Child, PeerBehaviour::Busy);
    world.admin_token = Some(Credential::new(ADMIN));
    let stage = Stage::new(world).await;
    let path = format!("/workspaces/{ID}");
    let answer = delete(&stage, &path).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.body["status"], "confirmation_required");
    assert_eq!(
        answer.body["children"],
        json!([{"id": PEER, "name": "friend"}])
    );
    assert_eq!(answer.body["children_count"], 1);
    assert!(answer.body["message"].is_string());
    assert_eq!(stage.double().status(PEER).unwrap(), "online");
    let answer = delete(&stage, &format!("{path}?confirm=true")).await;
    assert_eq!(
        answer,
        Answer {
            status: 200,
            body: json!({"status": "removed", "cascade_deleted": 1})
        }
    );
    for id in [ID, PEER] {
        assert_eq!(stage.double().status(id).unwrap(), "removed");
        assert_eq!(stage.double().tokens_live(id), 0);
    }
    assert_eq!(stage.told(), ["WORKSPACE_REMOVED", "WORKSPACE_REMOVED"]);
    let answer = delete(&stage, &format!("{path}?purge=true")).await;
    assert_eq!(
        answer,
        Answer {
            status: 200,
            body: json!({"status": "purged", "cascade_deleted": 0})
        }
    );
    assert_eq!(stage.double().status(ID), None);
}

#[tokio::test]
async fn adm_003_only_operators_see_money_and_tasks() {
    let stage = Stage::new(guarded(Revision::R1)).await;
    stage.double().set_budget(ID, Some(7));
    let withheld = [
        "budget_limit",
        "monthly_spend",
        "current_task",
        "last_sample_error",
        "workspace_dir",
    ];
    let open = stage.row(ID).await;
    let listed = ask(stage.get("/workspaces").bearer_auth(ADMIN)).await.body;
    for field in withheld {
        assert!(
            open.get(field).is_none() && listed[0].get(field).is_some(),
            "{field}"
        );
    }
    assert_eq!(listed[0]["budget_limit"], 7);
}

#[tokio::test]
async fn a_workspace_changes_its_own_fields() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    let patch = |body: Value| {
        let request = stage.request(Method::PATCH, &format!("/workspaces/{ID}"));
        request.bearer_auth(&token).body(body.to_string())
    };
    let body = json!({"name": "new", "role": "", "tier": 1, "parent_id": OTHER, "collapsed": true, "x": 1.5, "y": -2,
                      "budget_limit": 5});
    assert_eq!(
        ask(patch(body)).await,
        Answer {
            status: 200,
            body: json!({"status": "updated"})
        }
    );
    let row = stage.row(ID).await;
    assert_eq!(row["name"], "new");
    assert_eq!(
        (&row["parent_id"], &row["x"], &row["y"]),
        (&json!(OTHER), &json!(1.5), &json!(-2))
    );
    let answer = ask(patch(json!({"workspace_dir": "/srv/w", "x": 9}))).await;
    assert_eq!(
        answer.body,
        json!({"status": "updated", "needs_restart": true})
    );
    assert_eq!(stage.row(ID).await["x"], json!(1.5));
    assert_eq!(
        ask(patch(json!({"workspace_dir": "a/../b"}))).await,
        refused(400, "invalid workspace directory")
    );
    assert_eq!(
        ask(patch(json!([]))).await,
        refused(400, "invalid request body")
    );
    assert_eq!(
        ask(patch(json!({"name": "a\nb"}))).await,
        refused(400, "name must not contain newlines")
    );
    assert_eq!(stage.row(ID).await["name"], "new");
}

#[tokio::test]
async fn a_test_token_is_issued_where_the_platform_is_no_product() {
    let path = format!("/admin/workspaces/{ID}/test-token");
    let stage = Stage::plain().await;
    let first = stage.token().await;
    let answer = ask(stage.get(&path)).await;
    assert_eq!(
        (answer.status, &answer.body["workspace_id"]),
        (200, &json!(ID))
    );
    for token in [first.as_str(), answer.body["auth_token"].as_str().unwrap()] {
        assert_eq!(
            ask(stage
                .get(&format!("/workspaces/{ID}/state"))
                .bearer_auth(token))
            .await
            .status,
            200
        );
    }
    let unknown = format!("/admin/workspaces/{OTHER}/test-token");
    assert_eq!(
        ask(stage.get(&unknown)).await,
        refused(404, "workspace not found")
    );

    let guarded = Stage::new(guarded(Revision::R1)).await;
    assert_eq!(
        ask(guarded.get(&path)).await,
        refused(401, "admin auth required")
    );
    assert_eq!(
        ask(guarded.get(&path).header("authorization", ADMIN))
            .await
            .status,
        200
    );

    let product = Stage::new(World {
        test_tokens: false,
        ..World::default()
    })
    .await;
    assert_eq!(ask(product.get(&path)).await, refused(404, "not found"));
}
