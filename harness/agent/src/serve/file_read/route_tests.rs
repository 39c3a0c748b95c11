//! Tests of reading files, by requests to a served agent.

use reqwest::Client;
use serde_json::{Value, json};

use crate::stage::Stage;

async fn served(stage: &Stage) -> String {
    stage.write("configs/.platform_inbound_secret", "secret");
    let (running, url) = stage.run().await;
    tokio::spawn(running.finished());
    format!("{url}/internal/file/read")
}

async fn read(url: &str, path: &str) -> reqwest::Response {
    Client::new()
        .get(url)
        .query(&[("path", path)])
        .bearer_auth("secret")
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_file_comes_with_its_bytes_type_length_and_name() {
    let stage = Stage::new().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    stage.write("root/workspace/grün \"x\".txt", &bytes);
    let answer = read(&served(&stage).await, "/workspace/grün \"x\".txt").await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("content-type"), header("content-length")),
        ("text/plain".to_owned(), "200000".to_owned())
    );
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"gr_n _x_.txt\"; filename*=UTF-8''gr%C3%BCn%20%22x%22.txt"
    );
    assert_eq!(answer.bytes().await.unwrap(), bytes);
}

#[tokio::test]
async fn refusals_have_status_and_text_of_the_contract() {
    let stage = Stage::new().await;
    std::fs::create_dir(stage.directory.path().join("root/workspace/dir")).unwrap();
    let url = served(&stage).await;
    for (path, status, text) in [
        ("", 400, "path query required"),
        ("x", 400, "path must be absolute"),
        (
            "/etc/passwd",
            400,
            "path must be under /configs, /workspace, /home, or /plugins",
        ),
        ("/workspace/../x", 400, "invalid path"),
        ("/workspace/dir", 400, "path is not a regular file"),
        ("/workspace", 400, "path is not a regular file"),
        ("/workspace/none", 404, "file not found"),
        ("/plugins/none/none", 404, "file not found"),
        ("/configs/.platform_inbound_secret", 404, "file not found"),
    ] {
        let answer = read(&url, path).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(
            answer.json::<Value>().await.unwrap(),
            json!({"error": text}),
            "{path}"
        );
    }
    let bare = Client::new()
        .get(&url)
        .bearer_auth("secret")
        .send()
        .await
        .unwrap();
    assert_eq!(
        bare.json::<Value>().await.unwrap(),
        json!({"error": "path query required"})
    );
}
