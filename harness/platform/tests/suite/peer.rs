//! What reaches a peer without the platform is in the journal; what the platform sends is there once.

use protocol::journal::{Answerer, Fact, Outcome, Party, RequestFact, header};
use protocol::{PeerBehaviour, Relation};
use serde_json::json;

use crate::stage::{ID, PEER, Stage, ask, with_peer};

fn to_peers(stage: &Stage) -> Vec<RequestFact> {
    stage.recorder.read(|events| {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Request(request) if request.to == Party::Peer => Some(request.clone()),
                _ => None,
            })
            .collect()
    })
}

#[tokio::test]
async fn a_direct_request_is_recorded_with_its_bearer_as_a_placeholder() {
    let stage = Stage::new(with_peer(
        Relation::Sibling,
        PeerBehaviour::Replies("hello".into()),
    ))
    .await;
    let token = stage.token().await;
    let url = stage.gateway.peers().remove(0).url;
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "message/send"});
    let answer = ask(stage
        .client
        .post(&url)
        .bearer_auth(&token)
        .body(body.to_string()))
    .await;
    assert_eq!((answer.status, &answer.body["id"]), (200, &json!(7)));
    let seen = to_peers(&stage).remove(0);
    assert_eq!(
        (seen.from, seen.peer.as_deref()),
        (Party::Subject, Some("friend"))
    );
    let bearer = header(&seen.headers, "authorization").unwrap();
    assert!(bearer.starts_with("Bearer «auth-token-"), "{bearer}");
    let (name, value) = stage.gateway.harness_mark();
    ask(stage.client.get(&url).header(name, value)).await;
    let seen = to_peers(&stage).remove(1);
    assert_eq!(
        (seen.from, header(&seen.headers, name)),
        (Party::Harness, None)
    );
    let (name, value) = stage.gateway.harness_mark_at_the_edge();
    ask(stage.client.get(&url).header(name, value)).await;
    let seen = to_peers(&stage).remove(2);
    assert_eq!(
        (seen.from, header(&seen.headers, name)),
        (Party::Harness, None)
    );
}

#[tokio::test]
async fn what_the_platform_sends_is_recorded_once_even_beside_an_equal_direct_one() {
    let stage = Stage::new(with_peer(
        Relation::Sibling,
        PeerBehaviour::Replies("hello".into()),
    ))
    .await;
    let url = stage.gateway.peers().remove(0).url;
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "message/send", "params": {}});
    let direct = ask(stage.client.post(&url).body(body.to_string()));
    let proxied = ask(stage.post(&format!("/workspaces/{PEER}/a2a"), &body));
    let (direct, proxied) = tokio::join!(direct, proxied);
    assert_eq!((direct.status, proxied.status), (200, 200));
    let mut senders: Vec<_> = to_peers(&stage)
        .iter()
        .map(|request| request.from)
        .collect();
    senders.sort();
    assert_eq!(senders, [Party::Subject, Party::Platform]);
}

#[tokio::test]
async fn a_peer_that_resets_is_seen_as_reset_by_who_called_it() {
    let stage = Stage::new(with_peer(Relation::Parent, PeerBehaviour::Resets)).await;
    let url = stage.gateway.peers().remove(0).url;
    assert!(stage.client.post(&url).body("{}").send().await.is_err());
    let end = |fact: &Fact| {
        matches!(fact, Fact::Answer(answer)
            if answer.by == Answerer::Peer && answer.outcome == Outcome::Reset && answer.status.is_none())
    };
    stage.until(end).await;
    let row = stage.row(ID).await;
    assert_eq!(row["parent_id"], PEER);
}
