//! Tests of both gates, by requests to a served agent.

use axum::http::HeaderValue;
use reqwest::{Client, StatusCode as Status};

use crate::stage::Stage;

const READ: &str = "/internal/file/read?path=/workspace/a.txt";

async fn served(stage: &Stage) -> String {
    // Nothing is scripted, so the agent keeps what is on disk; it is left running for the test's runtime.
    let (running, url) = stage.run().await;
    tokio::spawn(running.finished());
    url
}

async fn with_secret() -> Stage {
    let stage = Stage::new().await.with("PROOFMARK_HEARTBEAT_MS", "60000");
    stage.write("configs/.platform_inbound_secret", "secret");
    stage.write("configs/.auth_token", "token");
    stage.write("root/workspace/a.txt", "content");
    stage
}

async fn ask(url: &str, path: &str, header: Option<&[u8]>) -> Status {
    let mut request = Client::new().get(format!("{url}{path}"));
    if let Some(header) = header {
        request = request.header("authorization", HeaderValue::from_bytes(header).unwrap());
    }
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn only_the_exact_secret_opens_internal_routes() {
    let stage = with_secret().await;
    let url = served(&stage).await;
    assert_eq!(ask(&url, READ, Some(b"Bearer secret")).await, Status::OK);
    for header in [
        None,
        Some(&b"Bearer token"[..]),
        Some(b"bearer secret"),
        Some(b"BEARER secret"),
        Some(b"Bearer  secret"),
        Some(b"Bearer secrets"),
        Some(b"Bearer secre"),
        Some(b"Bearer SECRET"),
        Some(b"Bearer"),
        Some(b"secret"),
        Some(b"Basic secret"),
        Some(b"Bearer s\xe9cret"),
        Some(b"\xff\xfe"),
    ] {
        for path in [
            READ,
            "/internal/file/read?path=x",
            "/internal/chat/uploads/ingest",
            "/internal/unknown",
            "/internal",
        ] {
            assert_eq!(
                ask(&url, path, header).await,
                Status::UNAUTHORIZED,
                "{path} {header:?}"
            );
        }
    }
    assert_eq!(
        ask(&url, "/internal/unknown", Some(b"Bearer secret")).await,
        Status::NOT_FOUND
    );
}

#[tokio::test]
async fn without_a_usable_secret_nobody_comes_in_and_a_late_one_counts() {
    let stage = with_secret().await;
    let url = served(&stage).await;
    let file = stage
        .directory
        .path()
        .join("configs/.platform_inbound_secret");
    for content in [None, Some(&b""[..]), Some(b" \r\n"), Some(&[0xff, 0xfe])] {
        std::fs::remove_file(&file).unwrap();
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        for header in [
            None,
            Some(&b"Bearer "[..]),
            Some(b"Bearer"),
            Some(b"Bearer secret"),
        ] {
            assert_eq!(
                ask(&url, READ, header).await,
                Status::UNAUTHORIZED,
                "{content:?} {header:?}"
            );
        }
        std::fs::write(&file, "late").unwrap();
        assert_eq!(ask(&url, READ, Some(b"Bearer late")).await, Status::OK);
    }
}

#[tokio::test]
async fn the_answer_comes_before_the_body() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let stage = with_secret().await;
    let url = served(&stage).await;
    let address = url.replace("http://localhost", "127.0.0.1");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head =
        "POST /internal/chat/uploads/ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    let read = tokio::time::timeout(
        std::time::Duration::from_secs(5),
        stream.read_exact(&mut answer),
    );
    read.await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
}

#[tokio::test]
async fn the_transcript_is_for_the_owner_of_the_token() {
    let stage = with_secret().await;
    let url = served(&stage).await;
    for (header, path, status) in [
        (Some(&b"Bearer token"[..]), "/transcript", Status::OK),
        (
            Some(b"Bearer token"),
            "/transcript?since=3&limit=5",
            Status::OK,
        ),
        (
            Some(b"Bearer token"),
            "/transcript?since=x",
            Status::BAD_REQUEST,
        ),
        (
            Some(b"Bearer secret"),
            "/transcript?since=x",
            Status::UNAUTHORIZED,
        ),
        (Some(b"bearer token"), "/transcript", Status::UNAUTHORIZED),
        (
            Some(b"Bearer t\xf6ken"),
            "/transcript",
            Status::UNAUTHORIZED,
        ),
        (None, "/transcript", Status::UNAUTHORIZED),
    ] {
        assert_eq!(ask(&url, path, header).await, status, "{path} {header:?}");
    }
}

#[tokio::test]
async fn without_a_token_the_transcript_is_closed() {
    let stage = Stage::new().await;
    let url = served(&stage).await;
    assert_eq!(
        ask(&url, "/transcript", Some(b"Bearer ")).await,
        Status::UNAUTHORIZED
    );
    assert_eq!(ask(&url, "/transcript", None).await, Status::UNAUTHORIZED);
}
