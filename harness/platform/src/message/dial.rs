//! Going out: one connection per request, with the sender's port known and every failure told apart.
//!
//! A pooling client hides both, and adds headers of its own; what the platform sends must be exactly what is recorded.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::{Host, Url};

/// Why a request had no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// The name or the URL leads nowhere.
    #[error("cannot reach the address: {0}")]
    Unreachable(String),
    /// The connection was reset.
    #[error("connection reset by peer")]
    Reset,
    /// The connection was closed before an answer.
    #[error("EOF")]
    Closed,
    /// What came was no HTTP.
    #[error("malformed HTTP response: {0}")]
    Malformed(String),
    /// Nothing came in time.
    #[error("context deadline exceeded")]
    TimedOut,
}

impl DialError {
    /// Whether the platform takes it for a busy workspace (contract 5.3).
    pub(crate) fn looks_busy(&self) -> bool {
        matches!(self, Self::Reset | Self::Closed | Self::TimedOut)
    }
}

/// Where a URL leads. `localhost` is 127.0.0.1 here: a runtime on the stage listens on IPv4.
pub(crate) async fn resolve(url: &Url) -> Result<SocketAddr, DialError> {
    let port = url
        .port_or_known_default()
        .ok_or_else(|| DialError::Unreachable("no port".into()))?;
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain("localhost")) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(Host::Domain(name)) => {
            let mut found = tokio::net::lookup_host((name, port))
                .await
                .map_err(|error| DialError::Unreachable(error.to_string()))?;
            return found
                .next()
                .ok_or_else(|| DialError::Unreachable(format!("no address of {name}")));
        }
        None => return Err(DialError::Unreachable("no host".into())),
    };
    Ok(SocketAddr::new(address, port))
}

/// Opens a connection.
pub(crate) async fn connect(address: SocketAddr) -> Result<TcpStream, DialError> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| from_io(&error))?;
    stream.set_nodelay(true).ok();
    Ok(stream)
}

/// Sends a request over a connection and waits for the head of its answer.
pub(crate) async fn send(
    stream: TcpStream,
    request: Request<Body>,
) -> Result<Response<Incoming>, DialError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| from_hyper(&error))?;
    // Ends by itself when the answer was read or dropped.
    tokio::spawn(connection);
    sender
        .send_request(request)
        .await
        .map_err(|error| from_hyper(&error))
}

/// Both at once.
pub(crate) async fn ask(
    address: SocketAddr,
    request: Request<Body>,
) -> Result<Response<Incoming>, DialError> {
    send(connect(address).await?, request).await
}

/// Tells apart how reading or writing failed.
pub(crate) fn from_hyper(error: &hyper::Error) -> DialError {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return from_io(error);
        }
        source = cause.source();
    }
    if error.is_parse() {
        DialError::Malformed(error.to_string())
    } else {
        DialError::Closed
    }
}

fn from_io(error: &io::Error) -> DialError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DialError::Refused,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => DialError::Reset,
        io::ErrorKind::UnexpectedEof => DialError::Closed,
        io::ErrorKind::TimedOut => DialError::TimedOut,
        _ => DialError::Unreachable(error.to_string()),
    }
}
