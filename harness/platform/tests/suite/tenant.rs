//! A live platform behind the gateway: what has no end is passed on while it comes, and so is another protocol.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use http::{HeaderValue, Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use platform::{Gateway, Recorder, Tenant, TenantSettings, World};
use protocol::Redactor;
use protocol::journal::{Event, Fact, Outcome};
use reqwest::Client;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;

/// A request for another protocol, and the answer that grants it.
const SWITCH: &[u8] =
    b"GET /ws HTTP/1.1\r\nhost: here\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: abc\r\n\r\n";
const SWITCHED: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n";

/// A gateway before a tenant at this address.
async fn before(tenant: SocketAddr) -> (Gateway, Recorder) {
    trusting(&format!("http://{tenant}"), None).await
}

/// The same, with the authority to trust.
async fn trusting(address: &str, authority: Option<Vec<u8>>) -> (Gateway, Recorder) {
    let host = if address.contains("localhost") {
        "localhost"
    } else {
        "127.0.0.1"
    };
    let settings = TenantSettings {
        authority,
        ..TenantSettings::at(address, host)
    };
    let tenant = Tenant::open(&settings).unwrap();
    let recorder = Recorder::start(Redactor::new());
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let gateway = Gateway::start_before(tenant, World::default(), recorder.clone(), address)
        .await
        .unwrap();
    (gateway, recorder)
}

/// Reads the head of a message.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(read).unwrap().to_ascii_lowercase()
}

/// Status, outcome and text of the only answer; waits for it to be recorded.
async fn answer(recorder: &Recorder) -> (Option<u16>, Outcome, String) {
    let pick = |journal: &[Event]| {
        journal.iter().find_map(|event| match &event.fact {
            Fact::Answer(answer) => {
                let text = answer.body.as_text().unwrap_or_default().to_owned();
                Some((answer.status, answer.outcome, text))
            }
            _ => None,
        })
    };
    loop {
        if let Some(found) = recorder.read(pick) {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn events_arrive_while_the_stream_is_open() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (gateway, recorder) = before(listener.local_addr().unwrap()).await;
    let (end, ended) = oneshot::channel();
    let tenant = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        let first = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: 1\n\n";
        stream.write_all(first.as_bytes()).await.unwrap();
        ended.await.unwrap();
        stream.write_all(b"data: 2\n\n").await.unwrap();
    });
    let client = Client::builder().no_proxy().build().unwrap();
    let mut stream = client
        .get(format!("{}/stream", gateway.origin()))
        .send()
        .await
        .unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "data: 1\n\n");
    end.send(()).unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "data: 2\n\n");
    assert_eq!(stream.chunk().await.unwrap(), None);
    tenant.await.unwrap();
    assert_eq!(
        answer(&recorder).await,
        (
            Some(200),
            Outcome::Complete,
            "data: 1\n\ndata: 2\n\n".into()
        )
    );
}

#[tokio::test]
async fn a_connection_changes_to_another_protocol_on_both_sides() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (gateway, recorder) = before(listener.local_addr().unwrap()).await;
    let tenant = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = head(&mut stream).await;
        stream.write_all(SWITCHED).await.unwrap();
        stream.write_all(b"hello").await.unwrap();
        let mut word = [0; 4];
        stream.read_exact(&mut word).await.unwrap();
        stream.write_all(&word).await.unwrap();
        (asked, stream.read(&mut word).await.unwrap())
    });
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(SWITCH).await.unwrap();
    let said = head(&mut stream).await;
    assert!(
        said.starts_with("http/1.1 101") && said.contains("upgrade: websocket"),
        "{said}"
    );
    let mut word = [0; 5];
    stream.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"hello");
    stream.write_all(b"ping").await.unwrap();
    stream.read_exact(&mut word[..4]).await.unwrap();
    assert_eq!(&word[..4], b"ping");
    drop(stream);
    let (asked, rest) = tenant.await.unwrap();
    assert!(
        asked.contains("connection: upgrade") && asked.contains("sec-websocket-key: abc"),
        "{asked}"
    );
    assert_eq!(rest, 0);
    assert_eq!(
        answer(&recorder).await,
        (Some(101), Outcome::Complete, String::new())
    );
    gateway.quiet().await;
}

#[tokio::test]
async fn closing_the_gateway_ends_what_was_changed_to_another_protocol() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (gateway, _recorder) = before(listener.local_addr().unwrap()).await;
    let tenant = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        stream.write_all(SWITCHED).await.unwrap();
        stream.read(&mut [0; 4]).await.unwrap()
    });
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(SWITCH).await.unwrap();
    head(&mut stream).await;
    gateway.close().await;
    assert_eq!(stream.read(&mut [0; 4]).await.unwrap(), 0);
    assert_eq!(tenant.await.unwrap(), 0);
}

/// Serves one connection by HTTP/2 alone, behind a certificate of its own, and says what it was asked for.
async fn second_version(
    listener: TcpListener,
    config: ServerConfig,
) -> (Version, Option<String>, bool) {
    let (stream, _) = listener.accept().await.unwrap();
    let stream = TlsAcceptor::from(Arc::new(config))
        .accept(stream)
        .await
        .unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    let answer = service_fn(move |request: Request<Incoming>| {
        let tell = tell.clone();
        async move {
            let has_connection = request.headers().contains_key("connection");
            let authority = request.uri().authority().map(ToString::to_string);
            tell.send((request.version(), authority, has_connection))
                .unwrap();
            let mut answer = Response::new(Full::new(Bytes::from("[]")));
            answer
                .headers_mut()
                .insert("content-type", HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(answer)
        }
    });
    tokio::spawn(
        http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer),
    );
    told.recv().await.unwrap()
}

#[tokio::test]
async fn a_tenant_may_speak_http_2_where_the_subject_speaks_the_first() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = certified.signing_key.serialize_der();
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key.try_into().unwrap())
            .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("localhost:{}", listener.local_addr().unwrap().port());
    let (gateway, recorder) = trusting(
        &format!("https://{address}"),
        Some(certified.cert.pem().into_bytes()),
    )
    .await;
    let tenant = tokio::spawn(second_version(listener, config));
    let client = Client::builder().no_proxy().build().unwrap();
    let answer = client
        .get(format!("{}/workspaces", gateway.origin()))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (200, Version::HTTP_11)
    );
    assert_eq!(answer.text().await.unwrap(), "[]");
    assert_eq!(
        tenant.await.unwrap(),
        (Version::HTTP_2, Some(address), false)
    );
    assert_eq!(
        self::answer(&recorder).await,
        (Some(200), Outcome::Complete, "[]".into())
    );
}
