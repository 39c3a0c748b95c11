//! Tracing a subject: a helper process around it reports every call that changes the stage's directories, and obeys orders to
//! let calls fail.
//!
//! The helper reports a call before it lets the caller go on, and the journal takes these reports before it records
//! anything else. So a request that the subject sends after a call stands behind it.

mod helper;
mod helper_events;
mod order;
mod state;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use diskwatch::Order;
use tokio::sync::watch;

use super::snapshot::LastSeen;
use crate::driver::supervised::SupervisedState;
use helper_events::HelperEvents;
use state::Armed;

pub use helper::{TraceRequest, trace_process};
pub(crate) use order::TraceOrder;

/// A start under trace.
#[derive(Debug)]
pub(crate) struct Traced {
    /// The file with the helper's request.
    pub(crate) request: PathBuf,
    /// What the helper told of the process.
    pub(crate) state: watch::Receiver<SupervisedState>,
    /// What to wait for before the journal is asked for news.
    pub(crate) news: File,
}

/// The tracer of one stage.
pub(crate) struct Trace {
    seen: Arc<LastSeen>,
    private: tempfile::TempDir,
    key: [u8; 32],
    armed: Arc<Mutex<Armed>>,
}

impl Trace {
    pub(super) fn prepare(seen: Arc<LastSeen>, place: &Path) -> io::Result<Self> {
        let private = tempfile::Builder::new()
            .prefix("trace-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(place)?;
        let mut key = [0; 32];
        key[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        key[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Ok(Self {
            seen,
            private,
            key,
            armed: Arc::default(),
        })
    }

    /// Prepares the tracing of a start; the journal gets its events from now on.
    pub(crate) fn start(&self, boot: u32) -> io::Result<Traced> {
        let path = |what: &str| self.private.path().join(format!("{what}-{boot}"));
        let (events, orders, request) = (path("events"), path("orders"), path("request"));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &events,
            rustix::fs::FileType::Fifo,
            mode,
            0,
        )?;
        File::create(&orders)?;
        let faults = {
            let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
            armed.orders = Some(orders.clone());
            armed.faults.clone()
        };
        let what = TraceRequest {
            root: self.seen.root().to_owned(),
            key: self.key,
            events: events.clone(),
            orders,
            faults,
        };
        fs::write(&request, serde_json::to_vec(&what)?)?;
        let no_wait = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let pipe = OpenOptions::new()
            .read(true)
            .custom_flags(no_wait)
            .open(&events)?;
        let news = pipe.try_clone()?;
        let (announce, state) = watch::channel(SupervisedState::default());
        self.seen.recorder().attach(Box::new(HelperEvents {
            boot,
            pipe: Some(pipe),
            rest: Vec::new(),
            began: false,
            seen: Arc::clone(&self.seen),
            armed: Arc::clone(&self.armed),
            announce,
        }));
        Ok(Traced {
            request,
            state,
            news,
        })
    }

    /// Changes the faults, for a running subject and for later starts.
    pub(crate) fn order(&self, order: TraceOrder) -> io::Result<()> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let order = match order {
            TraceOrder::Set(fault) => {
                armed.faults.push(fault.clone());
                Order::Set(fault)
            }
            TraceOrder::Lift(label) => {
                armed
                    .faults
                    .retain(|fault| label.as_ref().is_some_and(|label| fault.label != *label));
                Order::Lift(label)
            }
        };
        if let Some(orders) = &armed.orders {
            let mut line = serde_json::to_vec(&order)?;
            line.push(b'\n');
            // In one piece, since the helper may read at any moment.
            OpenOptions::new()
                .append(true)
                .open(orders)?
                .write_all(&line)?;
        }
        Ok(())
    }
}
