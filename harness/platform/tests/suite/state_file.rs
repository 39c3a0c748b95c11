//! A platform that goes on from a file.

use platform::{Gateway, Recorder, StandAlone, StateFileError, World};
use protocol::{Credential, Redactor};
use serde_json::json;

use crate::control::alone;
use crate::stage::{ID, Stage, ask};

fn heartbeat(stage: &Stage, token: &str) -> reqwest::RequestBuilder {
    stage.post("/registry/heartbeat", &json!({"workspace_id": ID})).bearer_auth(token)
}

/// What a platform leaves behind that is killed now: the files as they are on the disk.
fn as_if_killed(directory: &std::path::Path) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), left.path().join(entry.file_name())).unwrap();
    }
    left
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let first = alone(World::default(), Some(file)).await;
    let token = first.token().await;
    let secret = first.double().rotate_secret(ID);
    let report = json!({"activity_type": "agent_log", "summary": "worked"});
    let path = format!("/workspaces/{ID}/activity");
    assert_eq!(ask(first.post(&path, &report).bearer_auth(&token)).await.status, 200);
    first.double().spoil_secret(ID, "BROKEN");
    let killed = as_if_killed(directory.path());
    let second = alone(World::default(), Some(killed.path().join("platform.state"))).await;
    assert_eq!(ask(heartbeat(&second, &token)).await.status, 200);
    let rows = ask(second.get(&path).bearer_auth(&token)).await.body;
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["summary"]), (1, &json!("worked")));
    assert_eq!(second.double().inbound_secret(ID), Some(secret));
    assert_eq!(second.double().status(ID).unwrap(), "online");
    let values = ask(second.get(&format!("/workspaces/{ID}/secrets/values")).bearer_auth(&token)).await;
    assert_eq!(values.status, 500);
    let journal = serde_json::to_string(&second.recorder.events()).unwrap();
    assert!(!journal.contains(&token), "a token that stands in the file as a hash is redacted, too");
    second.double().revoke_tokens(ID);
    second.double().prune_activity(ID);
    let killed = as_if_killed(killed.path());
    let third = alone(World::default(), Some(killed.path().join("platform.state"))).await;
    assert_eq!(third.double().tokens_live(ID), 0);
    let token = third.double().issue_token(ID);
    assert_eq!(ask(third.get(&path).bearer_auth(token.reveal())).await.body, json!([]));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone_and_holds_no_token() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let stage = alone(World::default(), Some(file.clone())).await;
    let token = stage.token().await;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
}

async fn refusal(file: &std::path::Path) -> StateFileError {
    let alone = StandAlone {
        address: ([127, 0, 0, 1], 0).into(),
        control_token: Credential::new("control-token-of-the-tests"),
        state_file: Some(file.to_owned()),
    };
    match Gateway::start_alone(World::default(), Recorder::start(Redactor::new()), alone).await {
        Err(platform::StartError::State(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    }
}

#[tokio::test]
async fn what_is_no_state_file_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("letter.txt");
    std::fs::write(&file, "dear platform, this is no database\n".repeat(100)).unwrap();
    let before = std::fs::read(&file).unwrap();
    assert!(refusal(&file).await.to_string().contains("letter.txt"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert!(matches!(refusal(&directory.path().join("no/where")).await, StateFileError::Open { .. }));
}

#[tokio::test]
async fn two_platforms_do_not_share_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let first = alone(World::default(), Some(file.clone())).await;
    assert!(matches!(refusal(&file).await, StateFileError::Database { .. }));
    drop(first);
}
