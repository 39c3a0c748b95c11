//! HB-030 to HB-041.

use protocol::Revision;
use serde_json::{Value, json};

use crate::stage::{ID, OTHER, Stage, ask, refused};

struct Beating {
    stage: Stage,
    token: String,
}

impl Beating {
    async fn at(revision: Revision) -> Self {
        let stage = Stage::at(revision).await;
        let token = stage.token().await;
        Self { stage, token }
    }

    async fn new() -> Self {
        Self::at(Revision::R1).await
    }

    async fn beat(&self, fields: Value) -> Value {
        let mut body = json!({"workspace_id": ID});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let answer = ask(self
            .stage
            .post("/registry/heartbeat", &body)
            .bearer_auth(&self.token))
        .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    fn status(&self) -> String {
        self.stage.double().status(ID).unwrap()
    }
}

#[tokio::test]
async fn hb_030_integers_must_be_integers() {
    let beating = Beating::new().await;
    assert_eq!(
        beating
            .beat(json!({"uptime_seconds": 3, "surprise": 1}))
            .await,
        json!({"status": "ok"})
    );
    for body in [
        json!({"workspace_id": ID, "active_tasks": 1.0}),
        json!({"workspace_id": ID, "uptime_seconds": "3"}),
        json!({"active_tasks": 1}),
    ] {
        let answer = ask(beating.stage.post("/registry/heartbeat", &body)).await;
        assert_eq!(answer, refused(400, "invalid request body"), "{body}");
    }
}

#[tokio::test]
async fn hb_031_the_registry_gate_applies_and_grandfathers() {
    let stage = Stage::plain().await;
    let body = json!({"workspace_id": ID});
    assert_eq!(
        ask(stage.post("/registry/heartbeat", &body)).await.status,
        200
    );
    stage.token().await;
    let answer = ask(stage.post("/registry/heartbeat", &body)).await;
    assert_eq!(answer, refused(401, "missing workspace auth token"));
    let answer = ask(stage
        .post("/registry/heartbeat", &body)
        .bearer_auth("wrong"))
    .await;
    assert_eq!(answer, refused(401, "invalid workspace auth token"));
    let lower = stage
        .post("/registry/heartbeat", &body)
        .header("authorization", "bearer x");
    assert_eq!(
        ask(lower).await,
        refused(401, "missing workspace auth token"),
        "tok_033"
    );
}

#[tokio::test]
async fn hb_032_spending_is_clamped_and_zero_changes_nothing() {
    let beating = Beating::new().await;
    let double = beating.stage.double();
    let exhausted_at = async |limit: i64| {
        double.set_budget(ID, Some(limit));
        let path = format!("/workspaces/{ID}/a2a");
        ask(beating.stage.post(&path, &json!({}))).await.status == 402
    };
    beating.beat(json!({"monthly_spend": i64::MAX})).await;
    beating.beat(json!({"monthly_spend": 0})).await;
    assert!(exhausted_at(1_000_000_000_000).await);
    assert!(!exhausted_at(1_000_000_000_001).await);
    beating.beat(json!({"monthly_spend": -5})).await;
    assert!(exhausted_at(1_000_000_000_000).await);
}

#[tokio::test]
async fn hb_033_an_offline_or_provisioning_workspace_comes_back() {
    for status in ["offline", "provisioning"] {
        let beating = Beating::new().await;
        beating.stage.double().set_status(ID, status);
        beating.beat(json!({})).await;
        assert_eq!(beating.status(), "online");
    }
}

#[tokio::test]
async fn hb_034_failures_degrade_and_recovery_needs_a_low_rate() {
    let beating = Beating::new().await;
    for (rate, status) in [
        (0.49, "online"),
        (0.5, "degraded"),
        (0.1, "degraded"),
        (0.09, "online"),
    ] {
        beating.beat(json!({"error_rate": rate})).await;
        assert_eq!(beating.status(), status, "{rate}");
    }
}

#[tokio::test]
async fn hb_035_a_wedged_runtime_is_degraded_until_it_says_otherwise() {
    let beating = Beating::new().await;
    beating.beat(json!({"runtime_state": "wedged"})).await;
    assert_eq!(beating.status(), "degraded");
    beating.beat(json!({"runtime_state": "wedged"})).await;
    assert_eq!(beating.status(), "degraded");
    beating.beat(json!({})).await;
    assert_eq!(beating.status(), "online");
}

#[tokio::test]
async fn hb_036_some_statuses_are_not_touched() {
    let beating = Beating::new().await;
    for status in ["paused", "hibernated", "failed", "awaiting_agent"] {
        beating.stage.double().set_status(ID, status);
        beating.beat(json!({"error_rate": 0.9})).await;
        assert_eq!(beating.status(), status);
    }
    let newer = Beating::at(Revision::R2Plus).await;
    newer.stage.double().set_status(ID, "awaiting_agent");
    newer.beat(json!({})).await;
    assert_eq!(newer.status(), "online");
}

#[tokio::test]
async fn hb_037_native_status_counts_from_the_next_heartbeat_on() {
    let beating = Beating::new().await;
    let native =
        json!({"error_rate": 0.9, "runtime_metadata": {"capabilities": {"status_mgmt": true}}});
    beating.beat(native.clone()).await;
    assert_eq!(
        beating.status(),
        "degraded",
        "the first one was judged by what stood before it"
    );
    beating.stage.double().set_status(ID, "online");
    beating.beat(native).await;
    assert_eq!(beating.status(), "online");
    beating.beat(json!({})).await;
    beating.beat(json!({"error_rate": 0.9})).await;
    assert_eq!(
        beating.status(),
        "degraded",
        "absent metadata clears what was declared"
    );
}

#[tokio::test]
async fn hb_039_every_heartbeat_is_told_and_tasks_only_when_they_change() {
    let beating = Beating::new().await;
    for task in ["a", "a", ""] {
        beating.beat(json!({"current_task": task})).await;
    }
    let told = beating.stage.told();
    let count = |name: &str| told.iter().filter(|event| *event == name).count();
    assert_eq!(
        (count("WORKSPACE_HEARTBEAT"), count("TASK_UPDATED")),
        (3, 2)
    );
}

#[tokio::test]
async fn hb_040_an_unknown_workspace_is_fine_and_not_created() {
    let stage = Stage::plain().await;
    let answer = ask(stage.post("/registry/heartbeat", &json!({"workspace_id": OTHER}))).await;
    assert_eq!((answer.status, answer.body), (200, json!({"status": "ok"})));
    assert_eq!(
        ask(stage.get(&format!("/workspaces/{OTHER}"))).await.status,
        404
    );
}

#[tokio::test]
async fn the_secret_travels_with_heartbeats_only_from_r2_plus_on() {
    let before = Beating::at(Revision::R2).await;
    assert_eq!(before.beat(json!({})).await, json!({"status": "ok"}));
    let after = Beating::at(Revision::R2Plus).await;
    let secret = after.stage.double().inbound_secret(ID).unwrap();
    assert_eq!(
        after.beat(json!({})).await["platform_inbound_secret"],
        secret.reveal()
    );
}

#[tokio::test]
async fn a_removed_workspace_may_beat_without_effect() {
    let stage = Stage::plain().await;
    stage.token().await;
    stage.double().remove_workspace(ID);
    let answer = ask(stage.post("/registry/heartbeat", &json!({"workspace_id": ID}))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(stage.double().status(ID), Some("removed".into()));
}
