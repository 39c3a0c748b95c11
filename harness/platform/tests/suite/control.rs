//! The control routes of a stand-alone platform.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use platform::{Gateway, Recorder, StandAlone, World};
use protocol::control::{Ability, Faults, Offer, Reprovisioned, Workspace};
use protocol::journal::{Event, Fact, FaultKind};
use protocol::{Credential, Edge, Redactor};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::stage::{Answer, ID, OTHER, Stage, ask};

const CONTROL: &str = "control-token-of-the-tests";

pub(crate) async fn alone(world: World, state_file: Option<std::path::PathBuf>) -> Stage {
    let recorder = Recorder::start(Redactor::new());
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let alone = StandAlone {
        address,
        control_token: Credential::new(CONTROL),
        state_file,
    };
    let gateway = Gateway::start_alone(world, recorder.clone(), alone)
        .await
        .unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Stage {
        gateway,
        recorder,
        client,
    }
}

fn act(stage: &Stage, method: Method, path: &str) -> RequestBuilder {
    stage
        .request(method, &format!("/proofmark{path}"))
        .bearer_auth(CONTROL)
}

async fn post(stage: &Stage, path: &str, body: &Value) -> Answer {
    ask(act(stage, Method::POST, path).body(body.to_string())).await
}

async fn put(stage: &Stage, path: &str, body: &Value) -> Answer {
    ask(act(stage, Method::PUT, path).body(body.to_string())).await
}

#[tokio::test]
async fn nobody_drives_a_platform_without_the_token() {
    let stage = alone(World::default(), None).await;
    for path in ["/proofmark", "/proofmark/journal", "/proofmark/nothing"] {
        assert_eq!(ask(stage.get(path)).await.status, 401, "{path}");
        assert_eq!(
            ask(stage.get(path).bearer_auth("control-token-of-the-test"))
                .await
                .status,
            401,
            "{path}"
        );
    }
    let offer: Offer = act(&stage, Method::GET, "")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(offer.offers, Ability::ALL);
    assert_eq!(offer.edge, Edge::Open);
    let unknown = ask(act(&stage, Method::GET, "/nothing")).await;
    assert_eq!(unknown.status, 404);
    assert!(
        unknown.body["error"]
            .as_str()
            .unwrap()
            .contains("GET /proofmark/nothing")
    );
    assert!(stage.recorder.events().is_empty(), "control is not traffic");
}

#[tokio::test]
async fn a_platform_that_does_not_stand_alone_has_no_control_routes() {
    let stage = Stage::plain().await;
    assert_eq!(ask(stage.get("/proofmark")).await.status, 404);
    assert_eq!(ask(stage.get("/openapi.json")).await.status, 404);
}

#[tokio::test]
async fn credentials_are_issued_revoked_rotated_and_cleared() {
    let stage = alone(World::default(), None).await;
    let path = |rest: &str| format!("/workspaces/{ID}{rest}");
    let issued = post(&stage, &path("/tokens"), &json!(null)).await;
    let token = issued.body["auth_token"].as_str().unwrap().to_owned();
    assert_eq!(issued.status, 201);
    assert_eq!(
        ask(stage.get(&path("/state")).bearer_auth(&token))
            .await
            .status,
        200
    );
    let done: Reprovisioned = act(&stage, Method::POST, &path("/reprovision"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!((done.revoked, done.platform_inbound_secret.len()), (1, 43));
    assert_eq!(
        ask(stage.get(&path("/state")).bearer_auth(&token))
            .await
            .status,
        401
    );
    let secret = ask(act(&stage, Method::GET, &path("/secret"))).await;
    assert_eq!(
        secret.body["platform_inbound_secret"],
        done.platform_inbound_secret.as_str()
    );
    assert_eq!(
        ask(act(&stage, Method::DELETE, &path("/secret")))
            .await
            .status,
        200
    );
    assert_eq!(stage.double().inbound_secret(ID), None);
    assert_eq!(
        ask(act(&stage, Method::DELETE, &path("/tokens")))
            .await
            .body,
        json!({"revoked": 0})
    );
    let unknown = ask(act(
        &stage,
        Method::POST,
        &format!("/workspaces/{OTHER}/tokens"),
    ))
    .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn workspaces_come_change_and_go() {
    let stage = alone(World::default(), None).await;
    let new = json!({"id": OTHER, "name": "poller", "parent_id": ID, "delivery_mode": "poll"});
    let made = post(&stage, "/workspaces", &new).await;
    let seen: Workspace = serde_json::from_value(made.body).unwrap();
    assert_eq!(
        (made.status, seen.status.as_str(), seen.has_secret),
        (201, "provisioning", true)
    );
    assert_eq!(post(&stage, "/workspaces", &new).await.status, 409);
    for wrong in [
        json!({}),
        json!({"name": "a", "colour": "red"}),
        json!({"name": "a", "id": "b"}),
    ] {
        assert_eq!(
            post(&stage, "/workspaces", &wrong).await.status,
            400,
            "{wrong}"
        );
    }
    let path = format!("/workspaces/{OTHER}");
    assert_eq!(
        put(&stage, &format!("{path}/status"), &json!({"status": "odd"}))
            .await
            .status,
        400
    );
    let changed = put(
        &stage,
        &format!("{path}/status"),
        &json!({"status": "hibernated"}),
    )
    .await;
    assert_eq!(changed.body["status"], "hibernated");
    assert_eq!(
        put(&stage, &format!("{path}/budget"), &json!({"limit": null}))
            .await
            .status,
        200
    );
    assert_eq!(ask(act(&stage, Method::DELETE, &path)).await.status, 200);
    assert_eq!(stage.double().status(OTHER).unwrap(), "removed");
}

#[tokio::test]
async fn a_delegation_is_added_and_the_log_is_pruned() {
    let stage = alone(World::default(), None).await;
    let path = format!("/workspaces/{ID}");
    let done = json!({
        "delegation_id": "d-1", "source_id": ID, "target_id": OTHER, "status": "completed", "summary": "done",
        "response_preview": "42",
    });
    assert_eq!(
        post(&stage, &format!("{path}/delegations"), &done)
            .await
            .status,
        201
    );
    let token = stage.double().issue_token(ID);
    let listed = ask(stage
        .get(&format!("{path}/delegations"))
        .bearer_auth(token.reveal()))
    .await
    .body;
    assert_eq!(
        (&listed[0]["delegation_id"], &listed[0]["response_preview"]),
        (&json!("d-1"), &json!("42"))
    );
    let pruned = ask(act(&stage, Method::DELETE, &format!("{path}/activity"))).await;
    assert_eq!(pruned.body, json!({"pruned": 1}));
    let mut odd = done;
    odd["status"] = "maybe".into();
    assert_eq!(
        post(&stage, &format!("{path}/delegations"), &odd)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_peer_is_created_and_changed_while_the_platform_runs() {
    let stage = alone(World::default(), None).await;
    let new =
        json!({"name": "friend", "of": ID, "relation": "sibling", "conduct": {"replies": "hello"}});
    let peer = post(&stage, "/peers", &new).await;
    assert_eq!(peer.status, 201);
    let id = peer.body["id"].as_str().unwrap();
    let send = || {
        stage.post(
            &format!("/workspaces/{id}/a2a"),
            &json!({"method": "message/send", "params": {}}),
        )
    };
    let answer = ask(send()).await;
    assert_eq!(
        answer.body["result"]["parts"][0]["text"], "hello",
        "{answer:?}"
    );
    assert_eq!(
        put(&stage, "/peers/friend/conduct", &json!({"fails": 500}))
            .await
            .status,
        200
    );
    assert_eq!(ask(send()).await.status, 500);
    assert_eq!(
        put(&stage, "/peers/friend/conduct", &json!("busy"))
            .await
            .status,
        200
    );
    assert_eq!(
        put(&stage, "/peers/nobody/conduct", &json!("busy"))
            .await
            .status,
        404
    );
    assert_eq!(
        put(&stage, "/peers/friend/conduct", &json!({"fails": 99}))
            .await
            .status,
        400
    );
    assert_eq!(post(&stage, "/peers", &new).await.status, 409);
    let listed = ask(act(&stage, Method::GET, "/peers")).await.body;
    assert_eq!(listed["peers"], json!([peer.body]));
}

#[tokio::test]
async fn faults_strike_traffic_and_never_control() {
    let stage = alone(World::default(), None).await;
    let down = json!({"label": "down", "path": "**", "effect": {"status": {"status": 503, "body": "down"}}});
    assert_eq!(post(&stage, "/faults", &down).await.status, 201);
    let unfired: Faults =
        serde_json::from_value(ask(act(&stage, Method::GET, "/faults")).await.body).unwrap();
    assert_eq!(unfired.unfired, ["down"]);
    assert_eq!(ask(stage.get("/health")).await.status, 503);
    assert_eq!(
        ask(act(&stage, Method::DELETE, "/faults/down"))
            .await
            .status,
        200
    );
    assert_eq!(ask(stage.get("/health")).await.status, 200);
    for wrong in [
        json!({"status": {"status": 100}}),
        json!({"delay": {"hours": 1}}),
        json!("melt"),
    ] {
        let fault = json!({"label": "odd", "path": "/", "effect": wrong});
        assert_eq!(post(&stage, "/faults", &fault).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_edge_gets_another_face() {
    let stage = alone(World::default(), None).await;
    let row = format!("/workspaces/{ID}");
    assert_eq!(ask(stage.get(&row)).await.status, 200);
    assert_eq!(
        put(&stage, "/edge", &json!({"face": "waf-empty"}))
            .await
            .status,
        200
    );
    assert_eq!(ask(stage.get(&row)).await.status, 404);
    assert_eq!(
        ask(stage.get(&row).header("origin", stage.gateway.origin()))
            .await
            .status,
        200
    );
    assert_eq!(
        ask(act(&stage, Method::GET, "/edge")).await.body,
        json!({"face": "waf-empty"})
    );
    assert_eq!(
        put(&stage, "/edge", &json!({"face": "open"})).await.status,
        200
    );
    assert_eq!(ask(stage.get(&row)).await.status, 200);
    assert_eq!(
        put(&stage, "/edge", &json!({"face": "ajar"})).await.status,
        400
    );
    let noted = stage.recorder.read(|events| {
        let is_it = |event: &&Event| matches!(&event.fact, Fact::Fault(fault) if fault.label == "edge" && fault.kind == FaultKind::Wire);
        events.iter().filter(is_it).count()
    });
    assert_eq!(noted, 2);
}

#[tokio::test]
async fn the_journal_is_read_while_it_is_written() {
    let stage = alone(World::default(), None).await;
    ask(stage.get("/health")).await;
    let read = |query: &str| {
        let request = act(&stage, Method::GET, &format!("/journal{query}"));
        async move {
            let text = request.send().await.unwrap().text().await.unwrap();
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<Event>>()
        }
    };
    let all = read("").await;
    assert_eq!(all, stage.recorder.events());
    assert_eq!(
        all.iter().map(|event| event.seq).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(read("?after=0").await.len(), 1);
    assert!(read("?after=1").await.is_empty());
    let mut stream = act(&stage, Method::GET, "/journal?after=1&wait=30")
        .send()
        .await
        .unwrap();
    ask(stage.get("/health")).await;
    let piece = tokio::time::timeout(Duration::from_secs(10), stream.chunk())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let first: Event =
        serde_json::from_slice(piece.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!(first.seq, 2);
    for wrong in ["?after=x", "?wait=301"] {
        assert_eq!(
            ask(act(&stage, Method::GET, &format!("/journal{wrong}")))
                .await
                .status,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn the_description_names_every_route() {
    let stage = alone(World::default(), None).await;
    let described = ask(stage.get("/openapi.json")).await.body;
    let paths = described["paths"].as_object().unwrap();
    for path in [
        "/registry/register",
        "/workspaces",
        "/workspaces/{id}/secrets/values",
        "/proofmark/journal",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    let update = &paths["/workspaces/{id}/delegations/{delegation}/update"]["post"];
    let parameter = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    assert_eq!(
        update["parameters"],
        json!([parameter("id"), parameter("delegation")])
    );
    assert_eq!(
        update["responses"]["401"]["description"],
        "No token of the workspace"
    );
    let created = &paths["/proofmark/workspaces"]["post"];
    assert_eq!(
        (&created["tags"], created.get("parameters")),
        (&json!(["control"]), None)
    );
    assert_eq!(
        created["responses"]["401"]["description"],
        "No control token"
    );
    let text = described.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            described["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
    let mut names: Vec<_> = paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let operations = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.len(),
        operations,
        "every operation has a name of its own"
    );
    assert!(operations > 60, "{operations}");
}
