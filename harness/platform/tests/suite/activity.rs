//! ACT-005 to ACT-008.

use protocol::Revision;
use serde_json::{Value, json};

use crate::stage::{ID, OTHER, Stage, ask, refused};

struct Logging {
    stage: Stage,
    token: String,
}

impl Logging {
    async fn at(revision: Revision) -> Self {
        let stage = Stage::at(revision).await;
        let token = stage.token().await;
        Self { stage, token }
    }

    async fn post(&self, route: &str, body: Value) -> crate::stage::Answer {
        let path = format!("/workspaces/{ID}/{route}");
        ask(self.stage.post(&path, &body).bearer_auth(&self.token)).await
    }

    async fn list(&self, query: &str) -> crate::stage::Answer {
        let path = format!("/workspaces/{ID}/activity{query}");
        ask(self.stage.get(&path).bearer_auth(&self.token)).await
    }
}

#[tokio::test]
async fn act_005_only_ones_own_activity_of_a_known_type_is_logged() {
    let logging = Logging::at(Revision::R1).await;
    let foreign = json!({"activity_type": "agent_log", "source_id": OTHER});
    let text = "source_id must match authenticated workspace";
    assert_eq!(logging.post("activity", foreign).await, refused(403, text));
    let odd = logging
        .post("activity", json!({"activity_type": "gossip"}))
        .await;
    let text = "invalid activity_type, must be one of: a2a_send, a2a_receive, task_update, agent_log, \
                skill_promotion, memory_write, error";
    assert_eq!(odd, refused(400, text));
    assert_eq!(
        logging.post("activity", json!({})).await,
        refused(400, "invalid request body")
    );
    let body = json!({"activity_type": "agent_log", "source_id": "", "metadata": {"k": 1}});
    assert_eq!(
        logging.post("activity", body).await.body,
        json!({"status": "logged"})
    );
    let rows = logging.list("").await.body;
    assert_eq!(
        (&rows[0]["source_id"], &rows[0]["request_body"]),
        (&json!(ID), &json!({"k": 1}))
    );
    assert_eq!(rows[0].get("response_body"), None);
}

#[tokio::test]
async fn act_006_the_source_filter_knows_two_words_and_the_newest_come_first() {
    let logging = Logging::at(Revision::R1).await;
    for summary in ["first", "second"] {
        logging
            .post(
                "activity",
                json!({"activity_type": "agent_log", "summary": summary}),
            )
            .await;
    }
    logging.post("notify", json!({"message": "hello"})).await;
    let agent = logging.list("?source=agent").await.body;
    let summaries: Vec<_> = agent
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["summary"].clone())
        .collect();
    assert_eq!(summaries, ["second", "first"]);
    let canvas = logging.list("?source=canvas&type=a2a_receive").await.body;
    assert_eq!(canvas[0]["method"], "notify");
    let odd = logging.list("?source=both").await;
    assert_eq!(odd, refused(400, "source must be 'canvas' or 'agent'"));
    assert_eq!(
        logging
            .list("?limit=1")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn act_007_a_notification_is_a_row_without_source_and_a_broadcast() {
    let logging = Logging::at(Revision::R1).await;
    let text = "x".repeat(81);
    let file =
        json!({"uri": "workspace:/workspace/a.txt", "name": "a.txt", "mimeType": "text/plain"});
    let answer = logging
        .post("notify", json!({"message": text, "attachments": [file]}))
        .await;
    assert_eq!(answer.body, json!({"status": "sent"}));
    let row = logging.list("").await.body[0].clone();
    assert_eq!(row["source_id"], Value::Null);
    assert_eq!(
        row["summary"],
        format!("Agent message: {}…", "x".repeat(80))
    );
    assert_eq!(row["response_body"]["result"], text);
    assert_eq!(
        row["response_body"]["parts"],
        json!([{"kind": "file", "file": file}])
    );
    assert!(logging.stage.told().contains(&"AGENT_MESSAGE".to_owned()));
    assert_eq!(
        logging.post("notify", json!({})).await,
        refused(400, "message is required")
    );
    let nameless =
        json!({"message": "m", "attachments": [{"uri": "u", "name": "n"}, {"uri": "u"}]});
    let text = "attachment[1]: uri and name are required";
    assert_eq!(logging.post("notify", nameless).await, refused(400, text));
}

#[tokio::test]
async fn a_message_cut_inside_a_character_leaves_no_row() {
    let logging = Logging::at(Revision::R1).await;
    let message = format!("{}ü", "x".repeat(79));
    assert_eq!(
        logging
            .post("notify", json!({"message": message}))
            .await
            .status,
        200
    );
    assert_eq!(logging.list("").await.body, json!([]));
}

#[tokio::test]
async fn act_008_a_cursor_ascends_from_r2_on() {
    let old = Logging::at(Revision::R1).await;
    let text = "since_secs must be a positive integer";
    assert_eq!(old.list("?since_secs=0").await, refused(400, text));
    assert_eq!(old.list("?since_secs=60").await.status, 200);
    let logging = Logging::at(Revision::R2).await;
    for summary in ["first", "second", "third"] {
        logging
            .post(
                "activity",
                json!({"activity_type": "agent_log", "summary": summary}),
            )
            .await;
    }
    let all = logging.list("").await.body;
    let oldest = all[2]["id"].as_str().unwrap();
    let later = logging.list(&format!("?since_id={oldest}")).await.body;
    assert_eq!(
        (&later[0]["summary"], &later[1]["summary"]),
        (&json!("second"), &json!("third"))
    );
    assert_eq!(
        logging.list(&format!("?since_id={OTHER}")).await.status,
        410
    );
}
