//! WAF-030 to WAF-037 and the unmatched paths.

use platform::World;
use protocol::journal::{Answerer, Fact};
use protocol::{Edge, Fault, FaultEffect};
use serde_json::{Value, json};

use crate::stage::{Answer, ID, Stage, ask};

async fn behind(edge: Edge) -> Stage {
    Stage::new(World {
        edge,
        ..World::default()
    })
    .await
}

fn answerers(stage: &Stage) -> Vec<Answerer> {
    stage.recorder.read(|events| {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Answer(answer) => Some(answer.by),
                _ => None,
            })
            .collect()
    })
}

#[tokio::test]
async fn a_firewall_hands_requests_without_origin_to_the_web_app() {
    for (edge, kind) in [
        (Edge::WafEmpty, None),
        (Edge::WafHtml, Some("text/html; charset=utf-8")),
    ] {
        let stage = behind(edge).await;
        let path = format!("/workspaces/{ID}");
        let bare = stage
            .get(&path)
            .bearer_auth("secret-of-the-subject")
            .send()
            .await
            .unwrap();
        assert_eq!(bare.status(), 404);
        let found = bare
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(found.as_deref(), kind);
        assert_eq!(bare.text().await.unwrap().is_empty(), kind.is_none());
        let own = ask(stage.get(&path).header("origin", stage.gateway.origin())).await;
        assert_eq!(own.status, 200);
        assert_eq!(stage.register_at("http://localhost:9").await.status, 200);
        let slash = ask(stage.post("/registry/register/", &json!({}))).await;
        assert_eq!(slash.status, 404);
        let (platform, web_app) = (Answerer::Platform, Answerer::WebApp);
        assert_eq!(answerers(&stage), [web_app, platform, platform, web_app]);
    }
}

#[tokio::test]
async fn waf_030_the_tenant_guard_answers_an_empty_404() {
    let stage = behind(Edge::TenantGuard).await;
    let closed = Answer {
        status: 404,
        body: Value::String(String::new()),
    };
    assert_eq!(ask(stage.get(&format!("/workspaces/{ID}"))).await, closed);
    assert_eq!(
        ask(stage.post("/registry/check-access", &json!({}))).await,
        closed
    );
    assert_eq!(ask(stage.get("/health")).await.status, 200);
    assert_eq!(stage.register_at("http://localhost:9").await.status, 200);
    let beat = ask(stage.post("/registry/heartbeat", &json!({"workspace_id": ID}))).await;
    assert_eq!(beat.status, 401, "the platform itself answers");
}

#[tokio::test]
async fn waf_031_each_proof_opens_the_guard() {
    let stage = behind(Edge::TenantGuard).await;
    let organisation = World::default().organisation;
    let origin = stage.gateway.origin();
    for (name, value) in [
        ("x-molecule-org-id", organisation.clone()),
        ("fly-replay-src", format!("instance=1;state={organisation}")),
        ("origin", origin.clone()),
        ("referer", format!("{origin}/page")),
    ] {
        let answer = ask(stage.get(&format!("/workspaces/{ID}")).header(name, value)).await;
        assert_eq!(answer.status, 200, "{name}");
    }
}

#[tokio::test]
async fn waf_032_a_same_origin_proof_is_inert_without_a_web_app() {
    let world = World {
        edge: Edge::TenantGuard,
        web_app: false,
        ..World::default()
    };
    let stage = Stage::new(world).await;
    let request = stage
        .get(&format!("/workspaces/{ID}"))
        .header("origin", stage.gateway.origin());
    assert_eq!(ask(request).await.status, 404);
}

#[tokio::test]
async fn waf_035_a_foreign_origin_is_refused_on_every_path() {
    let stage = behind(Edge::StrictCors).await;
    let origin = stage.gateway.origin();
    for path in [
        "/health",
        "/registry/register",
        "/registry/heartbeat",
        "/nowhere",
    ] {
        let slash = format!("{origin}/");
        let answer = ask(stage.post(path, &json!({})).header("origin", slash)).await;
        assert_eq!(
            answer,
            Answer {
                status: 403,
                body: Value::String(String::new())
            },
            "{path}"
        );
    }
    for allowed in [
        origin.as_str(),
        "http://localhost:3000",
        "http://localhost:3001",
    ] {
        assert_eq!(
            ask(stage.get("/health").header("origin", allowed))
                .await
                .status,
            200
        );
    }
    assert_eq!(ask(stage.get("/health")).await.status, 200);
    let preflight = stage.request(reqwest::Method::OPTIONS, "/registry/register");
    let preflight = preflight
        .header("origin", "http://localhost:3000")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 204);
    assert_eq!(
        preflight.headers()["access-control-allow-origin"],
        "http://localhost:3000"
    );
}

#[tokio::test]
async fn waf_036_the_rate_limit_counts_down_and_then_refuses() {
    let stage = Stage::new(World {
        rate_limit: Some(2),
        ..World::default()
    })
    .await;
    for left in ["1", "0"] {
        let answer = stage.get("/health").send().await.unwrap();
        assert_eq!(answer.headers()["x-ratelimit-limit"], "2");
        assert_eq!(answer.headers()["x-ratelimit-remaining"], left);
    }
    let answer = stage.get("/health").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let wait = answer.headers()["retry-after"].to_str().unwrap().to_owned();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(body["error"], "rate limit exceeded");
    assert_eq!(body["retry_after"].to_string(), wait);
}

#[tokio::test]
async fn waf_037_security_headers_are_on_platform_answers() {
    let stage = Stage::plain().await;
    let answer = stage.get("/health").send().await.unwrap();
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["x-frame-options"], "DENY");
    assert_eq!(answer.headers()["x-ratelimit-limit"], "unlimited");
    assert_eq!(
        answer.headers()["content-type"],
        "application/json; charset=utf-8"
    );
}

#[tokio::test]
async fn unknown_paths_are_a_plain_404_and_known_ones_lose_their_slash() {
    let stage = Stage::plain().await;
    let unknown = Answer {
        status: 404,
        body: "404 page not found".into(),
    };
    assert_eq!(ask(stage.get("/nowhere")).await, unknown);
    assert_eq!(ask(stage.get("//health")).await, unknown);
    assert_eq!(
        ask(stage.get("/registry/register")).await,
        unknown,
        "no such method"
    );
    let moved = stage.get("/health/").send().await.unwrap();
    assert_eq!(
        (
            moved.status().as_u16(),
            moved.headers()["location"].to_str().unwrap()
        ),
        (301, "/health")
    );
    let moved = stage
        .post("/registry/register/", &json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(moved.status(), 307);
}

#[tokio::test]
async fn the_harness_uses_the_side_door() {
    let stage = behind(Edge::TenantGuard).await;
    let (name, value) = stage.gateway.harness_mark();
    let (name, value) = (name.to_owned(), value.to_owned());
    let answer = ask(stage
        .get(&format!("/workspaces/{ID}"))
        .header(&name, &value))
    .await;
    assert_eq!(answer.status, 200);
    let journal = serde_json::to_string(&stage.recorder.events()).unwrap();
    assert!(
        journal.contains(r#""from":"harness""#) && !journal.contains(&name),
        "{journal}"
    );
    let guessed = ask(stage
        .get(&format!("/workspaces/{ID}"))
        .header(&name, "guess"))
    .await;
    assert_eq!(guessed.status, 404);
}

#[tokio::test]
async fn the_harness_may_also_go_through_the_edge_like_anybody() {
    let stage = behind(Edge::TenantGuard).await;
    stage
        .gateway
        .faults()
        .set(Fault::new("rst", "**", FaultEffect::Reset));
    let (name, value) = stage.gateway.harness_mark_at_the_edge();
    let path = format!("/workspaces/{ID}");
    let bare = ask(stage.get(&path).header(name, &value)).await;
    assert_eq!(bare.status, 404);
    let own = stage
        .get(&path)
        .header(name, &value)
        .header("origin", stage.gateway.origin());
    assert_eq!(ask(own).await.status, 200, "no fault strikes the harness");
    let journal = serde_json::to_string(&stage.recorder.events()).unwrap();
    assert!(journal.contains(r#""from":"harness""#) && !journal.contains(r#""from":"subject""#));
    assert!(!journal.contains(name), "{journal}");
}
