//! Tests of the A2A route, by requests to a served agent.

use reqwest::Client;

use super::*;
use crate::stage::Stage;

async fn served(stage: &Stage) -> String {
    let (running, url) = stage.run().await;
    tokio::spawn(running.finished());
    url
}

fn message(id: &str, text: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 7, "method": "message/send", "params": {"message": {
        "role": "user", "messageId": id, "parts": [{"type": "text", "text": text}]}}})
}

async fn post(url: &str, body: String) -> (u16, Value) {
    let answer = Client::new().post(url).body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_text_is_repeated_under_the_same_id_by_an_agent() {
    let stage = Stage::new().await;
    let url = served(&stage).await;
    let (status, body) = post(&url, message("m", "hello").to_string()).await;
    assert_eq!(
        (status, &body["id"], &body["jsonrpc"]),
        (200, &json!(7), &json!("2.0"))
    );
    assert_eq!(body["result"]["role"], "agent");
    assert_eq!(
        body["result"]["parts"],
        json!([{"kind": "text", "text": "received: hello"}])
    );
    assert!(body.get("error").is_none());
}

#[tokio::test]
async fn a_redelivered_message_gets_the_same_answer_and_another_one_its_own() {
    let stage = Stage::new().await;
    let url = served(&stage).await;
    let (_, one) = post(&url, message("m", "hello").to_string()).await;
    let (_, two) = post(&url, message("m", "hello").to_string()).await;
    let (_, other) = post(&url, message("m", "bye").to_string()).await;
    assert_eq!(one["result"], two["result"]);
    assert_eq!(other["result"]["parts"][0]["text"], "received: bye");
}

#[tokio::test]
async fn errors_have_status_200() {
    let stage = Stage::new().await;
    let url = served(&stage).await;
    let fail = message("m", "proofmark fail badly").to_string();
    for (body, code) in [
        ("{".to_owned(), -32700),
        ("[]".to_owned(), -32600),
        (fail, -32000),
    ] {
        let (status, answer) = post(&url, body).await;
        assert_eq!((status, &answer["error"]["code"]), (200, &json!(code)));
        assert!(answer.get("result").is_none());
    }
}

#[tokio::test]
async fn credentials_are_not_repeated() {
    let stage = Stage::new().await;
    stage.write("configs/.auth_token", "the-token");
    stage.write("configs/.platform_inbound_secret", "the-secret");
    let url = served(&stage).await;
    let (_, body) = post(&url, message("m", "the-token and the-secret").to_string()).await;
    assert_eq!(
        body["result"]["parts"][0]["text"],
        "received: [credential] and [credential]"
    );
}

#[tokio::test]
async fn the_card_answers_during_work_and_the_work_is_counted() {
    let stage = Stage::new().await;
    let (running, url) = stage.run().await;
    let agent = Arc::clone(&running.agent);
    let work = tokio::spawn({
        let url = url.clone();
        async move { post(&url, message("m", "proofmark work 60000").to_string()).await }
    });
    while agent.activity.active_tasks() == 0 {
        tokio::task::yield_now().await;
    }
    let card = Client::new()
        .get(format!("{url}/.well-known/agent-card.json"))
        .send()
        .await
        .unwrap();
    assert_eq!(card.json::<Value>().await.unwrap(), agent.card.value());
    agent.stop.ask();
    running.finished().await;
    let (_, body) = work.await.unwrap();
    assert_eq!(
        body["result"]["parts"][0]["text"],
        "work failed: the agent stops"
    );
}

#[tokio::test]
async fn other_methods_are_405_and_unknown_paths_404() {
    let stage = Stage::new().await;
    let url = served(&stage).await;
    assert_eq!(Client::new().get(&url).send().await.unwrap().status(), 405);
    assert_eq!(
        Client::new()
            .get(format!("{url}/nowhere"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}

#[tokio::test]
async fn files_are_acknowledged_and_the_second_version_understood() {
    let stage = Stage::new().await;
    let url = served(&stage).await;
    let mut body = message("m", "see");
    let file = json!({"kind": "file", "file": {"uri": "workspace:/workspace/x", "name": "x"}});
    body["params"]["message"]["parts"]
        .as_array_mut()
        .unwrap()
        .push(file);
    let (_, answer) = post(&url, body.to_string()).await;
    let text = answer["result"]["parts"][0]["text"].as_str().unwrap();
    assert_eq!(
        text,
        "received: see\nreceived file: x workspace:/workspace/x"
    );
    let body = json!({"jsonrpc": "2.0", "id": "v1", "method": "SendMessage", "params": {"message": {
        "role": "ROLE_USER", "messageId": "m", "parts": [{"text": "hello"}]}}});
    let request = Client::new()
        .post(&url)
        .header("a2a-version", "1.0")
        .body(body.to_string());
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        answer["result"]["message"]["parts"],
        json!([{"text": "received: hello"}])
    );
}
