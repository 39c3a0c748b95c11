//! The client: bearer, Origin and source on each request, one more try with another token after a 401.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, ORIGIN};
use reqwest::{Client, Response};
use serde_json::Value;

use super::outcome::wait_of;
use super::{Call, Content, Outcome, Purpose};
use crate::credential::{Credential, Credentials};
use crate::defect::{Defect, Seeded};
use crate::log;
use crate::settings::{PlatformAddress, Settings};

const WORKSPACE: HeaderName = HeaderName::from_static("x-workspace-id");
const ORGANISATION: HeaderName = HeaderName::from_static("x-molecule-org-id");

/// No answer of the platform is longer (contract 5.3).
const ANSWER_LIMIT: usize = 10 * 1024 * 1024;

/// Sends calls to the platform, and the bearer nowhere else (TOK-021).
#[derive(Debug)]
pub(crate) struct PlatformClient {
    http: Client,
    address: PlatformAddress,
    workspace_id: String,
    credentials: Arc<Credentials>,
    limit: Duration,
    seeded: Seeded,
}

impl PlatformClient {
    pub(crate) fn new(settings: &Settings, credentials: Arc<Credentials>) -> reqwest::Result<Self> {
        let http = Client::builder()
            // A redirect would carry the bearer to an address nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // A pooled connection that the platform has just closed looks like a failed call.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("proofmark-agent/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            address: settings.platform.clone(),
            workspace_id: settings.workspace_id.clone(),
            credentials,
            limit: settings.pacing.request_timeout,
            seeded: settings.seeded,
        })
    }

    /// Sends a call; a 401 is answered once with another token, if there is one (TOK-015, TOK-016).
    pub(crate) async fn send(&self, call: &Call) -> Outcome {
        self.send_to(self.address.join(&call.path, self.seeded), call).await
    }

    /// Sends a call to an address of its own, which only a seeded mistake does (A2A-048).
    pub(crate) async fn send_to(&self, address: String, call: &Call) -> Outcome {
        let bare = call.purpose == Purpose::Register && self.seeded.has(Defect::RegistersBare);
        let token = self.credentials.token.current().filter(|_| !bare);
        let outcome = self.attempt(&address, call, token.as_ref()).await;
        if outcome.status() != Some(401) {
            return outcome;
        }
        match self.credentials.token.after_refusal(token.as_ref()) {
            Some(other) => self.attempt(&address, call, Some(&other)).await,
            None => outcome,
        }
    }

    async fn attempt(&self, address: &str, call: &Call, token: Option<&Credential>) -> Outcome {
        let address = match token {
            Some(token) if self.seeded.has(Defect::TokenInUrl) => {
                format!("{address}?token={}", token.reveal())
            }
            _ => address.to_owned(),
        };
        let mut answered = self.exchange(&address, call, token).await;
        if self.seeded.has(Defect::FollowsRedirects)
            && let Some(there) = answered.as_ref().ok().and_then(redirection)
        {
            answered = self.exchange(&there, call, token).await;
        }
        match answered {
            Ok(response) => self.read(response).await,
            Err(error) => unreachable_because(error),
        }
    }

    async fn exchange(
        &self,
        address: &str,
        call: &Call,
        token: Option<&Credential>,
    ) -> reqwest::Result<Response> {
        let mut request = match &call.body {
            Some(body) => {
                self.http.post(address).header(CONTENT_TYPE, "application/json").body(body.to_string())
            }
            None => self.http.get(address),
        };
        let unbounded = match call.purpose {
            Purpose::Register => self.seeded.has(Defect::RegisterUnbounded),
            Purpose::Heartbeat => self.seeded.has(Defect::HeartbeatUnbounded),
            _ => false,
        };
        if !unbounded {
            request = request.timeout(call.limit.unwrap_or(self.limit));
        }
        request.headers(self.headers(call.purpose, token)).send().await
    }

    fn headers(&self, purpose: Purpose, token: Option<&Credential>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |name: HeaderName, value: &str| match HeaderValue::from_str(value) {
            Ok(value) => drop(headers.insert(name, value)),
            Err(_) => log::line(format_args!("`{name}` is left out: it would not be a valid header")),
        };
        if let Some(origin) = self.address.origin(self.seeded).filter(|_| self.wants_origin(purpose)) {
            add(ORIGIN, origin);
        }
        match token.filter(|_| !(purpose.is_message() && self.seeded.has(Defect::MessageWithoutBearer))) {
            Some(token) => add(AUTHORIZATION, &format!("Bearer {}", token.reveal())),
            None if self.seeded.has(Defect::BearerNone) => add(AUTHORIZATION, "Bearer None"),
            None => {}
        }
        if self.seeded.has(Defect::OrganisationEmpty) {
            add(ORGANISATION, "");
        }
        if self.wants_source(purpose) {
            let prefix = if self.seeded.has(Defect::SourcePrefixed) { "system:" } else { "" };
            add(WORKSPACE, &format!("{prefix}{}", self.workspace_id));
        }
        headers
    }

    fn wants_origin(&self, purpose: Purpose) -> bool {
        let mistaken = (purpose == Purpose::Register && self.seeded.has(Defect::NoOriginOnRegister))
            || (purpose.is_read() && self.seeded.has(Defect::NoOriginOnReads))
            || (purpose.is_message() && self.seeded.has(Defect::NoOriginOnA2a));
        !mistaken
    }

    fn wants_source(&self, purpose: Purpose) -> bool {
        let mistaken = match purpose {
            Purpose::ResultsMessage => self.seeded.has(Defect::NoSourceOnResults),
            Purpose::InitialPrompt => self.seeded.has(Defect::NoSourceOnInitialPrompt),
            Purpose::IdlePrompt => self.seeded.has(Defect::NoSourceOnIdlePrompt),
            Purpose::PeerMessage => self.seeded.has(Defect::NoSourceOnPeerMessage),
            Purpose::Discover | Purpose::Peers => self.seeded.has(Defect::DiscoveryAnonymous),
            _ => false,
        };
        (purpose.is_message() || purpose.is_discovery()) && !mistaken
    }

    async fn read(&self, mut response: Response) -> Outcome {
        let status = response.status().as_u16();
        let wait = wait_of(response.headers()).filter(|_| !self.seeded.has(Defect::PatienceIgnored));
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_LIMIT => {
                    return Outcome::Unreachable("the answer is too long".to_owned());
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return unreachable_because(error),
            }
        }
        let content = match serde_json::from_slice(&body) {
            Ok(value) => Content::Json(value),
            Err(_) if self.seeded.has(Defect::HtmlAsData) => {
                let text = String::from_utf8_lossy(&body).into_owned();
                return Outcome::Answered { status: 200, wait, content: Content::Json(Value::String(text)) };
            }
            Err(_) if body.trim_ascii().is_empty() => Content::Empty,
            Err(_) => Content::Foreign,
        };
        Outcome::Answered { status, wait, content }
    }
}

/// Says where an answer sends its reader, if it does.
fn redirection(answer: &Response) -> Option<String> {
    let there = answer.headers().get(LOCATION).filter(|_| answer.status().is_redirection());
    there.and_then(|address| address.to_str().ok()).map(str::to_owned)
}

/// Keeps the address out of the text: it says nothing new.
fn unreachable_because(error: reqwest::Error) -> Outcome {
    if error.is_timeout() {
        return Outcome::Unreachable("no answer in time".to_owned());
    }
    Outcome::Unreachable(error.without_url().to_string())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
