//! Order and secrecy of what is recorded.

use std::time::Instant;

use platform::{Gateway, Recorder, WorkspaceSeed, World};
use protocol::journal::{Answerer, Event, Fact, Party, PlatformChange, header};
use protocol::{Credential, Redactor, Revision};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::stage::{ID, Stage, ask, seed};

fn kinds(events: &[Event]) -> Vec<&'static str> {
    events
        .iter()
        .map(|event| match &event.fact {
            Fact::Request(_) => "request",
            Fact::Answer(_) => "answer",
            Fact::Platform(fact) => match fact.change {
                PlatformChange::TokenIssued(_) => "token",
                PlatformChange::Status { .. } => "status",
                PlatformChange::Broadcast { .. } => "broadcast",
                PlatformChange::SecretSet(_) => "secret",
                _ => "other",
            },
            _ => "other",
        })
        .collect()
}

#[tokio::test]
async fn nothing_is_recorded_before_the_first_request() {
    let token = Credential::new("a-token-that-was-live-before-everything-else");
    let workspace = WorkspaceSeed {
        tokens: vec![token],
        ..seed()
    };
    let stage = Stage::new(World {
        workspaces: vec![workspace],
        ..World::default()
    })
    .await;
    assert_eq!(stage.recorder.events(), []);
    assert_eq!(stage.double().tokens_live(ID), 1);
}

#[tokio::test]
async fn what_a_request_changes_stands_between_it_and_its_answer() {
    let stage = Stage::at(Revision::R2).await;
    stage.register_at("http://localhost:9").await;
    let events = stage.recorder.events();
    assert_eq!(
        kinds(&events),
        [
            "request",
            "status",
            "broadcast",
            "token",
            "secret",
            "answer"
        ]
    );
    let Fact::Request(request) = &events[0].fact else {
        panic!("no request")
    };
    assert_eq!(
        (request.from, request.to),
        (Party::Subject, Party::Platform)
    );
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/registry/register")
    );
    let Fact::Answer(answer) = &events[5].fact else {
        panic!("no answer")
    };
    assert_eq!(
        (answer.exchange, answer.by, answer.status),
        (request.exchange, Answerer::Platform, Some(200))
    );
    assert!(header(&answer.headers, "content-length").is_some());
    let body = answer.body.as_json().unwrap();
    assert_eq!(body["auth_token"], "«auth-token-1»");
    assert_eq!(body["platform_inbound_secret"], "«inbound-secret-1»");
}

#[tokio::test]
async fn no_credential_is_ever_in_the_journal() {
    let stage = Stage::at(Revision::R2Plus).await;
    let token = stage.token().await;
    let secret = stage.double().rotate_secret(ID);
    let more = stage.double().issue_token(ID);
    let leak = json!({
        "activity_type": "agent_log",
        "summary": format!("my token is {token}"),
        "metadata": {"nested": [secret.reveal()]},
    });
    let path = format!("/workspaces/{ID}/activity?also={token}");
    ask(stage.post(&path, &leak).bearer_auth(&token)).await;
    ask(stage
        .post(
            "/registry/heartbeat",
            &json!({"workspace_id": ID, "current_task": more.reveal()}),
        )
        .bearer_auth(&token))
    .await;
    ask(stage
        .post(&format!("/workspaces/{ID}/tokens"), &json!({}))
        .bearer_auth(&token))
    .await;
    let journal = serde_json::to_string(&stage.recorder.events()).unwrap();
    for credential in [token.as_str(), secret.reveal(), more.reveal()] {
        assert!(!journal.contains(credential));
    }
    assert_eq!(stage.recorder.redactor().leaks(&journal), []);
}

#[tokio::test]
async fn a_round_trip_through_the_door_is_a_matter_of_a_few_milliseconds_at_most() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    let body = json!({"workspace_id": ID});
    let mut times = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        ask(stage.post("/registry/heartbeat", &body).bearer_auth(&token)).await;
        times.push(started.elapsed());
    }
    times.sort();
    // The median of whole round trips, with room for a debug build on a busy machine.
    assert!(times[25].as_micros() < 5_000, "{:?}", times[25]);
}

#[tokio::test]
async fn the_next_gateway_starts_where_the_last_one_closed() {
    let stage = Stage::plain().await;
    let address = stage.gateway.address();
    assert_eq!(stage.gateway.origin(), format!("http://{address}"));
    stage.gateway.close().await;
    let recorder = Recorder::start(Redactor::new());
    let gateway = Gateway::start_at(World::default(), recorder, address)
        .await
        .unwrap();
    assert_eq!(gateway.address(), address);
    gateway.close().await;
}

#[tokio::test]
async fn a_dropped_gateway_stops_listening() {
    let stage = Stage::plain().await;
    let address = stage.gateway.address();
    drop(stage.gateway);
    let gone = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_breaks_off_and_what_is_no_http_stands_in_the_journal() {
    let stage = Stage::plain().await;
    for (sent, what, why) in [
        (
            "POST /registry/heartbeat?a=b HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n\r\n{\"half",
            "POST /registry/heartbeat",
            "end of file",
        ),
        (
            "POST /registry/heartbeat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "POST /registry/heartbeat",
            "chunk",
        ),
        ("hello there\r\n\r\n", "hello there", "URI"),
        ("GET /registry/dis", "GET /registry/dis", "message"),
    ] {
        let before = stage.recorder.events().len();
        let mut stream = TcpStream::connect(stage.gateway.address()).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        stage.gateway.quiet().await;
        let events = stage.recorder.events();
        let [
            Event {
                fact: Fact::Malformed(fact),
                ..
            },
        ] = &events[before..]
        else {
            panic!("{sent}: {events:?}")
        };
        assert_eq!((fact.to, fact.what.as_str()), (Party::Platform, what));
        assert!(fact.why.contains(why), "{sent}: {}", fact.why);
    }
    let events = stage.recorder.events().len();
    drop(TcpStream::connect(stage.gateway.address()).await.unwrap());
    stage.gateway.quiet().await;
    assert_eq!(
        stage.recorder.events().len(),
        events,
        "a connection without a word is no request"
    );
}
