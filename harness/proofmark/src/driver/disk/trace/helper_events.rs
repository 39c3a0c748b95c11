//! The reports of a helper, as facts of the journal.

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diskwatch::{Change, Event, Place, State};
use platform::Source;
use protocol::journal::{
    BlindFact, DiskCallFact, DiskCause, DiskResult, Fact, FaultChange, FaultFact, FaultKind,
    FileKind, Hidden, PresentFile,
};
use tokio::sync::watch;

use super::helper::Line;
use super::order::class_of;
use super::state::Armed;
use crate::driver::disk::snapshot::LastSeen;
use crate::driver::exit::Exit;
use crate::driver::supervised::SupervisedState;

/// So much is taken at once.
const PIECE: usize = 16 * 1024;
/// So often: more than a pipe holds, so that everything told by now is taken, and no more, since a subject that never rests must
/// not hold up the journal.
const PIECES: usize = 8;

/// The events of one start, as the journal takes them.
pub(super) struct HelperEvents {
    pub(super) boot: u32,
    /// Closed when the helper has ended.
    pub(super) pipe: Option<File>,
    pub(super) rest: Vec<u8>,
    /// Whether the helper has opened its end: before that, the pipe looks as if it had closed it.
    pub(super) began: bool,
    pub(super) seen: Arc<LastSeen>,
    pub(super) armed: Arc<Mutex<Armed>>,
    pub(super) announce: watch::Sender<SupervisedState>,
}

impl Source for HelperEvents {
    fn take(&mut self) -> Vec<(Instant, Fact)> {
        let mut facts = Vec::new();
        if self.read() {
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                match serde_json::from_slice(&line) {
                    Ok(Line::Event(event)) => self.translate(event, &mut facts),
                    Ok(Line::Failed(why)) => {
                        self.announce.send_modify(|state| state.failure = Some(why));
                    }
                    Err(error) => {
                        let what = format!("an event of the disk watcher cannot be read: {error}");
                        facts.push((Instant::now(), Fact::Trouble(what)));
                    }
                }
            }
        }
        facts
    }
}

impl HelperEvents {
    /// Takes what is in the pipe; whether anything was.
    fn read(&mut self) -> bool {
        let Some(pipe) = &mut self.pipe else {
            return false;
        };
        let before = self.rest.len();
        let mut buffer = [0; PIECE];
        let mut ended = false;
        for _ in 0..PIECES {
            match pipe.read(&mut buffer) {
                Ok(0) => {
                    ended = self.began;
                    break;
                }
                Ok(read) => {
                    self.began = true;
                    self.rest
                        .extend_from_slice(buffer.get(..read).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    ended = error.kind() != io::ErrorKind::WouldBlock;
                    break;
                }
            }
        }
        if ended {
            self.pipe = None;
        }
        self.rest.len() > before
    }

    fn translate(&self, event: Event, facts: &mut Vec<(Instant, Fact)>) {
        match event {
            Event::Started {
                at_us,
                pid,
                present,
                ..
            } => {
                for change in present {
                    self.state(
                        at_us,
                        &change.path,
                        change.after.as_ref(),
                        DiskCause::Found,
                        facts,
                    );
                }
                self.announce.send_modify(|state| state.process = Some(pid));
            }
            Event::Call(call) => self.call(*call, facts),
            Event::External {
                at_us, path, after, ..
            } => {
                if let Some(name) = name_of(&path) {
                    let cause = self.seen.outsider(&name);
                    self.state(at_us, &path, after.as_deref(), cause, facts);
                }
            }
            Event::Blind {
                at_us,
                why,
                hidden,
                path,
                ..
            } => {
                let hidden = match hidden {
                    diskwatch::Hidden::Calls => Hidden::Calls,
                    diskwatch::Hidden::Outsiders => Hidden::Outsiders,
                    diskwatch::Hidden::Nothing => Hidden::Nothing,
                };
                let path = path.map(|path| self.shown(&path));
                facts.push((
                    instant(at_us),
                    Fact::Blind(BlindFact {
                        boot: self.boot,
                        why,
                        hidden,
                        path,
                    }),
                ));
            }
            Event::FaultFired { at_us, label, .. } => {
                let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
                // One that fires at every call has never had its last turn.
                armed
                    .faults
                    .retain(|fault| fault.label != label || fault.nth == 0);
                let label = self.redact(&label);
                let what = FaultChange::Fired;
                let fact = FaultFact {
                    label,
                    kind: FaultKind::Disk,
                    what,
                    exchange: None,
                };
                facts.push((instant(at_us), Fact::Fault(fact)));
            }
            // Whether it fires in a later start, the end of the journal tells.
            Event::FaultUnfired { .. } => {}
            Event::Exited { code, signal, .. } => {
                self.announce
                    .send_modify(|state| state.exit = Some(Exit { code, signal }));
            }
        }
    }

    fn call(&self, call: diskwatch::Call, facts: &mut Vec<(Instant, Fact)>) {
        let Some(class) = class_of(call.class) else {
            return;
        };
        let at_us = call.at_us;
        let acted_on = if call.other_path.is_some() {
            &call.other_after
        } else {
            &call.after
        };
        let told = DiskCallFact {
            boot: self.boot,
            index: call.index,
            process: call.pid,
            thread: call.tid,
            name: call.name.clone(),
            class,
            path: self.shown(&call.path),
            to: call.other_path.as_ref().map(|path| self.shown(path)),
            flags: call.flags.clone(),
            mode: call.mode,
            length: call.length,
            result: call.result.clone().map(|result| match result {
                diskwatch::CallResult::Value(value) => DiskResult::Value(value),
                diskwatch::CallResult::Error(name) => DiskResult::Error(name),
            }),
            after: acted_on.as_ref().map(|state| self.present(state)),
            nameless: call.detached,
            fault: call.injected.as_deref().map(|label| self.redact(label)),
        };
        facts.push((instant(at_us), Fact::DiskCall(Box::new(told))));
        let cause = DiskCause::Call(class);
        // The destination first: what is renamed is the same file under another name, not a new one.
        if let Some(path) = &call.other_path {
            self.state(at_us, path, call.other_after.as_ref(), cause, facts);
        }
        if !call.detached {
            self.state(at_us, &call.path, call.after.as_ref(), cause, facts);
        }
        for Change { path, after, .. } in &call.also {
            self.state(at_us, path, after.as_ref(), cause, facts);
        }
    }

    fn state(
        &self,
        at_us: u64,
        path: &Place,
        state: Option<&State>,
        cause: DiskCause,
        facts: &mut Vec<(Instant, Fact)>,
    ) {
        let Some(name) = name_of(path) else { return };
        let state = state.map(|state| self.present(state));
        if let Some(fact) = self.seen.note(&name, state, cause) {
            facts.push((instant(at_us), Fact::Disk(fact)));
        }
    }

    fn present(&self, state: &State) -> PresentFile {
        PresentFile {
            kind: match state.kind {
                diskwatch::Kind::File => FileKind::File,
                diskwatch::Kind::Directory => FileKind::Directory,
                diskwatch::Kind::Symlink => FileKind::Symlink,
                diskwatch::Kind::Pipe | diskwatch::Kind::Special => FileKind::Special,
            },
            mode: state.mode,
            owner: state.owner,
            size: state.size,
            inode: state.inode,
            modified_ns: i128::from(state.modified_ns),
            content: state.content.as_ref().map(|content| {
                self.seen
                    .recorder()
                    .redactor()
                    .redact_bytes(content.as_bytes())
            }),
            digest: state.digest.as_ref().map(ToString::to_string),
            target: state.target.as_deref().map(|target| self.redact(target)),
        }
    }

    fn shown(&self, path: &Place) -> String {
        self.redact(&path.path)
    }

    fn redact(&self, text: &str) -> String {
        self.seen.recorder().redactor().redact(text)
    }
}

/// The path as the journal names it; none for the stage's own directory and for what lies outside.
fn name_of(path: &Place) -> Option<String> {
    (path.root.is_some() && path.path != ".").then(|| path.path.clone())
}

/// A time on the kernel's monotonic clock as a time of ours: both are the same clock here.
fn instant(at_us: u64) -> Instant {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(now.tv_nsec).unwrap_or_default();
    let age = Duration::new(seconds, nanoseconds).saturating_sub(Duration::from_micros(at_us));
    let here = Instant::now();
    here.checked_sub(age).unwrap_or(here)
}
