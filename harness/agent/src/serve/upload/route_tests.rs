//! Tests of uploads, by requests to a served agent.

use reqwest::Client;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::*;
use crate::stage::Stage;

const MEBIBYTE: usize = 1024 * 1024;

struct Served {
    stage: Stage,
    url: String,
}

impl Served {
    async fn new(stage: Stage) -> Self {
        stage.write("configs/.platform_inbound_secret", "secret");
        let (running, url) = stage.run().await;
        tokio::spawn(running.finished());
        Self {
            stage,
            url: format!("{url}/internal/chat/uploads/ingest"),
        }
    }

    async fn post(&self, content_type: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = Client::new()
            .post(&self.url)
            .bearer_auth("secret")
            .header("content-type", content_type);
        let answer = request.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn upload(&self, files: Vec<(&str, Vec<u8>)>) -> (u16, Value) {
        let form = files
            .into_iter()
            .fold(Form::new(), |form, (name, content)| {
                form.part("files", Part::bytes(content).file_name(name.to_owned()))
            });
        let answer = Client::new()
            .post(&self.url)
            .bearer_auth("secret")
            .multipart(form)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn stored(&self, entry: &Value) -> Vec<u8> {
        let path = entry["uri"]
            .as_str()
            .unwrap()
            .strip_prefix("workspace:/")
            .unwrap();
        std::fs::read(self.stage.directory.path().join("root").join(path)).unwrap()
    }

    fn count(&self) -> usize {
        let place = self
            .stage
            .directory
            .path()
            .join("root/workspace/.molecule/chat-uploads");
        std::fs::read_dir(place).map_or(0, Iterator::count)
    }
}

#[tokio::test]
async fn files_are_stored_byte_for_byte_and_described_in_order() {
    use std::os::unix::fs::PermissionsExt as _;
    let served = Served::new(Stage::new().await).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let (status, body) = served
        .upload(vec![("a b.txt", b"one".to_vec()), ("raw", bytes.clone())])
        .await;
    assert_eq!(status, 200);
    let files = body["files"].as_array().unwrap();
    assert_eq!(
        (&files[0]["name"], &files[0]["size"], &files[0]["mimeType"]),
        (&json!("a_b.txt"), &json!(3), &json!("text/plain"))
    );
    assert_eq!(
        (&files[1]["size"], &files[1]["mimeType"]),
        (&json!(300_000), &json!(""))
    );
    assert_eq!(
        (served.stored(&files[0]), served.stored(&files[1])),
        (b"one".to_vec(), bytes)
    );
    let uri = files[0]["uri"].as_str().unwrap();
    let (prefix, name) = uri.rsplit('/').next().unwrap().split_once('-').unwrap();
    assert!(
        prefix.len() == 32
            && prefix.bytes().all(|byte| byte.is_ascii_hexdigit())
            && name == "a_b.txt"
    );
    let path = served
        .stage
        .directory
        .path()
        .join("root")
        .join(uri.strip_prefix("workspace:/").unwrap());
    assert_eq!(
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn one_name_twice_is_two_files() {
    let served = Served::new(Stage::new().await).await;
    let (_, body) = served
        .upload(vec![("x", b"1".to_vec()), ("x", b"2".to_vec())])
        .await;
    assert_ne!(body["files"][0]["uri"], body["files"][1]["uri"]);
}

#[tokio::test]
async fn the_limit_per_file_is_exact_and_a_refused_batch_leaves_nothing() {
    let served = Served::new(Stage::new().await).await;
    let at_limit = vec![0; 25 * MEBIBYTE];
    assert_eq!(served.upload(vec![("fits", at_limit.clone())]).await.0, 200);
    assert_eq!(served.count(), 1);
    let above = vec![0; 25 * MEBIBYTE + 1];
    let refused = served
        .upload(vec![("small", b"x".to_vec()), ("b/too big.bin", above)])
        .await;
    assert_eq!(
        refused,
        (
            413,
            json!({"error": "b/too big.bin exceeds per-file limit (25 MB)"})
        )
    );
    assert_eq!(served.count(), 1);
}

#[tokio::test]
async fn an_announced_length_above_the_limit_is_refused_at_once() {
    let served = Served::new(Stage::new().await).await;
    let body = vec![0; 50 * MEBIBYTE + 1];
    let refused = served.post("multipart/form-data; boundary=x", body).await;
    assert_eq!(
        refused,
        (
            413,
            json!({"error": "request body exceeds total limit (50 MB)"})
        )
    );
}

#[tokio::test]
async fn an_unannounced_length_is_bounded_too() {
    let served = Served::new(Stage::new().await).await;
    let head = |name: &str| {
        format!(
            "\r\n--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n"
        )
    };
    let chunk = Bytes::from(vec![0; MEBIBYTE]);
    let file = |name: &str| {
        std::iter::once(Bytes::from(head(name)))
            .chain(std::iter::repeat_n(chunk.clone(), 20))
            .collect::<Vec<_>>()
    };
    let chunks: Vec<_> = ["a", "b", "c"]
        .iter()
        .flat_map(|name| file(name))
        .map(Ok::<_, std::io::Error>)
        .collect();
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let refused = served.post("multipart/form-data; boundary=x", body).await;
    assert_eq!(
        refused,
        (
            413,
            json!({"error": "total request body exceeds limit (50 MB)"})
        )
    );
    assert_eq!(served.count(), 0);
}

#[tokio::test]
async fn what_is_no_form_or_has_no_files_is_said_so() {
    let served = Served::new(Stage::new().await).await;
    let malformed = (400, json!({"error": "failed to parse multipart form"}));
    assert_eq!(served.post("application/json", "{}").await, malformed);
    assert_eq!(
        served
            .post("multipart/form-data; boundary=x", "--x\r\n\r\ncut")
            .await,
        malformed
    );
    let missing = (400, json!({"error": "expected at least one 'files' field"}));
    assert_eq!(
        served
            .post("multipart/form-data; boundary=x", "--x--\r\n")
            .await,
        missing
    );
    let other = "--x\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\ntext\r\n--x\r\nContent-Disposition: \
                 form-data; name=\"other\"; filename=\"a\"\r\n\r\nfile\r\n--x--\r\n";
    assert_eq!(
        served.post("multipart/form-data; boundary=x", other).await,
        missing
    );
    let many = vec![("a", Vec::new()); MOST_FILES + 1];
    assert_eq!(served.upload(many).await, malformed);
    assert_eq!(served.count(), 0);
    assert_eq!(
        served.upload(vec![("a", Vec::new()); MOST_FILES]).await.0,
        200
    );
}

#[tokio::test]
async fn odd_names_are_sanitised() {
    let served = Served::new(Stage::new().await).await;
    for (name, expected) in [
        ("../../x", "x"),
        ("a;b", "a_b"),
        ("\u{1}\u{7f}c", "__c"),
        ("", "file"),
        ("..", "file"),
    ] {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\ntext\r\n--x--\r\n"
        );
        let (status, answer) = served.post("multipart/form-data; boundary=x", body).await;
        assert_eq!(
            (status, &answer["files"][0]["name"]),
            (200, &json!(expected)),
            "{name}"
        );
    }
}
