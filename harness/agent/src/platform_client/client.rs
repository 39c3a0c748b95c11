//! The client: bearer, Origin and source on each request, one more try with another token after a 401.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use reqwest::{Client, Response};

use super::outcome::wait_of;
use super::{Call, Content, Outcome, Purpose};
use crate::credential::{Credential, Credentials};
use crate::log;
use crate::settings::{PlatformAddress, Settings};

const WORKSPACE: HeaderName = HeaderName::from_static("x-workspace-id");

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
}

impl PlatformClient {
    pub(crate) fn new(settings: &Settings, credentials: Arc<Credentials>) -> reqwest::Result<Self> {
        let http = Client::builder()
            // A redirect would carry the bearer to an address that was not configured.
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
        })
    }

    /// Sends a call; a 401 is answered once with another token, if there is one (TOK-015, TOK-016).
    pub(crate) async fn send(&self, call: &Call) -> Outcome {
        let token = self.credentials.token.current();
        let outcome = self.attempt(call, token.as_ref()).await;
        if outcome.status() != Some(401) {
            return outcome;
        }
        match self.credentials.token.after_refusal(token.as_ref()) {
            Some(other) => self.attempt(call, Some(&other)).await,
            None => outcome,
        }
    }

    async fn attempt(&self, call: &Call, token: Option<&Credential>) -> Outcome {
        let address = self.address.join(&call.path);
        let request = match &call.body {
            Some(body) => self
                .http
                .post(address)
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string()),
            None => self.http.get(address),
        };
        let request = request
            .timeout(call.limit.unwrap_or(self.limit))
            .headers(self.headers(call.purpose, token));
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => unreachable_because(error),
        }
    }

    fn headers(&self, purpose: Purpose, token: Option<&Credential>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |name: HeaderName, value: &str| match HeaderValue::from_str(value) {
            Ok(value) => drop(headers.insert(name, value)),
            Err(_) => log::line(format_args!(
                "`{name}` is left out: it would not be a valid header"
            )),
        };
        if let Some(origin) = self.address.origin() {
            add(ORIGIN, origin);
        }
        if let Some(token) = token {
            add(AUTHORIZATION, &format!("Bearer {}", token.reveal()));
        }
        if purpose.is_message() || purpose.is_discovery() {
            add(WORKSPACE, &self.workspace_id);
        }
        headers
    }
}

async fn read(mut response: Response) -> Outcome {
    let status = response.status().as_u16();
    let wait = wait_of(response.headers());
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
        Err(_) if body.trim_ascii().is_empty() => Content::Empty,
        Err(_) => Content::Foreign,
    };
    Outcome::Answered {
        status,
        wait,
        content,
    }
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
