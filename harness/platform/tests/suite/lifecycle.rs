//! Restart, pause, resume and hibernation over the wire (contract 8.1-8.3).

use platform::World;
use protocol::{Credential, Deployment, PeerBehaviour, Relation, Revision};
use serde_json::{Value, json};

use crate::stage::{Answer, ID, OTHER, PEER, Stage, ask, refused, with_peer};

const ADMIN: &str = "operator-token-of-the-tests";

fn world() -> World {
    World {
        admin_token: Some(Credential::new(ADMIN)),
        ..with_peer(Relation::Child, PeerBehaviour::Replies("hello".into()))
    }
}

async fn act(stage: &Stage, id: &str, what: &str) -> Answer {
    ask(stage
        .post(&format!("/workspaces/{id}/{what}"), &json!({}))
        .bearer_auth(ADMIN))
    .await
}

#[tokio::test]
async fn a_docker_restart_revokes_and_rotates() {
    let stage = Stage::new(world()).await;
    stage.token().await;
    let before = stage.double().rotate_secret(ID);
    let body =
        json!({"status": "provisioning", "config_dir": "existing-volume", "reset_session": true});
    assert_eq!(
        act(&stage, ID, "restart?reset=true").await,
        Answer { status: 200, body }
    );
    let double = stage.double();
    assert_eq!(
        (double.status(ID).unwrap().as_str(), double.tokens_live(ID)),
        ("provisioning", 0)
    );
    assert!(
        double
            .inbound_secret(ID)
            .is_some_and(|secret| secret != before)
    );
    assert_eq!(stage.row(ID).await["url"], "");
    assert!(stage.told().contains(&"WORKSPACE_PROVISIONING".to_owned()));
    assert_eq!(
        act(&stage, OTHER, "restart").await,
        refused(404, "workspace not found")
    );
}

#[tokio::test]
async fn a_hosted_restart_touches_credentials_from_r2_on() {
    for (revision, live) in [(Revision::R1, 1), (Revision::R2, 0)] {
        let stage = Stage::new(World {
            deployment: Deployment::Saas,
            revision,
            ..world()
        })
        .await;
        stage.token().await;
        let before = stage.double().rotate_secret(ID);
        assert_eq!(act(&stage, ID, "restart").await.status, 200);
        assert_eq!(stage.double().tokens_live(ID), live, "{revision}");
        let after = stage.double().inbound_secret(ID);
        assert_eq!(after == Some(before), live == 1, "{revision}");
    }
}

#[tokio::test]
async fn pause_and_resume_take_everything_below_along() {
    let stage = Stage::new(world()).await;
    stage.token().await;
    let paused = act(&stage, ID, "pause").await;
    assert_eq!(
        paused,
        Answer {
            status: 200,
            body: json!({"status": "paused", "paused_count": 2})
        }
    );
    assert_eq!(
        act(&stage, ID, "pause").await,
        refused(404, "workspace not found or already paused")
    );
    let below = refused(
        409,
        "parent workspace \"subject\" is paused — resume it first",
    );
    assert_eq!(act(&stage, PEER, "restart").await, below);
    assert_eq!(act(&stage, PEER, "resume").await, below);
    let resumed = act(&stage, ID, "resume").await;
    assert_eq!(
        resumed,
        Answer {
            status: 200,
            body: json!({"status": "provisioning", "resumed_count": 2})
        }
    );
    assert_eq!(
        act(&stage, ID, "resume").await,
        refused(404, "workspace not found or not paused")
    );
    assert_eq!(stage.double().tokens_live(ID), 0);
    assert_eq!(
        stage
            .told()
            .iter()
            .filter(|event| *event == "WORKSPACE_PAUSED")
            .count(),
        2
    );
}

#[tokio::test]
async fn hibernation_answers_the_same_whether_it_happens_or_not() {
    let refusal = "workspace not found or not in a hibernatable state (must be online or degraded)";
    for (revision, status) in [(Revision::R1, "online"), (Revision::R2, "hibernated")] {
        let stage = Stage::new(World {
            revision,
            ..world()
        })
        .await;
        assert_eq!(act(&stage, ID, "hibernate").await, refused(404, refusal));
        let token = stage.token().await;
        let busy = json!({"workspace_id": ID, "active_tasks": 2});
        ask(stage.post("/registry/heartbeat", &busy).bearer_auth(&token)).await;
        let answer = act(&stage, ID, "hibernate").await;
        assert_eq!(
            (answer.status, &answer.body["active_tasks"]),
            (409, &json!(2))
        );
        let forced = act(&stage, ID, "hibernate?force=true").await;
        assert_eq!(
            forced,
            Answer {
                status: 200,
                body: json!({"status": "hibernated"})
            }
        );
        assert_eq!(stage.row(ID).await["status"], "online");
        let idle: Value = json!({"workspace_id": ID});
        ask(stage.post("/registry/heartbeat", &idle).bearer_auth(&token)).await;
        assert_eq!(act(&stage, ID, "hibernate").await.status, 200);
        assert_eq!(stage.row(ID).await["status"], status, "{revision}");
    }
}
