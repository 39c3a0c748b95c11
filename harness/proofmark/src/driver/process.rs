//! One start of the subject: a process group of its own, its output in the journal, its end recorded.

use std::process::Stdio;
use std::time::Duration;

use platform::Recorder;
use protocol::journal::{Fact, LogFact, LogStream, ProcessChange, ProcessFact};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A longer line is cut; the rest of it is read and dropped.
const LINE_AT_MOST: usize = 4 * 1024;
/// More output than this from one start is read and dropped.
const OUTPUT_AT_MOST: usize = 2 * 1024 * 1024;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit {
    /// The exit code, if it exited by itself.
    pub(crate) code: Option<i32>,
    /// The signal that ended it, otherwise.
    pub(crate) signal: Option<i32>,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(out, "exited with code {code}"),
            (None, Some(signal)) => write!(out, "was ended by signal {signal}"),
            (None, None) => out.write_str("ended"),
        }
    }
}

/// Why a process could not be launched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// The operating system refused.
    #[error("cannot launch `{program}`: {source}")]
    Spawn {
        /// What was to be launched.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
}

/// A running (or ended) start of the subject; dropping it kills the whole group.
pub(crate) struct Process {
    group: Pid,
    boot: u32,
    recorder: Recorder,
    exit: watch::Receiver<Option<Exit>>,
    waiter: Option<JoinHandle<()>>,
}

impl Process {
    /// Launches a command as the leader of a new process group; `shown` and `environment` go to the journal.
    pub(crate) fn launch(
        mut command: tokio::process::Command,
        boot: u32,
        shown: Vec<String>,
        environment: Vec<String>,
        recorder: &Recorder,
    ) -> Result<Self, ProcessError> {
        command
            .stdin(Stdio::null())
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
        let group =
            child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).ok_or_else(|| {
                spawn_error(std::io::Error::other("the process ended while it was launched"))
            })?;
        let readers = [
            child
                .stdout
                .take()
                .map(|out| tokio::spawn(read_lines(out, boot, LogStream::Out, recorder.clone()))),
            child
                .stderr
                .take()
                .map(|out| tokio::spawn(read_lines(out, boot, LogStream::Error, recorder.clone()))),
        ];
        let (announce, exit) = watch::channel(None);
        let journal = recorder.clone();
        let waiter = tokio::spawn(async move {
            let status = child.wait().await;
            // What it printed last belongs before its end. A grandchild may keep the pipe open for ever.
            for reader in readers.into_iter().flatten() {
                let _ = tokio::time::timeout(Duration::from_millis(50), reader).await;
            }
            let ended = status.map_or(Exit { code: None, signal: None }, |status| Exit {
                code: status.code(),
                signal: std::os::unix::process::ExitStatusExt::signal(&status),
            });
            journal.record(Fact::Process(ProcessFact {
                boot,
                change: ProcessChange::Exited { code: ended.code, signal: ended.signal },
            }));
            announce.send_replace(Some(ended));
        });
        Ok(Self { group, boot, recorder: recorder.clone(), exit, waiter: Some(waiter) })
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

    /// TERM, then KILL after the grace period; comes back when the whole group is gone.
    pub(crate) async fn stop(&mut self, grace: Duration) {
        if self.exit().is_none() {
            self.signal(Signal::TERM, "TERM");
            if tokio::time::timeout(grace, self.ended()).await.is_err() {
                self.signal(Signal::KILL, "KILL");
            }
        }
        self.finish().await;
    }

    /// KILL; comes back when the whole group is gone.
    pub(crate) async fn crash(&mut self) {
        if self.exit().is_none() {
            self.signal(Signal::KILL, "KILL");
        }
        self.finish().await;
    }

    fn signal(&self, signal: Signal, name: &str) {
        self.recorder.record(Fact::Process(ProcessFact {
            boot: self.boot,
            change: ProcessChange::Signalled(name.to_owned()),
        }));
        let _ = kill_process_group(self.group, signal);
    }

    async fn finish(&mut self) {
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.await;
        }
        if test_kill_process_group(self.group).is_ok() {
            self.recorder.record(Fact::Process(ProcessFact {
                boot: self.boot,
                change: ProcessChange::Survivors(group_size(self.group)),
            }));
            let _ = kill_process_group(self.group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = kill_process_group(self.group, Signal::KILL);
    }
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
mod tests {
    use protocol::Redactor;

    use super::*;

    fn shell(script: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    fn launch(script: &str, recorder: &Recorder) -> Process {
        Process::launch(shell(script), 1, vec!["sh".into()], vec![], recorder).unwrap()
    }

    fn changes(recorder: &Recorder) -> Vec<ProcessChange> {
        recorder.read(|events| {
            events
                .iter()
                .filter_map(|event| match &event.fact {
                    Fact::Process(fact) => Some(fact.change.clone()),
                    _ => None,
                })
                .collect()
        })
    }

    #[tokio::test]
    async fn lines_and_the_exit_code_are_recorded_in_order() {
        let recorder = Recorder::start(Redactor::new());
        let process = launch("echo one; echo two >&2; exit 3", &recorder);
        assert_eq!(process.ended().await, Exit { code: Some(3), signal: None });
        let events = recorder.events();
        let lines = events.iter().filter(|event| matches!(event.fact, Fact::Log(_))).count();
        assert_eq!(lines, 2);
        assert!(matches!(events.last().unwrap().fact, Fact::Process(_)));
    }

    #[tokio::test]
    async fn a_subject_that_ignores_term_is_killed_after_the_grace_period() {
        let recorder = Recorder::start(Redactor::new());
        let mut process = launch("trap '' TERM; echo ready; while :; do sleep 5; done", &recorder);
        let mut journal = recorder.watch();
        journal.wait_for(|length| *length >= 2).await.unwrap();
        process.stop(Duration::from_millis(100)).await;
        let signals: Vec<_> = changes(&recorder)
            .into_iter()
            .filter(|change| matches!(change, ProcessChange::Signalled(_)))
            .collect();
        assert_eq!(
            signals,
            [ProcessChange::Signalled("TERM".into()), ProcessChange::Signalled("KILL".into())]
        );
        assert!(process.exit().is_some());
    }

    #[tokio::test]
    async fn children_that_outlive_the_subject_are_counted_and_killed() {
        let recorder = Recorder::start(Redactor::new());
        let mut process = launch("sleep 300 & echo started; exit 0", &recorder);
        process.ended().await;
        process.crash().await;
        assert!(
            changes(&recorder).iter().any(|change| matches!(change, ProcessChange::Survivors(1))),
            "{:?}",
            changes(&recorder)
        );
    }
}
