//! Tracing a subject: a helper process around it tells every call that changes the stage's directories, and obeys orders to
//! let calls fail.
//!
//! The helper tells a call before it lets the caller go on, and the journal takes what was told before it records
//! anything else. So a request that the subject sends after a call stands behind it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diskwatch::{
    CallClass, Change, Effect, Event, Order, PathPattern, Place, ProcessGroup, Request, State, WatchError,
    When,
};
use platform::Source;
use protocol::journal::{
    BlindFact, DiskCallClass, DiskCallFact, DiskCause, DiskResult, Fact, FaultFact, FaultKind, FileKind,
    Hidden, PresentFile,
};
use scenario::plan::{DiskEffect, DiskError, DiskFault, DiskMoment};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::snapshot::Seen;
use crate::driver::process::Exit;

/// Larger contents are described without being read: around every call on an upload that would be too much.
const READ_AT_MOST: u64 = 64 * 1024;
/// The exit code of a helper that could not watch.
const NOT_WATCHED: i32 = 125;

/// What a helper is told at its start.
#[derive(Debug, Serialize, Deserialize)]
pub struct TraceRequest {
    /// The stage's directory.
    root: PathBuf,
    /// The key of the contents' fingerprints.
    key: [u8; 32],
    /// Where to tell events: a pipe.
    events: PathBuf,
    /// Where orders come from: a file that grows.
    orders: PathBuf,
    /// The faults of the start.
    faults: Vec<diskwatch::Fault>,
}

/// A line that a helper writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Event(Event),
    /// Nothing can be watched, and why.
    Failed(String),
}

/// What is known of a traced start.
#[derive(Debug, Clone, Default)]
pub(crate) struct TracedState {
    /// The subject's process id, which is its group's, too.
    pub(crate) process: Option<i32>,
    /// How it ended.
    pub(crate) exit: Option<Exit>,
    /// Why it could not be traced.
    pub(crate) failure: Option<String>,
}

/// A start under trace.
#[derive(Debug)]
pub(crate) struct Traced {
    /// The file with the helper's request.
    pub(crate) request: PathBuf,
    /// What the helper told of the process.
    pub(crate) state: watch::Receiver<TracedState>,
    /// What to wait for before the journal is asked for news.
    pub(crate) news: File,
}

/// A change of the faults, which holds for later starts too.
#[derive(Debug, Clone)]
pub(crate) enum TraceOrder {
    /// Another fault.
    Set(diskwatch::Fault),
    /// The faults with this label are no more, or all.
    Lift(Option<String>),
}

impl TraceOrder {
    /// A fault as a scenario states it.
    pub(crate) fn set(fault: &DiskFault) -> Self {
        Self::Set(diskwatch::Fault {
            label: fault.label.clone(),
            path: PathPattern::new(&fault.path),
            call: fault.class.map_or(CallClass::Any, watched_class),
            nth: fault.nth.unwrap_or(0),
            when: match fault.moment {
                DiskMoment::Before => When::Before,
                DiskMoment::After => When::After,
            },
            effect: match fault.effect {
                DiskEffect::Error(error) => Effect::Errno(number(error)),
                DiskEffect::Short(bytes) => Effect::ShortWrite(bytes),
                DiskEffect::Delay(delay) => Effect::Delay(delay),
                DiskEffect::Kill => Effect::Kill,
            },
        })
    }
}

fn number(error: DiskError) -> i32 {
    use rustix::io::Errno;
    let known = match error {
        DiskError::NoSpace => Errno::NOSPC,
        DiskError::Access => Errno::ACCESS,
        DiskError::NotPermitted => Errno::PERM,
        DiskError::ReadOnly => Errno::ROFS,
        DiskError::InputOutput => Errno::IO,
        DiskError::Quota => Errno::DQUOT,
        DiskError::OpenFiles => Errno::MFILE,
        DiskError::Interrupted => Errno::INTR,
        DiskError::CrossDevice => Errno::XDEV,
    };
    known.raw_os_error()
}

/// The tracer of one stage.
pub(crate) struct Trace {
    seen: Arc<Seen>,
    private: tempfile::TempDir,
    key: [u8; 32],
    armed: Arc<Mutex<Armed>>,
}

/// The faults that have not had their turn.
#[derive(Debug, Default)]
struct Armed {
    faults: Vec<diskwatch::Fault>,
    /// Where the running helper reads orders.
    orders: Option<PathBuf>,
}

impl Trace {
    pub(super) fn prepare(seen: Arc<Seen>) -> io::Result<Self> {
        let private = tempfile::Builder::new().prefix("proofmark-trace-").tempdir()?;
        let mut key = [0; 32];
        key[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        key[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Ok(Self { seen, private, key, armed: Arc::default() })
    }

    /// Prepares the tracing of a start; the journal gets its events from now on.
    pub(crate) fn start(&self, boot: u32) -> io::Result<Traced> {
        let path = |what: &str| self.private.path().join(format!("{what}-{boot}"));
        let (events, orders, request) = (path("events"), path("orders"), path("request"));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &events, rustix::fs::FileType::Fifo, mode, 0)?;
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
        let pipe = OpenOptions::new().read(true).custom_flags(no_wait).open(&events)?;
        let news = pipe.try_clone()?;
        let (announce, state) = watch::channel(TracedState::default());
        self.seen.recorder().attach(Box::new(Told {
            boot,
            pipe: Some(pipe),
            rest: Vec::new(),
            began: false,
            seen: Arc::clone(&self.seen),
            armed: Arc::clone(&self.armed),
            announce,
        }));
        Ok(Traced { request, state, news })
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
                armed.faults.retain(|fault| label.as_ref().is_some_and(|label| fault.label != *label));
                Order::Lift(label)
            }
        };
        if let Some(orders) = &armed.orders {
            let mut line = serde_json::to_vec(&order)?;
            line.push(b'\n');
            // In one piece, since the helper may read at any moment.
            OpenOptions::new().append(true).open(orders)?.write_all(&line)?;
        }
        Ok(())
    }
}

/// The events of one start, as the journal takes them.
struct Told {
    boot: u32,
    /// Closed when the helper has ended.
    pipe: Option<File>,
    rest: Vec<u8>,
    /// Whether the helper has opened its end: before that, the pipe looks as if it had closed it.
    began: bool,
    seen: Arc<Seen>,
    armed: Arc<Mutex<Armed>>,
    announce: watch::Sender<TracedState>,
}

impl Source for Told {
    fn take(&mut self) -> Vec<(Instant, Fact)> {
        let mut facts = Vec::new();
        if self.read() {
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                match serde_json::from_slice(&line) {
                    Ok(Line::Event(event)) => self.translate(event, &mut facts),
                    Ok(Line::Failed(why)) => self.announce.send_modify(|state| state.failure = Some(why)),
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

impl Told {
    /// Takes what is in the pipe; whether anything was.
    fn read(&mut self) -> bool {
        let Some(pipe) = &mut self.pipe else { return false };
        let before = self.rest.len();
        let mut buffer = [0; 16 * 1024];
        let ended = loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break self.began,
                Ok(read) => {
                    self.began = true;
                    self.rest.extend_from_slice(buffer.get(..read).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break error.kind() != io::ErrorKind::WouldBlock,
            }
        };
        if ended {
            self.pipe = None;
        }
        self.rest.len() > before
    }

    fn translate(&self, event: Event, facts: &mut Vec<(Instant, Fact)>) {
        match event {
            Event::Started { at_us, pid, present, .. } => {
                for change in present {
                    self.state(at_us, &change.path, change.after.as_ref(), DiskCause::Found, facts);
                }
                self.announce.send_modify(|state| state.process = Some(pid));
            }
            Event::Call(call) => self.call(*call, facts),
            Event::External { at_us, path, after, .. } => {
                if let Some(name) = self.name(&path) {
                    let cause = self.seen.outsider(&name);
                    self.state(at_us, &path, after.as_deref(), cause, facts);
                }
            }
            Event::Blind { at_us, why, hidden, path, .. } => {
                let hidden = match hidden {
                    diskwatch::Hidden::Calls => Hidden::Calls,
                    diskwatch::Hidden::Outsiders => Hidden::Outsiders,
                    diskwatch::Hidden::Nothing => Hidden::Nothing,
                };
                let path = path.map(|path| self.shown(&path));
                facts.push((instant(at_us), Fact::Blind(BlindFact { boot: self.boot, why, hidden, path })));
            }
            Event::FaultFired { at_us, label, .. } => {
                let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
                // One that fires at every call has never had its last turn.
                armed.faults.retain(|fault| fault.label != label || fault.nth == 0);
                let label = self.redact(&label);
                let fact = FaultFact { label, kind: FaultKind::Disk, what: "fired".into(), exchange: None };
                facts.push((instant(at_us), Fact::Fault(fact)));
            }
            // Whether it fires in a later start, the end of the journal tells.
            Event::FaultUnfired { .. } => {}
            Event::Exited { code, signal, .. } => {
                self.announce.send_modify(|state| state.exit = Some(Exit { code, signal }));
            }
        }
    }

    fn call(&self, call: diskwatch::Call, facts: &mut Vec<(Instant, Fact)>) {
        let Some(class) = class_of(call.class) else { return };
        let at_us = call.at_us;
        let acted_on = if call.other_path.is_some() { &call.other_after } else { &call.after };
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
        let Some(name) = self.name(path) else { return };
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
            content: state
                .content
                .as_ref()
                .map(|content| self.seen.recorder().redactor().redact_bytes(content.as_bytes())),
            digest: state.digest.as_ref().map(ToString::to_string),
            target: state.target.as_deref().map(|target| self.redact(target)),
        }
    }

    /// The path as the journal names it; none for the stage's own directory and for what lies outside.
    fn name(&self, path: &Place) -> Option<String> {
        (path.root.is_some() && path.path != ".").then(|| path.path.clone())
    }

    fn shown(&self, path: &Place) -> String {
        self.redact(&path.path)
    }

    fn redact(&self, text: &str) -> String {
        self.seen.recorder().redactor().redact(text)
    }
}

fn class_of(class: CallClass) -> Option<DiskCallClass> {
    DiskCallClass::ALL.into_iter().find(|known| watched_class(*known) == class)
}

/// The watcher's word for a group of calls.
pub(crate) fn watched_class(class: DiskCallClass) -> CallClass {
    match class {
        DiskCallClass::Open => CallClass::Open,
        DiskCallClass::Write => CallClass::Write,
        DiskCallClass::Truncate => CallClass::Truncate,
        DiskCallClass::Sync => CallClass::Sync,
        DiskCallClass::Rename => CallClass::Rename,
        DiskCallClass::Link => CallClass::Link,
        DiskCallClass::Unlink => CallClass::Unlink,
        DiskCallClass::Mkdir => CallClass::Mkdir,
        DiskCallClass::Mknod => CallClass::Mknod,
        DiskCallClass::Chmod => CallClass::Chmod,
        DiskCallClass::Chown => CallClass::Chown,
        DiskCallClass::Utime => CallClass::Utime,
        DiskCallClass::Xattr => CallClass::Xattr,
        DiskCallClass::Map => CallClass::Map,
    }
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

/// The helper: watches a program to its end and tells what it does; comes back with the program's exit code.
///
/// Must run in a process with a single thread and without other children.
pub fn trace_process(
    request: &Path,
    umask: u32,
    program: PathBuf,
    arguments: Vec<OsString>,
) -> io::Result<i32> {
    let told: TraceRequest = serde_json::from_slice(&fs::read(request)?)?;
    let mut events = OpenOptions::new().write(true).open(&told.events)?;
    let mut orders = File::open(&told.orders)?;
    let mut tell = |line: &Line| {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        events.write_all(&text)
    };
    let watched = Request {
        directories: vec![told.root],
        umask: Some(umask),
        program,
        arguments,
        faults: told.faults,
        die_with_parent: true,
        process_group: ProcessGroup::Own,
        hash_key: told.key,
        read_at_most: READ_AT_MOST,
    };
    let mut unread = Vec::new();
    let mut take_orders = || {
        // What cannot be read now is read at the next call.
        let _ = orders.read_to_end(&mut unread);
        let mut taken = Vec::new();
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            taken.extend(serde_json::from_slice::<Order>(&line).ok());
        }
        taken
    };
    let outcome = diskwatch::watch(watched, &mut take_orders, &mut |event| tell(&Line::Event(event)));
    match outcome {
        Ok(outcome) => Ok(outcome.exit_code()),
        Err(error) => {
            let why = match &error {
                WatchError::Refused(refusal) => refusal.to_string(),
                other => match std::error::Error::source(other) {
                    Some(source) => format!("{other}: {source}"),
                    None => other.to_string(),
                },
            };
            tell(&Line::Failed(why))?;
            Ok(NOT_WATCHED)
        }
    }
}
