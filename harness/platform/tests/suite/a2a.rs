//! A2A-060 to A2A-079: the proxy, its rows and its queue.

use platform::World;
use protocol::journal::{Fact, Outcome, Party, PlatformChange, RequestFact, header};
use protocol::{PeerBehaviour, Relation, Revision};
use serde_json::{Value, json};

use crate::stage::{Answer, ID, OTHER, PEER, Stage, ask, refused, with_peer};

struct Talk {
    stage: Stage,
    token: String,
}

impl Talk {
    async fn new(relation: Relation, behaviour: PeerBehaviour) -> Self {
        Self::at(Revision::R1, relation, behaviour).await
    }

    async fn at(revision: Revision, relation: Relation, behaviour: PeerBehaviour) -> Self {
        let stage = Stage::new(World {
            revision,
            ..with_peer(relation, behaviour)
        })
        .await;
        let token = stage.token().await;
        Self { stage, token }
    }

    async fn friend() -> Self {
        Self::new(Relation::Sibling, PeerBehaviour::Replies("hello".into())).await
    }

    fn post(&self, target: &str, body: &Value) -> reqwest::RequestBuilder {
        self.stage.post(&format!("/workspaces/{target}/a2a"), body)
    }

    async fn send(&self, body: &Value) -> Answer {
        ask(self
            .post(PEER, body)
            .header("x-workspace-id", ID)
            .bearer_auth(&self.token))
        .await
    }

    /// The peer's log, as the peer sees it.
    async fn rows(&self, query: &str) -> Vec<Value> {
        let token = self.stage.double().issue_token(PEER);
        let path = format!("/workspaces/{PEER}/activity{query}");
        let rows = ask(self.stage.get(&path).bearer_auth(token.reveal()))
            .await
            .body;
        rows.as_array().unwrap().clone()
    }

    fn dispatched(&self) -> Vec<RequestFact> {
        self.stage.recorder.read(|events| {
            events
                .iter()
                .filter_map(|event| match &event.fact {
                    Fact::Request(request) if request.from == Party::Platform => {
                        Some(request.clone())
                    }
                    _ => None,
                })
                .collect()
        })
    }
}

fn message(id: &str) -> Value {
    let message =
        json!({"role": "user", "messageId": id, "parts": [{"kind": "text", "text": "hi"}]});
    json!({"jsonrpc": "2.0", "id": "r1", "method": "message/send", "params": {"message": message}})
}

#[tokio::test]
async fn a2a_060_without_header_and_bearer_the_source_is_the_canvas() {
    let talk = Talk::friend().await;
    let answer = ask(talk.post(PEER, &message("m1"))).await;
    assert_eq!(answer.body["result"]["parts"][0]["text"], "hello");
    let rows = talk.rows("?source=canvas").await;
    assert_eq!(
        (&rows[0]["source_id"], &rows[0]["method"]),
        (&Value::Null, &json!("message/send"))
    );
    assert!(
        talk.stage.told().contains(&"A2A_RESPONSE".to_owned()),
        "a2a_076"
    );
}

#[tokio::test]
async fn a2a_061_and_075_the_header_is_the_source() {
    let talk = Talk::friend().await;
    assert_eq!(talk.send(&message("m1")).await.status, 200);
    let rows = talk.rows("?source=agent").await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(
        (&row["source_id"], &row["target_id"]),
        (&json!(ID), &json!(PEER))
    );
    assert_eq!(
        (&row["activity_type"], &row["status"]),
        (&json!("a2a_receive"), &json!("ok"))
    );
    assert_eq!(row["summary"], "message/send → friend");
    assert_eq!(row["request_body"]["params"]["message"]["messageId"], "m1");
    assert!(
        !talk.stage.told().contains(&"A2A_RESPONSE".to_owned()),
        "a2a_076"
    );
}

#[tokio::test]
async fn a2a_062_a_bearer_names_the_caller_from_r1_on() {
    for (revision, source) in [(Revision::R0, Value::Null), (Revision::R1, json!(ID))] {
        let reply = PeerBehaviour::Replies("hello".into());
        let talk = Talk::at(revision, Relation::Sibling, reply).await;
        let answer = ask(talk.post(PEER, &message("m1")).bearer_auth(&talk.token)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(talk.rows("").await[0]["source_id"], source);
    }
}

#[tokio::test]
async fn a2a_063_reserved_callers_are_refused_and_leave_no_row() {
    let talk = Talk::friend().await;
    for caller in ["webhook:x", "system:x", "test:x", "channel:x"] {
        let answer = ask(talk
            .post(PEER, &message("m"))
            .header("x-workspace-id", caller))
        .await;
        assert_eq!(answer, refused(403, "invalid caller ID"));
    }
    assert_eq!(talk.rows("").await, Vec::<Value>::new(), "a2a_075");
}

#[tokio::test]
async fn a2a_064_and_065_a_caller_with_a_live_token_must_show_it() {
    let talk = Talk::friend().await;
    let bare = || talk.post(PEER, &message("m")).header("x-workspace-id", ID);
    assert_eq!(ask(bare()).await, refused(401, "missing caller auth token"));
    assert_eq!(
        ask(bare().bearer_auth("x")).await,
        refused(401, "invalid caller auth token")
    );
    talk.stage.double().revoke_tokens(ID);
    assert_eq!(ask(bare()).await.status, 200);
}

#[tokio::test]
async fn a2a_066_strangers_may_not_talk() {
    let talk = Talk::new(Relation::Stranger, PeerBehaviour::Replies("hello".into())).await;
    let text = "access denied: workspaces cannot communicate per hierarchy rules";
    assert_eq!(talk.send(&message("m")).await, refused(403, text));
    talk.stage.double().set_budget(PEER, Some(0));
    assert_eq!(
        talk.send(&message("m")).await.status,
        403,
        "a2a_077: the hierarchy comes first"
    );
    let canvas = ask(talk.post(PEER, &message("m"))).await;
    assert_eq!(canvas, refused(402, "workspace budget limit exceeded"));
}

#[tokio::test]
async fn a2a_067_a_message_to_oneself_needs_no_token() {
    let talk = Talk::friend().await;
    let answer = ask(talk
        .post(PEER, &message("m"))
        .header("x-workspace-id", PEER))
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(talk.rows("").await[0]["source_id"], PEER);
}

#[tokio::test]
async fn a2a_068_and_074_the_body_is_wrapped_and_nothing_else_is_passed_on() {
    let talk = Talk::friend().await;
    let bare = json!({"method": "message/send", "params": {"message": {"parts": []}}, "extra": 1});
    assert_eq!(talk.send(&bare).await.status, 200);
    assert_eq!(talk.send(&message("kept")).await.status, 200);
    let sent = talk.dispatched();
    let names: Vec<_> = sent[0]
        .headers
        .iter()
        .map(|header| header.name.as_str())
        .collect();
    assert_eq!(names, ["host", "content-type", "content-length"]);
    assert_eq!(
        (sent[0].to, sent[0].peer.as_deref()),
        (Party::Peer, Some("friend"))
    );
    let wrapped = sent[0].body.as_json().unwrap();
    assert_eq!(wrapped["jsonrpc"], "2.0");
    assert_eq!(wrapped.get("extra"), None);
    assert!(wrapped["params"]["message"]["messageId"].is_string() && wrapped["id"].is_string());
    let kept = sent[1].body.as_json().unwrap();
    assert_eq!(
        (&kept["id"], &kept["params"]["message"]["messageId"]),
        (&json!("r1"), &json!("kept"))
    );
    assert_eq!(header(&sent[1].headers, "authorization"), None);
}

#[tokio::test]
async fn a2a_069_and_070_what_cannot_be_delivered_is_refused() {
    let talk = Talk::friend().await;
    let path = format!("/workspaces/{PEER}/a2a");
    let garbage = talk
        .stage
        .request(reqwest::Method::POST, &path)
        .body("{no json");
    assert_eq!(ask(garbage).await, refused(400, "invalid JSON"));
    let long = talk.stage.request(reqwest::Method::POST, &path);
    let long = long.body(format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024)));
    assert_eq!(
        ask(long).await,
        refused(400, "invalid JSON"),
        "a2a_081: cut silently"
    );
    let nobody = ask(talk.post(OTHER, &message("m"))).await;
    assert_eq!(nobody, refused(404, "workspace not found"));
    let fresh = Stage::plain().await;
    let path = format!("/workspaces/{ID}/a2a");
    let without = ask(fresh.post(&path, &message("m"))).await;
    let wanted = json!({"error": "workspace has no URL", "status": "provisioning"});
    assert_eq!((without.status, without.body), (503, wanted));
    fresh.double().set_status(ID, "hibernated");
    let waking = fresh.post(&path, &message("m")).send().await.unwrap();
    assert_eq!(
        (
            waking.status().as_u16(),
            waking.headers()["retry-after"].to_str().unwrap()
        ),
        (503, "15")
    );
}

#[tokio::test]
async fn a2a_071_a_refused_connection_is_a_502() {
    let talk = Talk::friend().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let body = json!({"id": ID, "url": format!("http://localhost:{port}"), "agent_card": {}});
    ask(talk
        .stage
        .post("/registry/register", &body)
        .bearer_auth(&talk.token))
    .await;
    let answer = ask(talk.post(ID, &message("m"))).await;
    assert_eq!(answer, refused(502, "failed to reach workspace agent"));
}

#[tokio::test]
async fn a2a_072_and_079_a_busy_target_is_queued_once_per_message() {
    for behaviour in [PeerBehaviour::Busy, PeerBehaviour::Resets] {
        let wanted = if behaviour == PeerBehaviour::Busy {
            Outcome::Broken
        } else {
            Outcome::Reset
        };
        let talk = Talk::new(Relation::Sibling, behaviour).await;
        let first = talk.send(&message("m1")).await;
        assert_eq!(
            (first.status, &first.body["queue_depth"]),
            (202, &json!(1)),
            "{first:?}"
        );
        let again = talk.send(&message("m1")).await;
        assert_eq!(first.body["queue_id"], again.body["queue_id"]);
        let other = talk.send(&message("m2")).await;
        assert_eq!(other.body["queue_depth"], 2);
        assert_eq!(talk.rows("").await[0]["status"], "error");
        talk.stage
            .until(|fact| matches!(fact, Fact::Answer(answer) if answer.outcome == wanted))
            .await;
    }
}

#[tokio::test]
async fn hb_041_a_heartbeat_with_room_drains_one_message() {
    let talk = Talk::new(Relation::Sibling, PeerBehaviour::Busy).await;
    for id in ["m1", "m2"] {
        assert_eq!(talk.send(&message(id)).await.status, 202);
    }
    talk.stage
        .gateway
        .set_peer_behaviour("friend", PeerBehaviour::Replies("at last".into()));
    let token = talk.stage.double().issue_token(PEER);
    let before = talk.rows("").await.len();
    let beat = |tasks: i64| {
        let body = json!({"workspace_id": PEER, "active_tasks": tasks});
        ask(talk
            .stage
            .post("/registry/heartbeat", &body)
            .bearer_auth(token.reveal()))
    };
    beat(1).await;
    beat(0).await;
    let drained = |fact: &Fact| match fact {
        Fact::Platform(fact) => matches!(fact.change, PlatformChange::Drained(_)),
        _ => false,
    };
    talk.stage.until(drained).await;
    talk.stage.until(|fact| matches!(fact, Fact::Answer(answer) if answer.body.as_text().is_some_and(|text| text.contains("at last")))).await;
    let count = |events: &[protocol::journal::Event]| {
        events.iter().filter(|event| drained(&event.fact)).count()
    };
    assert_eq!(talk.stage.recorder.read(count), 1);
    let sent = talk.dispatched();
    let ids: Vec<_> = sent
        .iter()
        .map(|request| request.body.as_json().unwrap()["params"]["message"]["messageId"].clone())
        .collect();
    assert_eq!(ids, ["m1", "m2", "m1"]);
    assert_eq!(
        talk.rows("").await.len(),
        before,
        "a drained message leaves no row"
    );
}

#[tokio::test]
async fn a2a_072_a_native_session_is_told_to_retry_by_itself() {
    let talk = Talk::new(Relation::Sibling, PeerBehaviour::Busy).await;
    let token = talk.stage.double().issue_token(PEER);
    let metadata = json!({"capabilities": {"session": true}});
    let body = json!({"workspace_id": PEER, "runtime_metadata": metadata});
    ask(talk
        .stage
        .post("/registry/heartbeat", &body)
        .bearer_auth(token.reveal()))
    .await;
    let answer = talk.send(&message("m")).await;
    assert_eq!(
        (answer.status, &answer.body["native_session"]),
        (503, &json!(true))
    );
}

#[tokio::test]
async fn a2a_073_an_agents_failure_passes_with_its_error_or_its_status_text() {
    let talk = Talk::new(Relation::Sibling, PeerBehaviour::Fails(418)).await;
    assert_eq!(talk.send(&message("m")).await, refused(418, "friend fails"));
    let rows = talk.rows("").await;
    assert_eq!(
        (&rows[0]["status"], &rows[0]["error_detail"]),
        (&json!("error"), &json!("418 I'm a teapot"))
    );
    let error = PeerBehaviour::Errors {
        code: -32603,
        message: "no".into(),
    };
    talk.stage.gateway.set_peer_behaviour("friend", error);
    let answer = talk.send(&message("m")).await;
    assert_eq!(
        (answer.status, &answer.body["error"]["code"]),
        (200, &json!(-32603))
    );
}

#[tokio::test]
async fn from_r2_on_a_polling_workspace_finds_its_mail_in_the_log() {
    let stage = Stage::at(Revision::R2).await;
    let body = json!({"id": ID, "agent_card": {}, "delivery_mode": "poll"});
    let token = ask(stage.post("/registry/register", &body)).await.body["auth_token"].clone();
    let answer = ask(stage.post(&format!("/workspaces/{ID}/a2a"), &message("m"))).await;
    let wanted = json!({"status": "queued", "delivery_mode": "poll", "method": "message/send"});
    assert_eq!((answer.status, answer.body), (200, wanted));
    let list = stage
        .get(&format!("/workspaces/{ID}/activity"))
        .bearer_auth(token.as_str().unwrap());
    let row = ask(list).await.body[0].clone();
    assert_eq!(row["request_body"]["params"]["message"]["messageId"], "m");
}

/// A target that accepts and never answers.
async fn silent_target(talk: &Talk) -> tokio::net::TcpListener {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let body = json!({"id": ID, "url": url, "agent_card": {}});
    ask(talk
        .stage
        .post("/registry/register", &body)
        .bearer_auth(&talk.token))
    .await;
    listener
}

#[tokio::test]
async fn a2a_078_heartbeats_of_the_target_keep_a_slow_dispatch_alive() {
    let talk = Talk::friend().await;
    let _listener = silent_target(&talk).await;
    let beat = || {
        let body = json!({"workspace_id": ID, "runtime_metadata": {"idle_timeout_seconds": 1}});
        ask(talk
            .stage
            .post("/registry/heartbeat", &body)
            .bearer_auth(&talk.token))
    };
    beat().await;
    let started = std::time::Instant::now();
    let slow = tokio::spawn(ask(talk.post(ID, &message("m1"))));
    talk.stage
        .until(|fact| matches!(fact, Fact::Request(request) if request.to == Party::Subject))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    beat().await;
    let answer = slow.await.unwrap();
    assert_eq!((answer.status, &answer.body["queued"]), (202, &json!(true)));
    assert!(
        started.elapsed() >= std::time::Duration::from_millis(1_500),
        "{:?}",
        started.elapsed()
    );
    let timed_out =
        |fact: &Fact| matches!(fact, Fact::Answer(answer) if answer.outcome == Outcome::TimedOut);
    talk.stage.until(timed_out).await;
}
