//! A listener whose connections can be reset: HTTP/1 with an accept loop of its own.
//!
//! `axum::serve` and hyper's helpers hide the socket; a reset that the other side sees as one needs it.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use protocol::journal::{Fact, Party};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};

use crate::message::note_malformed;
use crate::recorder::Recorder;

/// Before accepting is tried again after it failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Answers the requests of a listener.
pub(crate) trait Service: Send + Sync + 'static {
    /// Answers one request; dropping the future means that the connection is gone.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Connection,
    ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

    /// The journal for what comes to no answer.
    fn recorder(&self) -> &Recorder;

    /// Who it is that answers.
    fn receiver(&self) -> (Party, Option<String>);
}

/// Where a request came from, and how its connection can be ended instead of answered.
#[derive(Clone)]
pub(crate) struct Connection {
    /// The other end of the connection.
    pub(crate) from: SocketAddr,
    /// Ends the connection.
    pub(crate) ending: watch::Sender<Option<ConnectionEnd>>,
    /// Takes what goes on once the connection speaks another protocol.
    tunnels: mpsc::UnboundedSender<Tunnel>,
}

/// What a connection does once it speaks another protocol; dropping it ends the connection.
pub(crate) type Tunnel = Pin<Box<dyn Future<Output = ()> + Send>>;

/// In an answer that changes the protocol: how the connection goes on. Taken once; the lock makes it one that an answer can carry.
#[derive(Clone)]
pub(crate) struct Upgraded(Arc<Mutex<Option<Tunnel>>>);

impl Upgraded {
    /// Sets how the connection goes on.
    pub(crate) fn to(tunnel: Tunnel) -> Self {
        Self(Arc::new(Mutex::new(Some(tunnel))))
    }
}

/// How a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionEnd {
    /// Closed after what was written.
    Close,
    /// Reset: unsent bytes are thrown away.
    Reset,
}

impl Connection {
    /// Lets the connection go on as an answer says, once that has gone.
    pub(crate) fn go_on_after(&self, answer: &mut Response<Body>) {
        if let Some(Upgraded(tunnel)) = answer.extensions_mut().remove()
            && let Some(tunnel) = tunnel.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            // An error would mean that the connection is gone already.
            self.tunnels.send(tunnel).ok();
        }
    }

    /// Ends the connection and never returns: the caller's future is dropped with it.
    pub(crate) async fn end(&self, ending: ConnectionEnd) -> Response<Body> {
        self.ending.send_replace(Some(ending));
        std::future::pending().await
    }
}

/// A bound address that serves until it is closed.
pub(crate) struct Listener {
    address: SocketAddr,
    service: Arc<dyn Service>,
    open: Mutex<Option<Serving>>,
    traffic: watch::Sender<Traffic>,
}

/// Where the connections of a listener come from.
type Traffic = HashSet<SocketAddr>;

/// A connection of a listener, until it is dropped.
struct Open {
    from: SocketAddr,
    traffic: watch::Sender<Traffic>,
}

impl Open {
    fn new(from: SocketAddr, traffic: &watch::Sender<Traffic>) -> Self {
        traffic.send_if_modified(|traffic| traffic.insert(from));
        Self {
            from,
            traffic: traffic.clone(),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.traffic
            .send_if_modified(|traffic| traffic.remove(&self.from));
    }
}

struct Serving {
    stop: watch::Sender<Option<ConnectionEnd>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Binds and serves; port 0 takes a free one. `make` learns the address before the first request can come.
    pub(crate) fn open(
        address: SocketAddr,
        make: impl FnOnce(SocketAddr) -> Arc<dyn Service>,
    ) -> io::Result<Self> {
        let listener = bind(address)?;
        let address = listener.local_addr()?;
        let opened = Self {
            address,
            service: make(address),
            open: Mutex::new(None),
            traffic: watch::Sender::new(Traffic::default()),
        };
        opened.serve(listener);
        Ok(opened)
    }

    /// Where it listens, or listened.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and ends every connection; returns when all are gone.
    pub(crate) async fn shut(&self, ending: ConnectionEnd) {
        let serving = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(serving) = serving {
            serving.stop.send_replace(Some(ending));
            // An error would mean that the task panicked; its connections are gone then, too.
            serving.task.await.ok();
        }
    }

    /// Returns when no connection is left.
    pub(crate) async fn quiet(&self) {
        let mut traffic = self.traffic.subscribe();
        // Connections are accepted in their order, so that everything that waits in the queue is before this one.
        if let Ok(last) = TcpStream::connect(self.address).await
            && let Ok(from) = last.local_addr()
        {
            traffic
                .wait_for(|traffic| traffic.contains(&from))
                .await
                .ok();
        }
        // An error would mean that the listener is gone, and its connections with it.
        traffic.wait_for(HashSet::is_empty).await.ok();
    }

    /// Listens again at the same address; nothing happens if it does already.
    pub(crate) fn reopen(&self) -> io::Result<()> {
        if self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
        {
            self.serve(bind(self.address)?);
        }
        Ok(())
    }

    fn serve(&self, listener: TcpListener) {
        let stop = watch::Sender::new(None);
        let task = tokio::spawn(accept(
            listener,
            Arc::clone(&self.service),
            stop.subscribe(),
            self.traffic.clone(),
        ));
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(Serving { stop, task });
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // The same port must be available again after an outage.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(256)
}

/// Accepts until told to stop, or until the listener is dropped.
async fn accept(
    listener: TcpListener,
    service: Arc<dyn Service>,
    mut stop: watch::Receiver<Option<ConnectionEnd>>,
    traffic: watch::Sender<Traffic>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                match accepted {
                    Ok((stream, from)) => {
                        let open = Open::new(from, &traffic);
                        connections.spawn(serve(stream, open, Arc::clone(&service), stop.clone()));
                    }
                    // Out of file descriptors, as a rule: some may be free again soon.
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
            }
            Some(served) = connections.join_next() => tell_panic(served, service.recorder()),
            _ = stop.changed() => break,
        }
    }
    drop(listener);
    while let Some(served) = connections.join_next().await {
        tell_panic(served, service.recorder());
    }
}

fn tell_panic(served: Result<(), JoinError>, recorder: &Recorder) {
    if let Err(error) = served {
        let what = format!("what answers requests broke down: {error}");
        recorder.record(Fact::Trouble(what));
    }
}

async fn serve(
    stream: TcpStream,
    open: Open,
    service: Arc<dyn Service>,
    mut stop: watch::Receiver<Option<ConnectionEnd>>,
) {
    // Small answers must not wait for the other side's acknowledgement.
    stream.set_nodelay(true).ok();
    let (tunnels, mut tunnel) = mpsc::unbounded_channel();
    let connection = Connection {
        from: open.from,
        ending: watch::Sender::new(None),
        tunnels,
    };
    let mut ended = connection.ending.subscribe();
    let answering = Arc::clone(&service);
    let answer = service_fn(move |request| {
        let answer = Arc::clone(&answering).answer(request, connection.clone());
        async move { Ok::<_, std::convert::Infallible>(answer.await) }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // What is not recorded is not sent.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let ending = tokio::select! {
        // First, so that what was written is flushed before an ending is looked at.
        biased;
        served = Pin::new(&mut connection) => {
            if let Err(error) = served
                && let Some(parts) = connection.into_parts()
                // What breaks off later is noticed by its reader or writer.
                && (error.is_parse() || error.is_incomplete_message() && !parts.read_buf.is_empty())
            {
                note_malformed(service.recorder(), service.receiver(), &parts.read_buf, &error);
                return;
            }
            if let Ok(tunnel) = tunnel.try_recv() {
                tokio::select! {
                    () = tunnel => {}
                    _ = stop.changed() => {}
                }
            }
            return;
        }
        _ = ended.changed() => *ended.borrow(),
        _ = stop.changed() => *stop.borrow(),
    };
    let Some(parts) = connection.into_parts() else {
        return;
    };
    let stream = parts.io.into_inner();
    if ending == Some(ConnectionEnd::Reset) {
        stream.set_zero_linger().ok();
    }
}
