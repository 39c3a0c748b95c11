//! DISC-003 to DISC-007 and the state route.

use protocol::{PeerBehaviour, Relation};
use serde_json::{Value, json};

use crate::stage::{ID, OTHER, PEER, Stage, ask, refused, with_peer};

fn replies() -> PeerBehaviour {
    PeerBehaviour::Replies("hello".into())
}

#[tokio::test]
async fn disc_003_discovery_needs_a_caller_with_its_token_and_a_right() {
    let stage = Stage::new(with_peer(Relation::Stranger, replies())).await;
    let token = stage.token().await;
    let path = format!("/registry/discover/{PEER}");
    assert_eq!(
        ask(stage.get(&path)).await,
        refused(400, "X-Workspace-ID header is required")
    );
    let named = || stage.get(&path).header("x-workspace-id", ID);
    assert_eq!(
        ask(named()).await,
        refused(401, "missing workspace auth token")
    );
    assert_eq!(
        ask(named().bearer_auth("x")).await,
        refused(401, "invalid workspace auth token")
    );
    let forbidden = refused(403, "not authorized to discover this workspace");
    assert_eq!(ask(named().bearer_auth(&token)).await, forbidden);
}

#[tokio::test]
async fn a_sibling_is_found_at_its_own_address() {
    let stage = Stage::new(with_peer(Relation::Sibling, replies())).await;
    let token = stage.token().await;
    let request = stage
        .get(&format!("/registry/discover/{PEER}"))
        .header("x-workspace-id", ID);
    let answer = ask(request.bearer_auth(token)).await;
    let peer = stage.gateway.peers().remove(0);
    assert_eq!(
        answer.body,
        json!({"id": PEER, "url": peer.url, "name": "friend"})
    );
    assert_ne!(peer.url, stage.gateway.origin());
}

#[tokio::test]
async fn disc_004_and_007_peers_are_listed_and_searched() {
    for (relation, count) in [
        (Relation::Sibling, 1),
        (Relation::Child, 1),
        (Relation::Parent, 1),
        (Relation::Stranger, 0),
    ] {
        let stage = Stage::new(with_peer(relation, replies())).await;
        let token = stage.token().await;
        let list = |query: &str| {
            ask(stage
                .get(&format!("/registry/{ID}/peers{query}"))
                .bearer_auth(&token))
        };
        let all = list("").await.body;
        assert_eq!(all.as_array().unwrap().len(), count, "{relation:?}");
        let is_peer = |row: &Value| row["id"] == PEER;
        let seen = all.as_array().unwrap().iter().any(is_peer);
        assert_eq!(seen, relation != Relation::Stranger, "{relation:?}");
        assert_eq!(list("?q=no-such-name").await.body, json!([]));
    }
    let stage = Stage::plain().await;
    let answer = ask(stage.get(&format!("/registry/{OTHER}/peers"))).await;
    assert_eq!(answer, refused(404, "workspace not found"));
}

#[tokio::test]
async fn disc_005_check_access_needs_no_credential() {
    for (relation, allowed) in [
        (Relation::Sibling, true),
        (Relation::Parent, true),
        (Relation::Child, true),
        (Relation::Stranger, false),
    ] {
        let stage = Stage::new(with_peer(relation, replies())).await;
        let body = json!({"caller_id": ID, "target_id": PEER});
        let answer = ask(stage.post("/registry/check-access", &body)).await;
        assert_eq!(answer.body, json!({"allowed": allowed}), "{relation:?}");
    }
    let stage = Stage::plain().await;
    let answer = ask(stage.post("/registry/check-access", &json!({"caller_id": ID}))).await;
    assert_eq!(answer, refused(400, "invalid request body"));
}

#[tokio::test]
async fn the_state_tells_whether_a_workspace_is_paused() {
    let stage = Stage::plain().await;
    let token = stage.token().await;
    stage.double().set_status(ID, "paused");
    let path = format!("/workspaces/{ID}/state");
    let answer = ask(stage.get(&path).bearer_auth(&token)).await;
    let wanted = json!({"workspace_id": ID, "status": "paused", "paused": true, "deleted": false});
    assert_eq!(answer.body, wanted);
    stage.double().remove_workspace(ID);
    let answer = ask(stage.get(&path).bearer_auth(&token)).await;
    assert_eq!(answer, refused(401, "invalid workspace auth token"));
}

#[tokio::test]
async fn a_workspace_that_is_none_is_told_apart_from_a_bad_id() {
    let stage = Stage::plain().await;
    assert_eq!(
        ask(stage.get("/workspaces/x")).await,
        refused(400, "invalid workspace ID")
    );
    let answer = ask(stage.get(&format!("/workspaces/{OTHER}"))).await;
    assert_eq!(answer, refused(404, "workspace not found"));
}
