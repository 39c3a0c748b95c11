//! What stands before a hosted tenant: it ends TLS with a certificate of its own authority, and passes bytes on.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A running front; dropping it stops it.
pub(crate) struct TlsFront {
    pub(crate) port: u16,
    /// The authority that signed its certificate, in PEM.
    pub(crate) authority: PathBuf,
    /// How many connections were made to it.
    pub(crate) connections: Arc<AtomicUsize>,
    _directory: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl TlsFront {
    /// Stands before a port of this machine; an expired certificate ended long ago.
    pub(crate) fn before(port: u16, expired: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let authority = directory.path().join("authority.pem");
        let (pem, config) = certified(expired);
        std::fs::write(&authority, pem).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .unwrap();
        let own = listener.local_addr().unwrap().port();
        runtime.spawn(serve(
            listener,
            SocketAddr::from(([127, 0, 0, 1], port)),
            config,
            Arc::clone(&connections),
        ));
        Self {
            port: own,
            authority,
            connections,
            _directory: directory,
            _runtime: runtime,
        }
    }

    /// Its address, as whoever runs the suite types it.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

/// An authority, and what serves with a certificate of it.
fn certified(expired: bool) -> (String, TlsAcceptor) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    if expired {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            key.serialize_der().try_into().unwrap(),
        )
        .unwrap();
    (pem, TlsAcceptor::from(Arc::new(config)))
}

async fn serve(
    listener: TcpListener,
    to: SocketAddr,
    config: TlsAcceptor,
    connections: Arc<AtomicUsize>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::Relaxed);
        let config = config.clone();
        tokio::spawn(async move {
            // A client that does not trust us goes away here.
            let (Ok(mut secure), Ok(mut plain)) =
                (config.accept(stream).await, TcpStream::connect(to).await)
            else {
                return;
            };
            // Whoever closes first ends both ways.
            let _ = tokio::io::copy_bidirectional(&mut secure, &mut plain).await;
        });
    }
}
