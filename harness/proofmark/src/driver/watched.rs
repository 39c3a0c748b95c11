//! A child that runs, followed to its end.

use std::io;

use platform::Recorder;
use protocol::journal::{Fact, ProcessChange, ProcessFact};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::process::Child;
use tokio::sync::{oneshot, watch};

use super::exit::Exit;
use super::mcp::McpChannel;
use super::output::{OUTPUT_GRACE, Reader};
#[cfg(traced)]
use super::supervised::SupervisedState;
#[cfg(target_os = "linux")]
use super::supervision::Supervision;

/// How long a wait for news lasts before a look whether the subject has ended.
#[cfg(traced)]
const HELPER_LOOK: std::time::Duration = std::time::Duration::from_millis(200);

/// Who tells how the subject ended.
pub(super) enum Told {
    /// It is our own child.
    Itself,
    /// The helper, until it is told to end everything.
    #[cfg(target_os = "linux")]
    Helper(Supervision, oneshot::Receiver<()>),
    /// The helper that traces it.
    #[cfg(traced)]
    Tracer(watch::Receiver<SupervisedState>),
}

/// The notices of children that ended.
pub(super) struct Ends(pub(super) tokio::signal::unix::Signal);

impl Ends {
    /// Resolves when a child has ended; its id stays its own until it is waited for.
    async fn of(&mut self, child: Pid) -> io::Result<Exit> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            if let Some(status) = waitid(WaitId::Pid(child), options)? {
                return Ok(Exit {
                    code: status.exit_status(),
                    signal: status.terminating_signal(),
                });
            }
            self.0.recv().await;
        }
    }
}

/// A child that runs.
pub(super) struct Watched {
    pub(super) child: Child,
    pub(super) id: Pid,
    pub(super) ends: Ends,
    pub(super) readers: Vec<Reader>,
    pub(super) boot: u32,
    pub(super) mcp: Option<McpChannel>,
    pub(super) recorder: Recorder,
}

impl Watched {
    /// Records the subject's end, and stays until the child has ended.
    pub(super) async fn follow(
        mut self,
        mut told: Told,
        announce: watch::Sender<Option<Exit>>,
    ) -> (Child, Vec<Reader>) {
        let exit = match &mut told {
            Told::Itself => self.ends.of(self.id).await,
            #[cfg(target_os = "linux")]
            Told::Helper(supervision, ending) => tokio::select! {
                exit = self.helped_end(supervision) => exit,
                // Dropped before the subject has ended.
                _ = ending => Ok(Exit { code: None, signal: None }),
            },
            #[cfg(traced)]
            Told::Tracer(state) => self.traced_end(state).await,
        };
        // What it printed last belongs before its end.
        for reader in &mut self.readers {
            reader.take().await;
        }
        if let Some(mcp) = &self.mcp {
            tokio::time::timeout(OUTPUT_GRACE, mcp.ended()).await.ok();
        }
        let ended = exit.unwrap_or(Exit {
            code: None,
            signal: None,
        });
        self.recorder.record(Fact::Process(ProcessFact {
            boot: self.boot,
            change: ProcessChange::Exited {
                code: ended.code,
                signal: ended.signal,
            },
        }));
        announce.send_replace(Some(ended));
        // The helper stays with what the subject left behind.
        #[cfg(target_os = "linux")]
        if let Told::Helper(_, ending) = &mut told {
            tokio::select! {
                _ = self.ends.of(self.id) => {}
                _ = ending => {}
            }
        }
        // With it our end of a helper's pipe.
        drop(told);
        self.ends.of(self.id).await.ok();
        (self.child, self.readers)
    }

    /// How the subject ended, as its helper tells; a helper that died took it along.
    #[cfg(target_os = "linux")]
    async fn helped_end(&mut self, supervision: &mut Supervision) -> io::Result<Exit> {
        let told = tokio::select! {
            // First, since what it told is in the pipe when it ends.
            biased;
            told = supervision.end() => told?,
            _ = self.ends.of(self.id) => supervision.end().await?,
        };
        if let Some(exit) = told {
            return Ok(exit);
        }
        self.recorder.record(Fact::Trouble(
            "the helper around the subject ended before it, and took it along".into(),
        ));
        self.ends.of(self.id).await
    }

    /// How a traced subject ended, as its helper tells; a helper that died took it along.
    #[cfg(traced)]
    async fn traced_end(
        &mut self,
        told: &mut watch::Receiver<SupervisedState>,
    ) -> io::Result<Exit> {
        let status = tokio::select! {
            Ok(_) = told.wait_for(|state| state.exit.is_some()) => None,
            status = self.ends.of(self.id) => Some(status?),
        };
        self.recorder.gather();
        let (exit, failed) = {
            let state = told.borrow();
            (state.exit, state.failure.is_some())
        };
        if exit.is_none() && !failed {
            // We alone may kill it, and we kill the subject first.
            self.recorder.record(Fact::Trouble(
                "the disk watcher ended before the subject did, and took it along".into(),
            ));
        }
        Ok(exit.or(status).unwrap_or(Exit {
            code: None,
            signal: None,
        }))
    }
}

/// Wakes the journal when a helper has told something, until the helper closes its end.
#[cfg(traced)]
pub(super) fn gather(
    news: &std::fs::File,
    recorder: &Recorder,
    exit: &watch::Receiver<Option<Exit>>,
) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let look = Timespec {
        tv_sec: 0,
        tv_nsec: HELPER_LOOK.subsec_nanos().into(),
    };
    loop {
        let mut ready = [PollFd::new(news, PollFlags::IN)];
        let waited = poll(&mut ready, Some(&look));
        let came = ready[0].revents();
        if came.contains(PollFlags::IN) {
            recorder.gather();
        } else if came.contains(PollFlags::HUP) || exit.borrow().is_some() {
            // A helper that never opened its end closes nothing.
            return;
        } else if waited.is_err_and(|error| error != rustix::io::Errno::INTR) {
            return;
        }
    }
}
