//! The connection to a tenant.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::Credential;
use reqwest::{Certificate, Client, Method, Response};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::trouble::{TenantTrouble, shape_of};

/// How long a probe waits for an answer.
const PROBE: Duration = Duration::from_secs(10);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a forwarded request may take: as long as the platform's own longest answers.
const FORWARD: Duration = Duration::from_mins(10);

/// What is known of a tenant before it is asked anything.
#[derive(Debug, Clone)]
pub struct TenantSettings {
    /// Its address: scheme, host, port and nothing else.
    pub address: String,
    /// Hosts that may be contacted; every other one is refused without a packet.
    pub allowed: Vec<String>,
    /// The certificate authority to trust besides the system's, in PEM.
    pub authority: Option<Vec<u8>>,
    /// The operator's token.
    pub admin_token: Option<Credential>,
    /// The organisation, where the tenant wants to be told.
    pub organisation: Option<String>,
    /// At most so many requests a second.
    pub requests_per_second: u32,
}

/// A live platform; clones share the connection and its pace.
#[derive(Clone)]
pub struct Tenant {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    client: Client,
    admin_token: Option<Credential>,
    organisation: Option<String>,
    /// When the next request may go.
    next: Mutex<Instant>,
    pause: Duration,
}

impl Tenant {
    /// Makes ready to ask a tenant; nothing is sent yet.
    pub fn open(settings: &TenantSettings) -> Result<Self, TenantTrouble> {
        let base = Url::parse(&settings.address)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())
            .ok_or_else(|| TenantTrouble::Address(settings.address.clone()))?;
        let host = base.host_str().unwrap_or_default().to_owned();
        if !settings.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host)) {
            return Err(TenantTrouble::NotAllowed { host });
        }
        // Another part of the program may have chosen the same one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            // A redirect is an answer like any other; following it would contact somebody who is not allowed.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT);
        if let Some(pem) = &settings.authority {
            let certificates = Certificate::from_pem_bundle(pem)
                .map_err(|error| TenantTrouble::Authority(error.to_string()))?;
            client = client.tls_certs_only(certificates);
        }
        let client = client.build().map_err(|error| TenantTrouble::Authority(error.to_string()))?;
        let pause = Duration::from_secs(1) / settings.requests_per_second.max(1);
        Ok(Self {
            inner: Arc::new(Inner {
                base,
                client,
                admin_token: settings.admin_token.clone(),
                organisation: settings.organisation.clone(),
                next: Mutex::new(Instant::now()),
                pause,
            }),
        })
    }

    /// `https://host[:port]`, its own origin.
    pub fn origin(&self) -> String {
        self.inner.base.origin().ascii_serialization()
    }

    /// The host and port as a `Host` header has them.
    pub(super) fn authority(&self) -> String {
        let host = self.inner.base.host_str().unwrap_or_default();
        match self.inner.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether it is on this machine, so that it can reach what listens here.
    pub fn is_local(&self) -> bool {
        match self.inner.base.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The organisation to name, if it wants to be told.
    pub(super) fn organisation(&self) -> Option<&str> {
        self.inner.organisation.as_deref()
    }

    /// The operator's token.
    pub fn admin_token(&self) -> Option<&Credential> {
        self.inner.admin_token.as_ref()
    }

    /// A request that waits for its turn before it is sent.
    pub(super) async fn request(&self, method: Method, path_and_query: &str) -> reqwest::RequestBuilder {
        self.turn().await;
        let url = format!("{}{path_and_query}", self.origin());
        self.inner.client.request(method, url).timeout(FORWARD)
    }

    /// Waits until another request may go.
    async fn turn(&self) {
        let at = {
            let mut next = self.inner.next.lock().unwrap_or_else(PoisonError::into_inner);
            let at = (*next).max(Instant::now());
            *next = at + self.inner.pause;
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// Asks for its health, which tells who answers there.
    pub async fn probe(&self) -> Result<(), TenantTrouble> {
        let request = self.request(Method::GET, "/health").await;
        let answer = request
            .header("origin", self.origin())
            .timeout(PROBE)
            .send()
            .await
            .map_err(|error| self.trouble(&error))?;
        self.judge(answer).await
    }

    async fn judge(&self, answer: Response) -> Result<(), TenantTrouble> {
        let status = answer.status();
        if status.is_redirection() {
            let to = answer.headers().get("location").and_then(|value| value.to_str().ok());
            let to = to.and_then(|to| self.inner.base.join(to).ok());
            let to = to.and_then(|to| to.host_str().map(str::to_owned)).unwrap_or_else(|| "nowhere".into());
            return Err(TenantTrouble::Redirects { to });
        }
        if status.is_server_error() {
            return Err(TenantTrouble::Ill { status: status.as_u16() });
        }
        let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.map(str::to_owned);
        let body = answer.text().await.map_err(|error| self.trouble(&error))?;
        let is_health = serde_json::from_str::<Value>(&body)
            .is_ok_and(|body| body.get("status").and_then(Value::as_str).is_some());
        if status.is_success() && is_health {
            return Ok(());
        }
        Err(TenantTrouble::Eaten { shape: shape_of(status.as_u16(), media_type.as_deref(), &body) })
    }

    /// What a failed request says of the way to the tenant.
    pub(super) fn trouble(&self, error: &reqwest::Error) -> TenantTrouble {
        let mut causes = String::new();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            causes = cause.to_string();
            if cause.downcast_ref::<rustls::Error>().is_some() || causes.contains("certificate") {
                let host = self.inner.base.host_str().unwrap_or_default().to_owned();
                return TenantTrouble::Certificate { host, why: causes };
            }
            source = cause.source();
        }
        if error.is_timeout() {
            TenantTrouble::Hangs { seconds: PROBE.as_secs() }
        } else if error.is_connect() {
            TenantTrouble::Unreachable(causes)
        } else {
            TenantTrouble::Broken(causes)
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tenant").field("origin", &self.origin()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(address: &str) -> TenantSettings {
        TenantSettings {
            address: address.into(),
            allowed: vec!["tenant.example".into()],
            authority: None,
            admin_token: None,
            organisation: None,
            requests_per_second: 100,
        }
    }

    #[test]
    fn only_a_plain_address_of_an_allowed_host_is_opened() {
        assert_eq!(
            Tenant::open(&settings("https://Tenant.example")).unwrap().origin(),
            "https://tenant.example"
        );
        assert!(matches!(
            Tenant::open(&settings("https://other.example")),
            Err(TenantTrouble::NotAllowed { host }) if host == "other.example"
        ));
        for bad in [
            "tenant.example",
            "ftp://tenant.example",
            "https://a:b@tenant.example",
            "https://tenant.example/x",
        ] {
            assert!(matches!(Tenant::open(&settings(bad)), Err(TenantTrouble::Address(_))), "{bad}");
        }
    }

    #[tokio::test]
    async fn requests_keep_their_distance() {
        let tenant =
            Tenant::open(&TenantSettings { requests_per_second: 10, ..settings("https://tenant.example") });
        let tenant = tenant.unwrap();
        let begun = Instant::now();
        for _ in 0..5 {
            tenant.turn().await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(400));
    }
}
