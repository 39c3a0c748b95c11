//! One start of the subject: a process group of its own, its output in the journal, its end recorded.

use std::process::Stdio;
use std::time::Duration;

use platform::Recorder;
use protocol::journal::{Fact, HarnessFailure, LogFact, LogStream, ProcessChange, ProcessFact};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

#[cfg(traced)]
use super::disk::{Traced, TracedState};
use super::exit::Exit;
use super::mcp::McpChannel;
use scenario::manifest::Signal as StopBy;

/// A longer line is cut; the rest of it is read and dropped.
const LINE_AT_MOST: usize = 4 * 1024;
/// More output than this from one start is read and dropped.
const OUTPUT_AT_MOST: usize = 2 * 1024 * 1024;
/// How long a wait for news lasts before a look whether the subject has ended.
#[cfg(traced)]
const HELPER_LOOK: Duration = Duration::from_millis(200);
/// A helper ends at once when nobody is left to watch; the machine may be busy.
const HELPER_GRACE: Duration = Duration::from_millis(500);

/// Why a process could not be launched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// The tracing could not be prepared.
    #[cfg(traced)]
    #[error("cannot prepare to trace the subject: {0}")]
    Trace(std::io::Error),
    /// The operating system refused.
    #[error("cannot launch `{program}`: {source}")]
    Spawn {
        /// What was to be launched.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl From<ProcessError> for HarnessFailure {
    fn from(error: ProcessError) -> Self {
        Self::of_the_machine(error)
    }
}

/// A running (or ended) start of the subject; dropping it kills the whole group.
pub(crate) struct Process {
    /// The process we spawned, which leads its group: the subject, or the helper around it.
    leader: Pid,
    #[cfg(traced)]
    traced: Option<watch::Receiver<TracedState>>,
    boot: u32,
    mcp: Option<McpChannel>,
    recorder: Recorder,
    exit: watch::Receiver<Option<Exit>>,
    waiter: Option<JoinHandle<()>>,
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
    #[cfg(traced)]
    pub(crate) traced: Option<Traced>,
}

impl Process {
    /// Launches a command as the leader of a new process group.
    pub(crate) fn launch(
        mut command: tokio::process::Command,
        launch: Launch,
        recorder: &Recorder,
    ) -> Result<Self, ProcessError> {
        let Launch { boot, stdio, shown, environment, .. } = launch;
        let speaks_mcp = stdio == scenario::manifest::Stdio::Mcp;
        command
            .stdin(if speaks_mcp { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let spawn_error =
            |source| ProcessError::Spawn { program: shown.first().cloned().unwrap_or_default(), source };
        // Recorded first: the subject may be heard on the wire before this function is on its feet again.
        recorder.record(Fact::Process(ProcessFact {
            boot,
            change: ProcessChange::Started { command: shown.clone(), environment },
        }));
        let mut child = command.spawn().map_err(spawn_error)?;
        let leader =
            child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).ok_or_else(|| {
                spawn_error(std::io::Error::other("the process ended while it was launched"))
            })?;
        let (mcp, printed) = match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                (Some(McpChannel::open(input, output, boot, recorder.clone())), None)
            }
            (_, output) => (None, output),
        };
        let readers = [
            printed.map(|out| tokio::spawn(read_lines(out, boot, LogStream::Out, recorder.clone()))),
            child
                .stderr
                .take()
                .map(|out| tokio::spawn(read_lines(out, boot, LogStream::Error, recorder.clone()))),
        ];
        let (announce, exit) = watch::channel(None);
        let journal = recorder.clone();
        #[cfg(traced)]
        let (state, news) = launch.traced.map(|traced| (traced.state, traced.news)).unzip();
        #[cfg(traced)]
        let told = state.clone();
        #[cfg(traced)]
        if let Some(news) = news {
            let (journal, ended) = (recorder.clone(), exit.clone());
            std::thread::Builder::new()
                .name("disk watch".into())
                .spawn(move || gather(&news, &journal, &ended))
                .map_err(spawn_error)?;
        }
        let waiter = tokio::spawn(async move {
            #[cfg(traced)]
            let status = match told {
                Some(told) => traced_end(&mut child, told, &journal).await,
                None => child.wait().await.map(Exit::from),
            };
            #[cfg(not(traced))]
            let status = child.wait().await.map(Exit::from);
            // What it printed last belongs before its end. A grandchild may keep the pipe open for ever.
            for reader in readers.into_iter().flatten() {
                let _ = tokio::time::timeout(Duration::from_millis(50), reader).await;
            }
            let ended = status.unwrap_or(Exit { code: None, signal: None });
            journal.record(Fact::Process(ProcessFact {
                boot,
                change: ProcessChange::Exited { code: ended.code, signal: ended.signal },
            }));
            announce.send_replace(Some(ended));
            // The helper stays with what the subject left behind.
            let _ = child.wait().await;
        });
        Ok(Self {
            leader,
            #[cfg(traced)]
            traced: state,
            boot,
            mcp,
            recorder: recorder.clone(),
            exit,
            waiter: Some(waiter),
        })
    }

    /// Why the subject could not be traced.
    #[cfg(traced)]
    pub(crate) fn untraced(&self) -> Option<HarnessFailure> {
        self.traced.as_ref().and_then(|state| state.borrow().failure.clone())
    }

    /// The subject's process group, as far as it is known.
    fn group(&self) -> Option<Pid> {
        #[cfg(traced)]
        if let Some(state) = &self.traced {
            return state.borrow().process.and_then(Pid::from_raw);
        }
        Some(self.leader)
    }

    /// Resolves when a signal can reach the subject, or never will.
    async fn reachable(&self) {
        #[cfg(traced)]
        if let Some(state) = &self.traced {
            let mut state = state.clone();
            tokio::select! {
                _ = state.wait_for(|state| state.process.is_some()) => {}
                _ = self.ended() => {}
            }
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
            Ok(ended) => ended.unwrap_or(Exit { code: None, signal: None }),
            Err(_) => Exit { code: None, signal: None },
        }
    }

    /// The channel over its standard input and output, if they are one.
    pub(crate) fn mcp(&self) -> Option<&McpChannel> {
        self.mcp.as_ref()
    }

    /// Asks it to end, then KILL after the grace period; comes back when the whole group is gone.
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

    /// KILL; comes back when the whole group is gone.
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
        self.record(ProcessChange::Signalled(name.to_owned()));
        if let Some(group) = self.group() {
            let _ = kill_process_group(group, signal);
        }
    }

    async fn finish(&mut self) {
        self.ended().await;
        let survivors = self.group().filter(|group| test_kill_process_group(*group).is_ok());
        if let Some(group) = survivors {
            self.record(ProcessChange::Survivors(group_size(group)));
            let _ = kill_process_group(group, Signal::KILL);
        }
        let Some(mut waiter) = self.waiter.take() else { return };
        if tokio::time::timeout(HELPER_GRACE, &mut waiter).await.is_err() {
            // Somebody left the subject's group and is still watched; with the helper it goes, too. Otherwise the machine is
            // slow and nobody is to blame.
            let watched = traced_by(self.leader);
            if survivors.is_none() && watched > 0 {
                self.record(ProcessChange::Survivors(watched));
            }
            let _ = kill_process_group(self.leader, Signal::KILL);
            let _ = waiter.await;
        }
        self.recorder.gather();
    }

    fn record(&self, change: ProcessChange) {
        self.recorder.record(Fact::Process(ProcessFact { boot: self.boot, change }));
    }
}

/// Wakes the journal when a helper has told something, until the helper closes its end.
#[cfg(traced)]
fn gather(news: &std::fs::File, recorder: &Recorder, exit: &watch::Receiver<Option<Exit>>) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let look = Timespec { tv_sec: 0, tv_nsec: HELPER_LOOK.subsec_nanos().into() };
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

/// How a traced subject ended, as its helper tells; a helper that died took it along.
#[cfg(traced)]
async fn traced_end(
    child: &mut tokio::process::Child,
    mut told: watch::Receiver<TracedState>,
    recorder: &Recorder,
) -> std::io::Result<Exit> {
    let status = tokio::select! {
        _ = told.wait_for(|state| state.exit.is_some()) => None,
        status = child.wait() => Some(status?),
    };
    recorder.gather();
    let (exit, failed) = {
        let state = told.borrow();
        (state.exit, state.failure.is_some())
    };
    if exit.is_none() && !failed {
        // Nobody but us may kill it, and we kill the subject first.
        recorder
            .record(Fact::Trouble("the disk watcher ended before the subject did, and took it along".into()));
    }
    Ok(exit.or(status.map(Exit::from)).unwrap_or(Exit { code: None, signal: None }))
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(group) = self.group() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = kill_process_group(self.leader, Signal::KILL);
    }
}

/// How many processes somebody traces, as far as `/proc` tells.
fn traced_by(tracer: Pid) -> u32 {
    let wanted = format!("TracerPid:\t{}", tracer.as_raw_nonzero());
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    let bound = entries.flatten().filter(|entry| {
        std::fs::read_to_string(entry.path().join("status"))
            .is_ok_and(|status| status.lines().any(|line| line == wanted))
    });
    u32::try_from(bound.count()).unwrap_or(u32::MAX)
}

/// How many processes are in a group, as far as `/proc` tells; at least one.
fn group_size(group: Pid) -> u32 {
    let wanted = group.as_raw_nonzero().get().to_string();
    let Ok(entries) = std::fs::read_dir("/proc") else { return 1 };
    let members = entries.flatten().filter(|entry| {
        std::fs::read_to_string(entry.path().join("stat")).is_ok_and(|stat| {
            // The fields after the parenthesised name are: state, parent, group.
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.split_whitespace().nth(2) == Some(&wanted))
        })
    });
    u32::try_from(members.count()).unwrap_or(u32::MAX).max(1)
}

async fn read_lines(mut output: impl AsyncRead + Unpin, boot: u32, stream: LogStream, recorder: Recorder) {
    let mut buffer = vec![0_u8; 8 * 1024];
    let mut line = Vec::new();
    let mut kept = 0_usize;
    let emit = |line: &mut Vec<u8>, kept: &mut usize| {
        if *kept <= OUTPUT_AT_MOST {
            *kept += line.len() + 1;
            let text = recorder.redactor().redact_bytes(line);
            recorder.record(Fact::Log(LogFact {
                boot,
                stream,
                line: text.trim_end_matches('\r').to_owned(),
            }));
            if *kept > OUTPUT_AT_MOST {
                let note = "(further output of this start is not kept)".to_owned();
                recorder.record(Fact::Log(LogFact { boot, stream, line: note }));
            }
        }
        line.clear();
    };
    while let Ok(read) = output.read(&mut buffer).await {
        if read == 0 {
            break;
        }
        for &byte in buffer.get(..read).unwrap_or_default() {
            if byte == b'\n' {
                emit(&mut line, &mut kept);
            } else if line.len() < LINE_AT_MOST {
                line.push(byte);
            }
        }
    }
    if !line.is_empty() {
        emit(&mut line, &mut kept);
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
