//! The connection to a tenant.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use protocol::Credential;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::trouble::{TenantTrouble, shape_of};

/// How long a probe waits for an answer.
const PROBE: Duration = Duration::from_secs(10);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer to a forwarded request, or to an operator's, may take to begin: as long as the platform's own longest.
pub(super) const ANSWER: Duration = Duration::from_mins(10);

/// The default limit of requests per second.
pub const USUAL_RATE: u32 = 50;

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
    /// The token of its control routes, if it is one of ours.
    pub control_token: Option<Credential>,
    /// The organisation, where the tenant wants to be told.
    pub organisation: Option<String>,
    /// At most so many requests a second.
    pub requests_per_second: u32,
}

impl TenantSettings {
    /// A tenant at this address, whose host alone may be contacted: no credentials, the system's authorities, and the usual rate.
    pub fn at(address: impl Into<String>, host: &str) -> Self {
        Self {
            address: address.into(),
            allowed: vec![host.to_owned()],
            authority: None,
            admin_token: None,
            control_token: None,
            organisation: None,
            requests_per_second: USUAL_RATE,
        }
    }
}

/// A live platform; clones share the connection and its pace.
#[derive(Clone)]
pub struct Tenant {
    inner: Arc<Inner>,
    control_token: Option<Credential>,
}

struct Inner {
    base: Url,
    client: Client<HttpsConnector<HttpConnector>, Body>,
    /// Never speaks HTTP/2, whose connections cannot change to another protocol.
    upgrading: Client<HttpsConnector<HttpConnector>, Body>,
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
        if !settings
            .allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&host))
        {
            return Err(TenantTrouble::NotAllowed { host });
        }
        let tls = tls_of(settings.authority.as_deref())?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.set_nodelay(true);
        let only_first = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp.clone());
        let both = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .wrap_connector(tcp);
        // Nothing follows a redirect here: it is an answer like any other.
        let client = Client::builder(TokioExecutor::new()).build(both);
        let upgrading = Client::builder(TokioExecutor::new()).build(only_first);
        let pause = Duration::from_secs(1) / settings.requests_per_second.max(1);
        Ok(Self {
            inner: Arc::new(Inner {
                base,
                client,
                upgrading,
                admin_token: settings.admin_token.clone(),
                organisation: settings.organisation.clone(),
                next: Mutex::new(Instant::now()),
                pause,
            }),
            control_token: settings.control_token.clone(),
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

    /// The token of its control routes.
    pub fn control_token(&self) -> Option<&Credential> {
        self.control_token.as_ref()
    }

    /// The same, of which no control routes are known.
    #[must_use]
    pub fn without_control(self) -> Self {
        Self {
            control_token: None,
            ..self
        }
    }

    /// Sends a request with a path alone, when its turn has come.
    pub(super) async fn send(
        &self,
        mut request: Request<Body>,
        within: Duration,
    ) -> Result<Response<Incoming>, TenantTrouble> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        let uri = format!("{}{path}", self.origin());
        *request.uri_mut() = uri
            .parse::<Uri>()
            .map_err(|error| TenantTrouble::Address(error.to_string()))?;
        self.turn().await;
        let upgrades = request.headers().contains_key(http::header::UPGRADE);
        let client = if upgrades {
            &self.inner.upgrading
        } else {
            &self.inner.client
        };
        match tokio::time::timeout(within, client.request(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.trouble(&error)),
            Err(_) => Err(TenantTrouble::Hangs {
                seconds: within.as_secs(),
            }),
        }
    }

    /// Waits until another request may go.
    async fn turn(&self) {
        let now = Instant::now();
        let at = {
            let mut next = self
                .inner
                .next
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let at = (*next).max(now);
            *next = at + self.inner.pause;
            at
        };
        // A timer that is due already would still cost a millisecond.
        if at > now {
            tokio::time::sleep_until(at).await;
        }
    }

    /// Asks for its health, which tells who answers there.
    pub async fn probe(&self) -> Result<(), TenantTrouble> {
        let request = Request::builder()
            .method(Method::GET)
            .uri("/health")
            .header("origin", self.origin());
        let request = request
            .body(Body::empty())
            .map_err(|error| TenantTrouble::Address(error.to_string()))?;
        let answer = self.send(request, PROBE).await?;
        match tokio::time::timeout(PROBE, self.judge(answer)).await {
            Ok(judged) => judged,
            Err(_) => Err(TenantTrouble::Hangs {
                seconds: PROBE.as_secs(),
            }),
        }
    }

    async fn judge(&self, answer: Response<Incoming>) -> Result<(), TenantTrouble> {
        let status = answer.status();
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        if status.is_redirection() {
            let to = header("location").and_then(|to| self.inner.base.join(&to).ok());
            let to = to
                .and_then(|to| to.host_str().map(str::to_owned))
                .unwrap_or_else(|| "nowhere".into());
            return Err(TenantTrouble::Redirects { to });
        }
        if status.is_server_error() {
            return Err(TenantTrouble::Ill {
                status: status.as_u16(),
            });
        }
        let media_type = header("content-type");
        let body = text_of(answer).await?;
        let is_health = serde_json::from_str::<Value>(&body)
            .is_ok_and(|body| body["status"].as_str().is_some());
        if status.is_success() && is_health {
            return Ok(());
        }
        Err(TenantTrouble::Eaten {
            shape: shape_of(status.as_u16(), media_type.as_deref(), &body),
        })
    }

    /// What a failed request says of the way to the tenant.
    fn trouble(&self, error: &hyper_util::client::legacy::Error) -> TenantTrouble {
        let mut innermost = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            innermost = cause.to_string();
            if let Some(rustls::Error::InvalidCertificate(_)) = cause.downcast_ref() {
                let host = self.inner.base.host_str().unwrap_or_default().to_owned();
                return TenantTrouble::Certificate {
                    host,
                    why: innermost,
                };
            }
            // What an error of I/O is made of is no source of it.
            let made_of = cause
                .downcast_ref::<std::io::Error>()
                .and_then(std::io::Error::get_ref);
            source = made_of
                .map(|inner| inner as &dyn std::error::Error)
                .or_else(|| cause.source());
        }
        if error.is_connect() {
            TenantTrouble::Unreachable(innermost)
        } else {
            TenantTrouble::Broken(innermost)
        }
    }
}

/// The whole text of an answer.
pub(super) async fn text_of(answer: Response<Incoming>) -> Result<String, TenantTrouble> {
    let bytes = answer
        .into_body()
        .collect()
        .await
        .map_err(|error| TenantTrouble::Broken(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes.to_bytes()).into_owned())
}

/// Trusts the given authorities alone, or else the system's.
fn tls_of(authority: Option<&[u8]>) -> Result<rustls::ClientConfig, TenantTrouble> {
    let unreadable = |error: &dyn fmt::Display| TenantTrouble::Authority(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unreadable(&error))?;
    let Some(pem) = authority else {
        use hyper_rustls::ConfigBuilderExt as _;
        return Ok(builder
            .with_native_roots()
            .map_err(|error| unreadable(&error))?
            .with_no_client_auth());
    };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unreadable(&error))?;
        roots.add(certificate).map_err(|error| unreadable(&error))?;
    }
    if roots.is_empty() {
        return Err(TenantTrouble::Authority(
            "there is no certificate in it".into(),
        ));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

impl fmt::Debug for Tenant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tenant")
            .field("origin", &self.origin())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(address: &str) -> TenantSettings {
        TenantSettings::at(address, "tenant.example")
    }

    #[test]
    fn only_a_plain_address_of_an_allowed_host_is_opened() {
        assert_eq!(
            Tenant::open(&settings("https://Tenant.example"))
                .unwrap()
                .origin(),
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
            assert!(
                matches!(Tenant::open(&settings(bad)), Err(TenantTrouble::Address(_))),
                "{bad}"
            );
        }
    }

    #[tokio::test]
    async fn requests_keep_their_distance() {
        let tenant = Tenant::open(&TenantSettings {
            requests_per_second: 10,
            ..settings("https://tenant.example")
        });
        let tenant = tenant.unwrap();
        let begun = Instant::now();
        for _ in 0..5 {
            tenant.turn().await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(400));
    }
}
