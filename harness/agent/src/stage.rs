//! A small world for tests: directories, a scripted platform, and an agent in it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::boot::Running;
use crate::lock::held;
use crate::runtime::Agent;
use crate::settings::{Configuration, Settings};

pub(crate) const ID: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const PEER: &str = "22222222-2222-4222-8222-222222222222";

const DEADLINE: Duration = Duration::from_secs(10);

/// Holds directories and a platform that answers as told.
pub(crate) struct Stage {
    pub(crate) directory: TempDir,
    pub(crate) platform: MockServer,
    variables: Vec<(&'static str, String)>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["configs", "configuration", "root/workspace"] {
            std::fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        // Not one of a pool: the agent of an earlier test may still talk to the address of its own.
        let platform = MockServer::builder().start().await;
        let stage = Self {
            directory,
            platform,
            variables: Vec::new(),
        };
        stage.configured("")
    }

    /// Writes config.yaml; the port is the system's choice.
    pub(crate) fn configured(self, rest: &str) -> Self {
        let text = format!("name: tester\na2a: {{port: 0}}\n{rest}");
        std::fs::write(
            self.directory.path().join("configuration/config.yaml"),
            text,
        )
        .unwrap();
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.directory.path().join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.directory.path().join(name)).ok()
    }

    pub(crate) fn settings(&self) -> Settings {
        let place = |name: &str| {
            self.directory
                .path()
                .join(name)
                .to_str()
                .unwrap()
                .to_owned()
        };
        Settings::from_environment(|name| {
            let given = self.variables.iter().rev().find(|(key, _)| *key == name);
            given
                .map(|(_, value)| value.clone())
                .or_else(|| match name {
                    "WORKSPACE_ID" => Some(ID.to_owned()),
                    "PLATFORM_URL" => Some(self.platform.uri()),
                    "CONFIGS_DIR" => Some(place("configs")),
                    "WORKSPACE_CONFIG_PATH" => Some(place("configuration")),
                    "PROOFMARK_FILESYSTEM_ROOT" => Some(place("root")),
                    "DELEGATION_RESULTS_FILE" => Some(place("results.jsonl")),
                    "HOSTNAME" => Some("localhost".to_owned()),
                    "PROOFMARK_HEARTBEAT_MS" => Some("20".to_owned()),
                    "PROOFMARK_BACKOFF_MS" | "PROOFMARK_PROMPT_BACKOFF_MS" => Some("1".to_owned()),
                    _ => None,
                })
        })
        .unwrap()
    }

    /// Makes an agent that does nothing by itself.
    pub(crate) fn agent(&self) -> Arc<Agent> {
        let settings = self.settings();
        let (configuration, _) =
            Configuration::load(&settings.configuration_directory.join("config.yaml"));
        Arc::new(Agent::new(settings, configuration, "http://localhost:1").unwrap())
    }

    /// Starts an agent and gives the address where it answers.
    pub(crate) async fn run(&self) -> (Running, String) {
        let running = Running::start(self.settings()).await.unwrap();
        let url = running.agent.card.url().to_owned();
        (running, url)
    }

    /// Answers a route in turn; the last answer is repeated.
    pub(crate) async fn answer(
        &self,
        verb: &str,
        route: &str,
        answers: &[ResponseTemplate],
    ) -> Seen {
        let (sender, receiver) = unbounded_channel();
        let script = Script {
            answers: Mutex::new(answers.iter().cloned().collect()),
            sender,
        };
        Mock::given(method(verb))
            .and(path(route))
            .respond_with(script)
            .mount(&self.platform)
            .await;
        Seen(receiver)
    }
}

/// Receives the requests of one route.
pub(crate) struct Seen(UnboundedReceiver<(Instant, Request)>);

impl Seen {
    /// Waits for the next request.
    pub(crate) async fn next(&mut self) -> Request {
        self.next_at().await.1
    }

    /// Waits for the next request and says when it came.
    pub(crate) async fn next_at(&mut self) -> (Instant, Request) {
        tokio::time::timeout(DEADLINE, self.0.recv())
            .await
            .expect("a request in time")
            .expect("a platform")
    }

    /// Gives the next body.
    pub(crate) async fn body(&mut self) -> Value {
        self.next().await.body_json().unwrap()
    }

    pub(crate) fn pending(&self) -> bool {
        !self.0.is_empty()
    }

    /// Counts what has come and was not looked at.
    pub(crate) fn rest(&mut self) -> usize {
        std::iter::from_fn(|| self.0.try_recv().ok()).count()
    }
}

pub(crate) fn header(request: &Request, name: &str) -> Option<String> {
    request
        .headers
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
}

pub(crate) fn json(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

struct Script {
    answers: Mutex<VecDeque<ResponseTemplate>>,
    sender: UnboundedSender<(Instant, Request)>,
}

impl Respond for Script {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let _ = self.sender.send((Instant::now(), request.clone()));
        let mut answers = held(&self.answers);
        if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers.front().unwrap().clone()
        }
    }
}
