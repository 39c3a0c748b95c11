//! One start of the subject: a process group of its own, its output in the journal, its end recorded.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use platform::Recorder;
use protocol::journal::{Fact, HarnessFailure, LogFact, LogStream, ProcessChange, ProcessFact};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

#[cfg(traced)]
use super::disk::Traced;
use super::exit::Exit;
use super::mcp::McpChannel;
use super::output::Reader;
use super::relatives;
use super::supervised::SupervisedState;
#[cfg(target_os = "linux")]
use super::supervision::Supervision;
#[cfg(traced)]
use super::watched::gather;
use super::watched::{Ends, Told, Watched};
use scenario::manifest::Signal as StopBy;

/// A helper ends at once when no process is left to watch; the machine may be busy.
const HELPER_GRACE: Duration = Duration::from_millis(500);

/// Why a process could not be launched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// The helper around the subject could not be prepared.
    #[error("cannot prepare what watches over the subject: {0}")]
    Helper(io::Error),
    /// The operating system refused.
    #[error("cannot launch `{program}`: {source}")]
    Spawn {
        /// What was to be launched.
        program: String,
        /// Why not.
        source: io::Error,
    },
}

impl From<ProcessError> for HarnessFailure {
    fn from(error: ProcessError) -> Self {
        Self::of_the_machine(error)
    }
}

/// The process between the harness and a subject.
#[derive(Debug)]
pub(crate) enum Around {
    /// Nothing: the subject is our own child.
    #[cfg_attr(
        all(target_os = "linux", not(test)),
        expect(
            dead_code,
            reason = "for systems where no helper can adopt what a subject leaves"
        )
    )]
    Nothing,
    /// A helper that ends what is left of it.
    #[cfg(target_os = "linux")]
    Helper(Supervision),
    /// A helper that traces it.
    #[cfg(traced)]
    Tracer(Traced),
}

/// A running (or ended) start of the subject; dropping it kills the whole tree.
pub(crate) struct Process {
    /// The process we spawned, which leads its group: the subject, or the helper around it. It is not waited for before [`Self::finish`] is
    /// done, so that its id is not reused.
    child: Pid,
    /// How its tree is ended when the subject has.
    way: Way,
    /// What is known of the subject.
    state: watch::Receiver<SupervisedState>,
    boot: u32,
    mcp: Option<McpChannel>,
    recorder: Recorder,
    exit: watch::Receiver<Option<Exit>>,
    waiter: Option<JoinHandle<(Child, Vec<Reader>)>>,
}

/// How a tree is ended.
enum Way {
    /// By its group, which the subject leads.
    Group,
    /// With the helper that we tell by dropping this.
    #[cfg(target_os = "linux")]
    Helper(Option<oneshot::Sender<()>>),
    /// With the helper that traces it.
    #[cfg(traced)]
    Tracer,
}

/// What is launched besides the command itself.
pub(crate) struct Launch {
    /// Which start, from 1.
    pub(crate) boot: u32,
    /// What its standard input and output are.
    pub(crate) stdio: scenario::manifest::Stdio,
    /// The command as the journal shows it.
    pub(crate) shown: Vec<String>,
    /// `NAME=value` as the journal shows it.
    pub(crate) environment: Vec<String>,
    /// The helper around the subject, if the command is one.
    pub(crate) around: Around,
}

/// Takes the standard streams of a child: a channel if it speaks MCP, and readers of what it prints.
fn read_streams(
    child: &mut Child,
    boot: u32,
    recorder: &Recorder,
) -> (Option<McpChannel>, Vec<Reader>) {
    let (mcp, printed) = match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => (
            Some(McpChannel::open(input, output, boot, recorder.clone())),
            None,
        ),
        (_, output) => (None, output),
    };
    let printed = printed.map(|out| Reader::start(out, boot, LogStream::Out, recorder.clone()));
    let complained = child.stderr.take();
    let complained =
        complained.map(|out| Reader::start(out, boot, LogStream::Error, recorder.clone()));
    (mcp, printed.into_iter().chain(complained).collect())
}

impl Process {
    /// Launches a command as the leader of a new process group.
    pub(crate) fn launch(
        mut command: tokio::process::Command,
        launch: Launch,
        recorder: &Recorder,
    ) -> Result<Self, ProcessError> {
        let Launch {
            boot,
            stdio,
            shown,
            environment,
            around,
        } = launch;
        let speaks_mcp = stdio == scenario::manifest::Stdio::Mcp;
        command
            .stdin(if speaks_mcp {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let spawn_error = |source| ProcessError::Spawn {
            program: shown.first().cloned().unwrap_or_default(),
            source,
        };
        // Before there is a child, so that no end is missed.
        let ends = Ends(signal(SignalKind::child()).map_err(spawn_error)?);
        // Recorded first: the subject may send a request before this function runs on.
        recorder.record(Fact::Process(ProcessFact {
            boot,
            change: ProcessChange::Started {
                command: shown.clone(),
                environment,
            },
        }));
        let mut child = command.spawn().map_err(spawn_error)?;
        let id = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| {
                spawn_error(io::Error::other("the process ended while it was launched"))
            })?;
        let (mcp, readers) = read_streams(&mut child, boot, recorder);
        let (announce, exit) = watch::channel(None);
        let (way, state, source) = match around {
            Around::Nothing => {
                let process = Some(id.as_raw_nonzero().get());
                let (_, state) = watch::channel(SupervisedState {
                    process,
                    ..SupervisedState::default()
                });
                (Way::Group, state, Told::Itself)
            }
            #[cfg(target_os = "linux")]
            Around::Helper(supervision) => {
                let (end, ending) = oneshot::channel();
                (
                    Way::Helper(Some(end)),
                    supervision.state.clone(),
                    Told::Helper(supervision, ending),
                )
            }
            #[cfg(traced)]
            Around::Tracer(Traced { state, news, .. }) => {
                let (journal, ended) = (recorder.clone(), exit.clone());
                std::thread::Builder::new()
                    .name("disk watch".into())
                    .spawn(move || gather(&news, &journal, &ended))
                    .map_err(spawn_error)?;
                (Way::Tracer, state.clone(), Told::Tracer(state))
            }
        };
        let watched = Watched {
            child,
            id,
            ends,
            readers,
            boot,
            mcp: mcp.clone(),
            recorder: recorder.clone(),
        };
        let waiter = Some(tokio::spawn(watched.follow(source, announce)));
        Ok(Self {
            child: id,
            way,
            state,
            boot,
            mcp,
            recorder: recorder.clone(),
            exit,
            waiter,
        })
    }

    /// Why the subject could not be run under the disk's observer.
    pub(crate) fn untraced(&self) -> Option<HarnessFailure> {
        self.state.borrow().failure.clone()
    }

    /// The subject's process group, as far as it is known.
    fn group(&self) -> Option<Pid> {
        self.state.borrow().process.and_then(Pid::from_raw)
    }

    /// The group, for as long as a signal to it cannot reach another one.
    fn running_group(&self) -> Option<Pid> {
        let has_ended = self.exit().is_some() || self.state.borrow().exit.is_some();
        self.group().filter(|_| !has_ended)
    }

    /// Resolves when a signal can reach the subject, or never will.
    async fn reachable(&self) {
        let mut state = self.state.clone();
        tokio::select! {
            // An error would mean that the sender is gone.
            Ok(_) = state.wait_for(|state| state.process.is_some()) => {}
            _ = self.ended() => {}
        }
    }

    /// How it ended, if it has.
    pub(crate) fn exit(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Resolves when it has ended.
    pub(crate) async fn ended(&self) -> Exit {
        let mut exit = self.exit.clone();
        match exit.wait_for(Option::is_some).await {
            Ok(ended) => ended.unwrap_or(Exit {
                code: None,
                signal: None,
            }),
            Err(_) => Exit {
                code: None,
                signal: None,
            },
        }
    }

    /// The channel over its standard input and output, if they are one.
    pub(crate) fn mcp(&self) -> Option<&McpChannel> {
        self.mcp.as_ref()
    }

    /// Asks it to end, then KILL after the grace period; returns when the whole tree is gone.
    pub(crate) async fn stop(&mut self, by: StopBy, grace: Duration) {
        if self.exit().is_none() {
            match by {
                StopBy::Terminate => self.signal(Signal::TERM, "TERM").await,
                StopBy::Interrupt => self.signal(Signal::INT, "INT").await,
                StopBy::HangUp => self.signal(Signal::HUP, "HUP").await,
                StopBy::Quit => self.signal(Signal::QUIT, "QUIT").await,
                StopBy::EndOfInput => self.end_input(),
            }
            if tokio::time::timeout(grace, self.ended()).await.is_err() {
                self.signal(Signal::KILL, "KILL").await;
            }
        }
        self.finish().await;
    }

    /// KILL; returns when the whole tree is gone.
    pub(crate) async fn crash(&mut self) {
        if self.exit().is_none() {
            self.signal(Signal::KILL, "KILL").await;
        }
        self.finish().await;
    }

    /// Closes its standard input.
    fn end_input(&self) {
        self.record(ProcessChange::Signalled("stdin-eof".into()));
        if let Some(channel) = &self.mcp {
            channel.close();
        }
    }

    async fn signal(&self, signal: Signal, name: &str) {
        self.reachable().await;
        if let Some(group) = self.running_group() {
            self.record(ProcessChange::Signalled(name.to_owned()));
            // It may be gone by now, and nothing else has its id so soon.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Ends what the subject left behind, and waits for it.
    async fn finish(&mut self) {
        self.ended().await;
        if self.waiter.is_none() {
            return;
        }
        let survivors = self.survivors();
        if survivors > 0 {
            self.record(ProcessChange::Survivors(survivors));
            self.end_tree();
        }
        let Some(waiter) = &mut self.waiter else {
            return;
        };
        let mut outcome = tokio::time::timeout(HELPER_GRACE, waiter).await;
        if outcome.is_err() {
            // Something left the subject's group and is still watched; with the helper it goes, too. Otherwise the machine is slow and
            // no process is to blame.
            let kept = relatives::kept_by(self.child);
            if survivors == 0 && kept > 0 {
                self.record(ProcessChange::Survivors(kept));
            }
            self.end_tree();
            let Some(waiter) = &mut self.waiter else {
                return;
            };
            outcome = Ok(waiter.await);
        }
        self.waiter = None;
        if let Ok(Ok((mut child, readers))) = outcome {
            // It has ended; now its id may be given to another.
            child.wait().await.ok();
            for reader in readers {
                if !reader.end().await {
                    let line =
                        "(something that was not ended with this start keeps its output open)"
                            .into();
                    self.recorder.record(Fact::Log(LogFact {
                        boot: self.boot,
                        stream: LogStream::Error,
                        line,
                    }));
                }
            }
        }
        self.recorder.gather();
    }

    /// How many of the subject's group are left.
    fn survivors(&self) -> u32 {
        let Some(group) = self.group() else { return 0 };
        if test_kill_process_group(group).is_err() {
            return 0;
        }
        let tracer = match self.way {
            // The tracer has waited for the subject, so that another group may have its id by now.
            #[cfg(traced)]
            Way::Tracer => Some(self.child),
            #[cfg(target_os = "linux")]
            Way::Helper(_) => None,
            Way::Group => None,
        };
        relatives::in_group(group, tracer)
    }

    /// Kills the processes that are left when the subject has ended.
    fn end_tree(&mut self) {
        match &mut self.way {
            Way::Group => {
                let _ = kill_process_group(self.child, Signal::KILL);
            }
            #[cfg(target_os = "linux")]
            Way::Helper(end) => drop(end.take()),
            #[cfg(traced)]
            Way::Tracer => {
                let _ = rustix::process::kill_process(self.child, Signal::KILL);
            }
        }
    }

    fn record(&self, change: ProcessChange) {
        self.recorder.record(Fact::Process(ProcessFact {
            boot: self.boot,
            change,
        }));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(group) = self.running_group() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        if self.waiter.is_some() {
            self.end_tree();
        }
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
