//! CHAT-030 to CHAT-032, FILE-030, SEC-030, SEC-031, TRN-005: what the platform asks of a workspace over HTTP.

use protocol::journal::{Content, Fact, Party};
use protocol::{Credential, Revision};
use reqwest::Method;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{ID, Stage, ask, refused};

struct Files {
    stage: Stage,
    token: String,
    subject: MockServer,
}

impl Files {
    async fn at(revision: Revision) -> Self {
        let stage = Stage::at(revision).await;
        let subject = MockServer::start().await;
        let url = format!("http://localhost:{}///", subject.address().port());
        let token = stage.register_at(&url).await.body["auth_token"]
            .as_str()
            .unwrap()
            .to_owned();
        Self {
            stage,
            token,
            subject,
        }
    }

    fn upload(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        let request = self
            .stage
            .request(Method::POST, &format!("/workspaces/{ID}/chat/uploads"));
        request
            .header("content-type", "multipart/form-data; boundary=b")
            .bearer_auth(&self.token)
            .body(body)
    }

    fn download(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.stage.get(&format!("/workspaces/{ID}/chat/download"));
        request.query(&[("path", path)]).bearer_auth(&self.token)
    }

    async fn answers(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(verb))
            .and(path(at))
            .respond_with(answer)
            .mount(&self.subject)
            .await;
    }
}

#[tokio::test]
async fn chat_030_and_sec_030_an_upload_is_forwarded_as_it_is_with_the_secret() {
    let files = Files::at(Revision::R1).await;
    let secret = Credential::new("inbound-secret-inbound-secret-inbound-secret");
    files.stage.double().set_secret(ID, secret.clone());
    let answer = ResponseTemplate::new(200).set_body_json(json!({"files": []}));
    files
        .answers("POST", "/internal/chat/uploads/ingest", answer)
        .await;
    let answer = ask(files.upload("--b\r\nnot parsed by the platform")).await;
    assert_eq!((answer.status, answer.body), (200, json!({"files": []})));
    let seen = files.subject.received_requests().await.unwrap().remove(0);
    assert_eq!(seen.body, b"--b\r\nnot parsed by the platform");
    assert_eq!(
        seen.headers["content-type"],
        "multipart/form-data; boundary=b"
    );
    let bearers: Vec<_> = seen.headers.get_all("authorization").iter().collect();
    assert_eq!(bearers, [&format!("Bearer {}", secret.reveal())]);
    let journal = serde_json::to_string(&files.stage.recorder.events()).unwrap();
    assert!(!journal.contains(secret.reveal()) && journal.contains("Bearer «inbound-secret-1»"));
}

#[tokio::test]
async fn a_large_upload_is_streamed_and_recorded_with_its_size() {
    let files = Files::at(Revision::R1).await;
    files.stage.double().rotate_secret(ID);
    files
        .answers(
            "POST",
            "/internal/chat/uploads/ingest",
            ResponseTemplate::new(200),
        )
        .await;
    let size = 3 * 1024 * 1024;
    assert_eq!(ask(files.upload(vec![b'x'; size])).await.status, 200);
    let seen = files.subject.received_requests().await.unwrap().remove(0);
    assert_eq!(
        (
            seen.body.len(),
            seen.headers["content-length"].to_str().unwrap()
        ),
        (size, "3145728")
    );
    let bodies = files.stage.recorder.read(|events| {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Request(request) if request.path.contains("uploads") => {
                    Some((request.from, request.body.clone()))
                }
                _ => None,
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(bodies[0].0, Party::Subject);
    assert_eq!(bodies[1].0, Party::Platform);
    for (_, body) in bodies {
        assert_eq!(
            (body.size, body.content),
            (size as u64, Content::Opaque(None))
        );
    }
}

#[tokio::test]
async fn sec_031_without_a_secret_nobody_is_asked() {
    let old = Files::at(Revision::R1).await;
    let answer = ask(old.upload("x")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.body["error"],
        "workspace not yet enrolled in v2 upload (RFC #2312)"
    );
    let new = Files::at(Revision::R2).await;
    new.stage.double().clear_secret(ID);
    let answer = ask(new.download("/workspace/a")).await;
    assert_eq!(
        (answer.status, &answer.body["retry_after_seconds"]),
        (503, &json!(30))
    );
    assert!(
        new.stage.double().inbound_secret(ID).is_some(),
        "minted for the next register"
    );
    for files in [old, new] {
        assert!(files.subject.received_requests().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn chat_031_and_032_what_cannot_be_forwarded() {
    let stage = Stage::plain().await;
    let token = stage.double().issue_token(ID);
    let upload = |id: &str| {
        let request = stage.request(Method::POST, &format!("/workspaces/{id}/chat/uploads"));
        ask(request.bearer_auth(token.reveal()).body("x"))
    };
    assert_eq!(
        upload(ID).await,
        refused(503, "workspace url not registered yet")
    );
    assert_eq!(
        upload("x").await.status,
        401,
        "a token opens its own workspace only"
    );
    let files = Files::at(Revision::R1).await;
    files.stage.double().rotate_secret(ID);
    drop(files.subject);
    let answer = files
        .stage
        .request(Method::POST, &format!("/workspaces/{ID}/chat/uploads"));
    let answer = ask(answer.bearer_auth(&files.token).body("x")).await;
    assert!(matches!(answer.status, 404 | 502), "{answer:?}");
}

#[tokio::test]
async fn file_030_a_download_is_asked_for_with_an_escaped_path() {
    let files = Files::at(Revision::R1).await;
    files.stage.double().rotate_secret(ID);
    for path in ["", "relative", "/etc/passwd", "/workspace/../x"] {
        assert_eq!(ask(files.download(path)).await.status, 400, "{path}");
    }
    assert!(files.subject.received_requests().await.unwrap().is_empty());
    let answer = ResponseTemplate::new(200)
        .set_body_raw("bytes", "text/plain")
        .insert_header("content-disposition", "attachment; filename=\"a&b c.txt\"")
        .insert_header("x-private", "stays");
    files.answers("GET", "/internal/file/read", answer).await;
    let answer = files.download("/workspace/a&b c.txt").send().await.unwrap();
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"a&b c.txt\""
    );
    assert_eq!(
        (
            answer.headers()["content-type"].to_str().unwrap(),
            answer.headers().get("x-private")
        ),
        ("text/plain", None)
    );
    assert_eq!(answer.text().await.unwrap(), "bytes");
    let seen = files.subject.received_requests().await.unwrap().remove(0);
    let asked: Vec<_> = seen.url.query_pairs().collect();
    assert_eq!(asked, [("path".into(), "/workspace/a&b c.txt".into())]);
}

#[tokio::test]
async fn trn_005_a_transcript_is_forwarded_with_the_callers_bearer() {
    let files = Files::at(Revision::R1).await;
    files
        .answers(
            "GET",
            "/transcript",
            ResponseTemplate::new(200).set_body_json(json!({"lines": []})),
        )
        .await;
    let path = format!("/workspaces/{ID}/transcript?since=3&limit=9&other=1");
    let answer = ask(files.stage.get(&path).bearer_auth(&files.token)).await;
    assert_eq!(answer.body, json!({"lines": []}));
    let seen = files.subject.received_requests().await.unwrap().remove(0);
    assert_eq!(seen.url.query(), Some("since=3&limit=9"));
    assert_eq!(
        seen.headers["authorization"],
        format!("Bearer {}", files.token)
    );
}
