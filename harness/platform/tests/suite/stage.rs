//! A gateway with a client, and short ways to ask it something.

use std::time::Duration;

use platform::{Double, Gateway, PeerSeed, Platform, Recorder, WorkspaceSeed, World};
use protocol::journal::{Event, Fact, PlatformChange};
use protocol::{PeerBehaviour, Redactor, Relation, Revision};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// The subject's workspace.
pub(crate) const ID: &str = "7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11";
/// A workspace that no seed knows.
pub(crate) const OTHER: &str = "11111111-2222-4333-8444-555555555555";

/// A running gateway.
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    pub(crate) recorder: Recorder,
    pub(crate) client: Client,
}

/// An answer that was read whole.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Stage {
    pub(crate) async fn new(world: World) -> Self {
        let recorder = Recorder::start(Redactor::new());
        let gateway = Gateway::start(world, recorder.clone()).await.unwrap();
        // Redirects and proxies would answer instead of the platform.
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            gateway,
            recorder,
            client,
        }
    }

    pub(crate) async fn plain() -> Self {
        Self::new(World::default()).await
    }

    pub(crate) async fn at(revision: Revision) -> Self {
        Self::new(World {
            revision,
            ..World::default()
        })
        .await
    }

    pub(crate) fn double(&self) -> &Double {
        match self.gateway.platform() {
            Platform::Double(double) => double,
            Platform::Tenant(_) => panic!("a live platform"),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.gateway.origin()))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).body(body.to_string())
    }

    /// Registers the subject's workspace with a URL.
    pub(crate) async fn register_at(&self, url: &str) -> Answer {
        let body = json!({"id": ID, "url": url, "agent_card": {"name": "agent", "url": url}});
        ask(self.post("/registry/register", &body)).await
    }

    /// Registers for the first time and returns the token.
    pub(crate) async fn token(&self) -> String {
        let answer = self.register_at("http://localhost:9").await;
        answer.body["auth_token"].as_str().unwrap().to_owned()
    }

    /// A workspace's row as everybody may see it.
    pub(crate) async fn row(&self, id: &str) -> Value {
        ask(self.get(&format!("/workspaces/{id}"))).await.body
    }

    /// Names and payloads of all broadcasts so far.
    pub(crate) fn broadcasts(&self) -> Vec<(String, Value)> {
        let told = |event: &Event| match &event.fact {
            Fact::Platform(fact) => match &fact.change {
                PlatformChange::Broadcast { event, payload } => {
                    Some((event.clone(), payload.clone()))
                }
                _ => None,
            },
            _ => None,
        };
        self.recorder
            .read(|events| events.iter().filter_map(told).collect())
    }

    /// Names of all broadcasts so far.
    pub(crate) fn told(&self) -> Vec<String> {
        self.broadcasts()
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    /// Waits until a fact of a kind is in the journal.
    pub(crate) async fn until(&self, wanted: impl Fn(&Fact) -> bool) {
        let mut watch = self.recorder.watch();
        let seen = || {
            self.recorder
                .read(|events| events.iter().any(|event| wanted(&event.fact)))
        };
        let waiting = async {
            while !seen() {
                watch.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting)
            .await
            .unwrap();
    }
}

/// Sends a request and reads its answer; a body that is not JSON comes as a string.
pub(crate) async fn ask(request: RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, body }
}

/// An error answer.
pub(crate) fn refused(status: u16, text: &str) -> Answer {
    Answer {
        status,
        body: json!({"error": text}),
    }
}

/// The id of the peer in [`with_peer`].
pub(crate) const PEER: &str = "22222222-2222-4222-8222-222222222222";

/// A world with one other workspace.
pub(crate) fn with_peer(relation: Relation, behaviour: PeerBehaviour) -> World {
    let peer = PeerSeed {
        name: "friend".into(),
        id: PEER.into(),
        relation,
        behaviour,
        place: None,
        polls: false,
    };
    World {
        peers: vec![peer],
        ..World::default()
    }
}

/// The default seed with an id of its own.
pub(crate) fn seed() -> WorkspaceSeed {
    WorkspaceSeed {
        id: ID.into(),
        ..WorkspaceSeed::default()
    }
}
