//! Faults as the subject sees them, and as the journal keeps them.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use protocol::journal::{AnswerFact, Answerer, Fact, FaultChange, Header, Outcome};
use protocol::{Fault, FaultEffect};
use serde_json::{Map, json};

use crate::stage::{ID, Stage, ask};

fn answers(stage: &Stage) -> Vec<AnswerFact> {
    stage.recorder.read(|events| {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Answer(answer) => Some(answer.clone()),
                _ => None,
            })
            .collect()
    })
}

fn whats(stage: &Stage) -> Vec<String> {
    stage.recorder.read(|events| {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Fault(fault) => Some(fault.what.to_string()),
                _ => None,
            })
            .collect()
    })
}

/// Sends `GET /health` by hand: what was read, and how the reading ended.
async fn by_hand(stage: &Stage) -> (Vec<u8>, std::io::Result<usize>) {
    let address = stage.gateway.address();
    let asking = move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut read = Vec::new();
        let end = stream.read_to_end(&mut read);
        (read, end)
    };
    tokio::task::spawn_blocking(asking).await.unwrap()
}

#[tokio::test]
async fn a_status_comes_in_the_platforms_place_as_often_as_told() {
    let stage = Stage::plain().await;
    let effect = FaultEffect::Status {
        status: 503,
        headers: vec![Header::new("retry-after", "1")],
        body: Some("later".into()),
    };
    let fault = Fault::new("down", "/registry/*", effect);
    stage.gateway.faults().set(Fault {
        times: Some(2),
        ..fault
    });
    assert_eq!(stage.gateway.faults().unfired(), ["down"]);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(stage.register_at("http://localhost:9").await.status);
    }
    assert_eq!(statuses, [503, 503, 200]);
    assert!(stage.gateway.faults().unfired().is_empty());
    assert_eq!(whats(&stage), ["set", "fired", "fired", "exhausted"]);
    let answers = answers(&stage);
    assert_eq!(
        (answers[0].by, answers[0].fault.as_deref()),
        (Answerer::Fault, Some("down"))
    );
    assert_eq!(
        (answers[2].by, answers[2].fault.as_deref()),
        (Answerer::Platform, None)
    );
}

#[tokio::test]
async fn the_platform_has_seen_the_request_when_only_its_answer_is_lost() {
    let stage = Stage::plain().await;
    for (after_platform, live) in [(false, 0), (true, 1)] {
        let fault = Fault::new("lost", "/registry/register", FaultEffect::Reset);
        stage.gateway.faults().set(Fault {
            times: Some(1),
            after_platform,
            ..fault
        });
        let body = json!({"id": ID, "url": "http://localhost:9", "agent_card": {}});
        assert!(
            stage
                .post("/registry/register", &body)
                .send()
                .await
                .is_err()
        );
        assert_eq!(stage.double().tokens_live(ID), live);
    }
}

#[tokio::test]
async fn a_pattern_with_stars_in_its_middle_strikes_where_the_judge_would_find_it() {
    let stage = Stage::plain().await;
    let fault = Fault::new("down", "/**/register", FaultEffect::Reset);
    stage.gateway.faults().set(Fault {
        method: Some("POST".into()),
        times: Some(1),
        ..fault
    });
    let body = json!({"id": ID, "url": "http://localhost:9", "agent_card": {}});
    assert!(
        stage
            .post("/registry/register", &body)
            .send()
            .await
            .is_err()
    );
    assert_eq!(whats(&stage), ["set", "fired", "exhausted"]);
}

#[tokio::test]
async fn a_reset_is_a_reset_before_any_byte() {
    let stage = Stage::plain().await;
    stage
        .gateway
        .faults()
        .set(Fault::new("rst", "/health", FaultEffect::Reset));
    let (read, end) = by_hand(&stage).await;
    assert_eq!(
        (read.len(), end.unwrap_err().kind()),
        (0, std::io::ErrorKind::ConnectionReset)
    );
    let answer = answers(&stage).remove(0);
    assert_eq!(
        (answer.by, answer.outcome, answer.status),
        (Answerer::Fault, Outcome::Reset, None)
    );
}

#[tokio::test]
async fn a_truncated_answer_declares_more_than_it_sends() {
    let stage = Stage::plain().await;
    stage
        .gateway
        .faults()
        .set(Fault::new("short", "/health", FaultEffect::Truncate));
    let (read, end) = by_hand(&stage).await;
    assert!(end.is_ok());
    let text = String::from_utf8(read).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 15"), "{head}");
    assert_eq!(body, r#"{"statu"#);
    let error = stage
        .get("/health")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(answers(&stage)[0].outcome, Outcome::Truncated);
}

#[tokio::test]
async fn a_dripping_answer_is_whole_in_the_end() {
    let stage = Stage::plain().await;
    let effect = FaultEffect::Drip {
        chunk: 5,
        every: Duration::from_millis(20),
    };
    stage
        .gateway
        .faults()
        .set(Fault::new("drip", "/health", effect));
    let started = Instant::now();
    assert_eq!(
        ask(stage.get("/health")).await.body,
        json!({"status": "ok"})
    );
    assert!(started.elapsed() >= Duration::from_millis(40));
    let answer = answers(&stage).remove(0);
    assert_eq!(
        (answer.by, answer.outcome),
        (Answerer::Platform, Outcome::Complete)
    );
    assert_eq!(answer.fault.as_deref(), Some("drip"));
}

#[tokio::test]
async fn a_delayed_answer_is_the_real_one() {
    let stage = Stage::plain().await;
    let effect = FaultEffect::Delay {
        by: Duration::from_millis(50),
    };
    stage
        .gateway
        .faults()
        .set(Fault::new("slow", "/health", effect));
    let started = Instant::now();
    assert_eq!(
        ask(stage.get("/health")).await.body,
        json!({"status": "ok"})
    );
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_hanging_request_is_answered_when_the_fault_is_lifted() {
    let stage = Stage::plain().await;
    stage.gateway.faults().set(Fault {
        times: Some(1),
        ..Fault::new("hang", "/health", FaultEffect::Hang)
    });
    let hanging = tokio::spawn(ask(stage.get("/health")));
    stage
        .until(|fact| matches!(fact, Fact::Fault(fault) if fault.what == FaultChange::Fired))
        .await;
    assert_eq!(
        ask(stage.get("/health")).await.status,
        200,
        "others are not held"
    );
    stage.gateway.faults().lift("hang");
    assert_eq!(hanging.await.unwrap().status, 200);
}

#[tokio::test]
async fn who_gives_up_waiting_is_recorded_as_unanswered() {
    let stage = Stage::plain().await;
    stage
        .gateway
        .faults()
        .set(Fault::new("hang", "/health", FaultEffect::Hang));
    let short = stage.get("/health").timeout(Duration::from_millis(50));
    assert!(short.send().await.unwrap_err().is_timeout());
    let ended = |fact: &Fact| {
        matches!(fact, Fact::Answer(answer)
            if answer.by == Answerer::Nobody && answer.outcome == Outcome::TimedOut)
    };
    stage.until(ended).await;
}

#[tokio::test]
async fn fields_of_an_answer_can_be_set_and_removed() {
    let stage = Stage::plain().await;
    let set = Map::from_iter([
        ("status".to_owned(), json!(null)),
        ("extra".to_owned(), json!(1)),
    ]);
    let effect = FaultEffect::Edit {
        set,
        remove: vec!["auth_token".into()],
    };
    stage
        .gateway
        .faults()
        .set(Fault::new("edit", "/registry/register", effect));
    let answer = stage.register_at("http://localhost:9").await;
    assert_eq!(answer.body, json!({"status": null, "extra": 1}));
    assert_eq!(stage.double().tokens_live(ID), 1);
}

#[tokio::test]
async fn the_harness_is_not_struck() {
    let stage = Stage::plain().await;
    stage
        .gateway
        .faults()
        .set(Fault::new("rst", "**", FaultEffect::Reset));
    let (name, value) = stage.gateway.harness_mark();
    let answer = ask(stage.get("/health").header(name, value)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(stage.gateway.faults().unfired(), ["rst"]);
}

#[tokio::test]
async fn during_an_outage_connections_are_refused_and_open_ones_reset() {
    let stage = Stage::plain().await;
    stage
        .gateway
        .faults()
        .set(Fault::new("hang", "/health", FaultEffect::Hang));
    let hanging = {
        let request = stage.get("/health");
        tokio::spawn(async move { request.send().await })
    };
    stage
        .until(|fact| matches!(fact, Fact::Fault(fault) if fault.what == FaultChange::Fired))
        .await;
    stage.gateway.begin_outage().await;
    assert!(hanging.await.unwrap().is_err());
    let refused = stage.get("/metrics").send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    stage.gateway.end_outage().unwrap();
    assert_eq!(ask(stage.get("/metrics")).await.status, 200);
    assert_eq!(
        whats(&stage),
        ["set", "fired", "outage-begins", "outage-ends"]
    );
}
