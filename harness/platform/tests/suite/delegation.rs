//! DEL-007 to DEL-009.

use protocol::control::FinishedDelegation;
use protocol::journal::{Fact, Party, PlatformChange};
use protocol::{PeerBehaviour, Relation};
use serde_json::{Value, json};

use crate::stage::{Answer, ID, OTHER, PEER, Stage, ask, refused, with_peer};

struct Boss {
    stage: Stage,
    token: String,
}

impl Boss {
    async fn of(behaviour: PeerBehaviour) -> Self {
        let stage = Stage::new(with_peer(Relation::Child, behaviour)).await;
        let token = stage.token().await;
        Self { stage, token }
    }

    async fn post(&self, route: &str, body: Value) -> Answer {
        let path = format!("/workspaces/{ID}/{route}");
        ask(self.stage.post(&path, &body).bearer_auth(&self.token)).await
    }

    async fn list(&self) -> Vec<Value> {
        let path = format!("/workspaces/{ID}/delegations");
        let rows = ask(self.stage.get(&path).bearer_auth(&self.token))
            .await
            .body;
        rows.as_array().unwrap().clone()
    }

    async fn until_told(&self, name: &str) {
        let told = |fact: &Fact| match fact {
            Fact::Platform(fact) => {
                matches!(&fact.change, PlatformChange::Broadcast { event, .. } if event == name)
            }
            _ => false,
        };
        self.stage.until(told).await;
    }
}

#[tokio::test]
async fn del_007_the_shapes_of_delegate() {
    let boss = Boss::of(PeerBehaviour::Replies("done".into())).await;
    for (body, text) in [
        (json!({"target_id": PEER}), "invalid delegation request"),
        (
            json!({"target_id": "x", "task": "t"}),
            "target_id must be a valid UUID",
        ),
        (
            json!({"target_id": ID, "task": "t"}),
            "self-delegation not permitted",
        ),
    ] {
        assert_eq!(boss.post("delegate", body).await, refused(400, text));
    }
    let body = json!({"target_id": PEER, "task": "t", "idempotency_key": "k"});
    let first = boss.post("delegate", body.clone()).await;
    assert_eq!(
        (first.status, &first.body["status"]),
        (202, &json!("delegated"))
    );
    let again = boss.post("delegate", body).await;
    assert_eq!(
        (again.status, &again.body["idempotent_hit"]),
        (200, &json!(true))
    );
    assert_eq!(first.body["delegation_id"], again.body["delegation_id"]);
}

#[tokio::test]
async fn del_008_and_009_the_work_arrives_and_its_end_is_listed() {
    let boss = Boss::of(PeerBehaviour::Replies("done".into())).await;
    let id = boss
        .post("delegate", json!({"target_id": PEER, "task": "dig"}))
        .await
        .body["delegation_id"]
        .clone();
    boss.until_told("DELEGATION_COMPLETE").await;
    let sent = boss.stage.recorder.read(|events| {
        events.iter().find_map(|event| match &event.fact {
            Fact::Request(request) if request.from == Party::Platform => request.body.as_json(),
            _ => None,
        })
    });
    let message = sent.unwrap()["params"]["message"].clone();
    assert_eq!(
        (&message["messageId"], &message["metadata"]["delegation_id"]),
        (&id, &id)
    );
    assert_eq!(message["parts"], json!([{"type": "text", "text": "dig"}]));
    let rows = boss.list().await;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["type"], &rows[0]["status"]),
        (&json!("delegate_result"), &json!("completed"))
    );
    assert_eq!(
        (&rows[0]["response_preview"], &rows[0]["delegation_id"]),
        (&json!("done"), &id)
    );
    assert_eq!(
        (&rows[1]["type"], &rows[1]["status"]),
        (&json!("delegate"), &json!("completed"))
    );
    assert_eq!(rows[1]["source_id"], ID);
}

#[tokio::test]
async fn a_failure_of_the_target_is_listed_without_a_delegation_id() {
    let boss = Boss::of(PeerBehaviour::Fails(400)).await;
    boss.post("delegate", json!({"target_id": PEER, "task": "dig"}))
        .await;
    boss.until_told("DELEGATION_FAILED").await;
    let rows = boss.list().await;
    assert_eq!(
        (&rows[0]["status"], rows[0].get("delegation_id")),
        (&json!("failed"), None)
    );
    assert_eq!(rows[0]["error"], "friend fails");
    assert_eq!(rows[1]["status"], "failed");
}

#[tokio::test]
async fn queued_work_is_stitched_when_the_target_has_time() {
    let boss = Boss::of(PeerBehaviour::Busy).await;
    let id = boss
        .post("delegate", json!({"target_id": PEER, "task": "dig"}))
        .await
        .body["delegation_id"]
        .clone();
    let queued = |fact: &Fact| match fact {
        Fact::Platform(fact) => match &fact.change {
            PlatformChange::Broadcast { event, payload } => {
                event == "DELEGATION_STATUS" && payload["status"] == "queued"
            }
            _ => false,
        },
        _ => false,
    };
    boss.stage.until(queued).await;
    boss.stage
        .gateway
        .set_peer_behaviour("friend", PeerBehaviour::Replies("dug".into()));
    let token = boss.stage.double().issue_token(PEER);
    let body = json!({"workspace_id": PEER});
    ask(boss
        .stage
        .post("/registry/heartbeat", &body)
        .bearer_auth(token.reveal()))
    .await;
    boss.until_told("DELEGATION_COMPLETE").await;
    let rows = boss.list().await;
    assert_eq!(
        (&rows[0]["status"], &rows[0]["delegation_id"]),
        (&json!("completed"), &id)
    );
    assert_eq!(rows[0]["response_preview"], "dug");
}

#[tokio::test]
async fn records_and_updates_are_taken_from_the_runtime() {
    let boss = Boss::of(PeerBehaviour::Replies("x".into())).await;
    let record = json!({"target_id": PEER, "task": "t", "delegation_id": "d-1"});
    let answer = boss.post("delegations/record", record).await;
    assert_eq!(
        (answer.status, answer.body),
        (202, json!({"delegation_id": "d-1", "status": "recorded"}))
    );
    let short = boss
        .post(
            "delegations/record",
            json!({"target_id": PEER, "task": "t"}),
        )
        .await;
    assert_eq!(short, refused(400, "invalid request body"));
    let odd = boss
        .post("delegations/d-1/update", json!({"status": "queued"}))
        .await;
    assert_eq!(odd, refused(400, "status must be 'completed' or 'failed'"));
    let done = json!({"status": "completed", "response_preview": "fine"});
    let answer = boss.post("delegations/d-1/update", done).await;
    assert_eq!(
        answer.body,
        json!({"status": "completed", "delegation_id": "d-1"})
    );
    let rows = boss.list().await;
    assert_eq!(
        (&rows[0]["target_id"], &rows[0]["response_preview"]),
        (&json!(PEER), &json!("fine"))
    );
    assert_eq!(rows[1]["status"], "completed");
    let unknown = boss
        .post("delegations/none/update", json!({"status": "failed"}))
        .await;
    assert_eq!(unknown.status, 200);
}

#[tokio::test]
async fn a_seeded_result_may_belong_to_somebody_else() {
    let boss = Boss::of(PeerBehaviour::Replies("x".into())).await;
    boss.stage.double().add_delegation(
        ID,
        FinishedDelegation {
            delegation_id: "d-9".into(),
            source_id: OTHER.into(),
            target_id: PEER.into(),
            status: "completed".into(),
            summary: "Delegation completed".into(),
            response_preview: Some("text".into()),
            error: None,
        },
    );
    let rows = boss.list().await;
    assert_eq!(
        (&rows[0]["source_id"], &rows[0]["delegation_id"]),
        (&json!(OTHER), &json!("d-9"))
    );
}
