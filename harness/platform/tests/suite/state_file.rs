//! A platform that goes on from a file.

use platform::{Gateway, Recorder, StandAlone, StateFileError, World};
use protocol::journal::{Event, Fact};
use protocol::{Credential, Redactor};
use serde_json::json;

use crate::control::alone;
use crate::stage::{ID, Stage, ask};

fn troubles(stage: &Stage) -> Vec<String> {
    let told = |event: &Event| match &event.fact {
        Fact::Trouble(text) => Some(text.clone()),
        _ => None,
    };
    stage
        .recorder
        .read(|events| events.iter().filter_map(told).collect())
}

fn heartbeat(stage: &Stage, token: &str) -> reqwest::RequestBuilder {
    stage
        .post("/registry/heartbeat", &json!({"workspace_id": ID}))
        .bearer_auth(token)
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
    assert_eq!(
        ask(first.post(&path, &report).bearer_auth(&token))
            .await
            .status,
        200
    );
    first.double().spoil_secret(ID, "BROKEN");
    let killed = as_if_killed(directory.path());
    let second = alone(World::default(), Some(killed.path().join("platform.state"))).await;
    assert_eq!(ask(heartbeat(&second, &token)).await.status, 200);
    let rows = ask(second.get(&path).bearer_auth(&token)).await.body;
    assert_eq!(
        (rows.as_array().unwrap().len(), &rows[0]["summary"]),
        (1, &json!("worked"))
    );
    assert_eq!(second.double().inbound_secret(ID), Some(secret));
    assert_eq!(second.double().status(ID).unwrap(), "online");
    let values = ask(second
        .get(&format!("/workspaces/{ID}/secrets/values"))
        .bearer_auth(&token))
    .await;
    assert_eq!(values.status, 500);
    let journal = serde_json::to_string(&second.recorder.events()).unwrap();
    assert!(
        !journal.contains(&token),
        "a token that stands in the file as a hash is redacted, too"
    );
    second.double().revoke_tokens(ID);
    second.double().prune_activity(ID);
    let killed = as_if_killed(killed.path());
    let third = alone(World::default(), Some(killed.path().join("platform.state"))).await;
    assert_eq!(third.double().tokens_live(ID), 0);
    let token = third.double().issue_token(ID);
    assert_eq!(
        ask(third.get(&path).bearer_auth(token.reveal())).await.body,
        json!([])
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone_and_holds_no_token() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let stage = alone(World::default(), Some(file.clone())).await;
    let token = stage.token().await;
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(token.len())
                .any(|window| window == token.as_bytes())
        );
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
    for (text, said) in [
        (
            "dear platform, this is no state\n".repeat(100),
            "is it a state file?",
        ),
        (
            "SQLite format 3\0".to_owned() + &"\0".repeat(4000),
            "remove it or name another file",
        ),
        (
            json!({"format": 1, "state": {}}).to_string(),
            "has format 1; this version reads format 2",
        ),
    ] {
        std::fs::write(&file, &text).unwrap();
        let refused = refusal(&file).await.to_string();
        assert!(
            refused.contains("letter.txt") && refused.contains(said),
            "{refused}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), text.as_bytes());
    }
    assert!(matches!(
        refusal(&directory.path().join("no/where")).await,
        StateFileError::Open { .. }
    ));
}

#[tokio::test]
async fn two_platforms_do_not_share_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let first = alone(World::default(), Some(file.clone())).await;
    assert!(matches!(refusal(&file).await, StateFileError::InUse { .. }));
    drop(first);
}

#[tokio::test]
async fn what_could_not_be_written_is_written_with_the_next_change() {
    let root = tempfile::tempdir().unwrap();
    let (place, away) = (root.path().join("place"), root.path().join("away"));
    std::fs::create_dir(&place).unwrap();
    let first = alone(World::default(), Some(place.join("platform.state"))).await;
    let token = first.token().await;
    let before = std::fs::read(place.join("platform.state")).unwrap();
    let report = |summary| json!({"activity_type": "agent_log", "summary": summary});
    let path = format!("/workspaces/{ID}/activity");
    // Nothing can be written where there is no directory, not even by the superuser.
    std::fs::rename(&place, &away).unwrap();
    let refused = ask(first.post(&path, &report("refused")).bearer_auth(&token)).await;
    assert_eq!(
        (refused.status, refused.body),
        (500, json!({"error": "the platform's state cannot be kept"}))
    );
    assert_eq!(
        ask(first.get("/health")).await.status,
        200,
        "what only reads is answered"
    );
    assert!(
        troubles(&first)
            .iter()
            .any(|text| text.starts_with("the state file cannot be written: "))
    );
    assert_eq!(std::fs::read(away.join("platform.state")).unwrap(), before);
    std::fs::rename(&away, &place).unwrap();
    let told = troubles(&first).len();
    assert_eq!(
        ask(first.post(&path, &report("kept")).bearer_auth(&token))
            .await
            .status,
        200
    );
    assert_eq!(troubles(&first).len(), told);
    let killed = as_if_killed(&place);
    let second = alone(World::default(), Some(killed.path().join("platform.state"))).await;
    let rows = ask(second.get(&path).bearer_auth(&token)).await.body;
    assert_eq!(
        (&rows[0]["summary"], &rows[1]["summary"]),
        (&json!("kept"), &json!("refused"))
    );
}

#[tokio::test]
async fn nothing_but_the_file_and_its_lock_stays_when_it_cannot_be_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let stage = alone(World::default(), Some(file.clone())).await;
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    stage.double().set_budget(ID, Some(7));
    assert_eq!(troubles(&stage).len(), 1);
    let mut left: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["platform.state", "platform.state.lock"]);
}

#[tokio::test]
async fn a_body_as_deep_as_a_request_may_be_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let first = alone(World::default(), Some(file)).await;
    let token = first.token().await;
    let deep = (0..120).fold(json!("end"), |inner, _| json!([inner]));
    let report = json!({"activity_type": "agent_log", "request_body": deep});
    let path = format!("/workspaces/{ID}/activity");
    assert_eq!(
        ask(first.post(&path, &report).bearer_auth(&token))
            .await
            .status,
        200
    );
    let killed = as_if_killed(directory.path());
    let second = alone(World::default(), Some(killed.path().join("platform.state"))).await;
    assert_eq!(
        ask(second.get(&path).bearer_auth(&token)).await.body[0]["request_body"],
        deep
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_an_empty_file_stays_a_link() {
    let directory = tempfile::tempdir().unwrap();
    let (file, link) = (
        directory.path().join("platform.state"),
        directory.path().join("link"),
    );
    std::fs::write(&file, "").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let stage = alone(World::default(), Some(link.clone())).await;
    stage.token().await;
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(!std::fs::read(&file).unwrap().is_empty());
    assert!(matches!(refusal(&file).await, StateFileError::InUse { .. }));
}
