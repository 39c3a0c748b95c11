//! The loop itself: one thread waits for the next event in the process tree and decides how to continue.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::time::Duration;

use super::inside::Inside;
use super::schedule::{Schedule, Then, Waiting};
use super::tree::Tree;
use crate::decode::Definition;
use crate::event::{Event, Hidden};
use crate::fault::{Fault, FaultBook, Order};
use crate::kernel::{self, Forwarding, Stop, Waited};
use crate::observe::{Change, Ledger, Observer, Place, Roots, is_readable};
use crate::request::{Outcome, Role, WatchError};

/// How often to check whether the last stragglers are to end.
const STRAGGLER_LOOK: Duration = Duration::from_millis(20);
/// How precise the end of a delay is.
const DELAY_LOOK: Duration = Duration::from_millis(2);

/// What a tracer begins with.
pub(crate) struct Setting {
    pub(crate) program: i32,
    pub(crate) roots: Roots,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) observer: Observer,
    pub(crate) role: Role,
}

/// Watches one tree. All requests to the kernel must come from the thread that started the program.
pub(crate) struct Tracer<'a> {
    program: i32,
    role: Role,
    pub(super) roots: Roots,
    pub(super) definitions: Vec<Definition>,
    pub(super) faults: FaultBook,
    pub(super) observer: Observer,
    pub(super) ledger: Ledger,
    pub(super) schedule: Schedule,
    pub(super) tree: Tree,
    pub(super) inside: HashMap<i32, Inside>,
    pub(super) calls: u64,
    pub(super) stops: u64,
    orders: &'a mut dyn FnMut() -> Vec<Order>,
    sink: &'a mut dyn FnMut(Event) -> io::Result<()>,
    warned: HashSet<(i32, &'static str)>,
    started: bool,
    condemned: bool,
    ending: Option<(Option<i32>, Option<i32>)>,
}

impl<'a> Tracer<'a> {
    pub(crate) fn new(
        setting: Setting,
        orders: &'a mut dyn FnMut() -> Vec<Order>,
        sink: &'a mut dyn FnMut(Event) -> io::Result<()>,
    ) -> Self {
        Self {
            program: setting.program,
            role: setting.role,
            roots: setting.roots,
            definitions: setting.definitions,
            faults: FaultBook::new(setting.faults),
            observer: setting.observer,
            ledger: Ledger::new(),
            schedule: Schedule::default(),
            tree: Tree::new(setting.program),
            inside: HashMap::new(),
            calls: 0,
            stops: 0,
            orders,
            sink,
            warned: HashSet::new(),
            started: false,
            condemned: false,
            ending: None,
        }
    }

    /// Runs until no process of the tree is left.
    pub(crate) fn run(mut self) -> Result<Outcome, WatchError> {
        if let Err(error) = self.follow() {
            self.clear_away();
            return Err(error);
        }
        if self.started {
            self.note_external(&[])?;
        }
        // A fault that came after the last call has not fired either.
        self.take_orders()?;
        for label in self.faults.unfired() {
            self.emit(Event::FaultUnfired {
                at_us: kernel::now_us(),
                label,
            })?;
        }
        let (code, signal) = self.ending.unwrap_or_default();
        Ok(Outcome {
            pid: self.program,
            code,
            signal,
            calls: self.calls,
            stops: self.stops,
        })
    }

    fn follow(&mut self) -> Result<(), WatchError> {
        loop {
            match tolerated(kernel::wait().map(Some), "wait for the program")?.flatten() {
                Some(Waited::NobodyLeft) => break,
                Some(Waited::Thread(thread, stop)) => self.on_stop(thread, stop)?,
                Some(Waited::Interrupted) | None => {
                    if self.ending.is_some() && Forwarding::end_asked() {
                        self.kill_all();
                    }
                }
            }
            self.release_due()?;
        }
        if self.role == Role::Helper {
            tolerated(kernel::tick_never(), "stop the timer")?;
        }
        Ok(())
    }

    fn on_stop(&mut self, thread: i32, stop: Stop) -> Result<(), WatchError> {
        if self.condemned && !matches!(stop, Stop::Exited(_) | Stop::Killed(_)) {
            // Started by a process that has been killed meanwhile.
            kernel::kill(thread);
            return Ok(());
        }
        match stop {
            Stop::Exited(code) => self.on_gone(thread, Some(code), None),
            Stop::Killed(signal) => self.on_gone(thread, None, Some(signal)),
            Stop::SyscallExit => self.on_exit(thread),
            Stop::Signal(signal) => go_on(kernel::resume(thread, signal)),
            Stop::Event {
                event: libc::PTRACE_EVENT_SECCOMP,
                ..
            } => self.on_entry(thread),
            Stop::Event {
                event: libc::PTRACE_EVENT_EXEC,
                ..
            } => self.on_exec(thread),
            Stop::Event {
                event: libc::PTRACE_EVENT_STOP,
                signal: libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU,
            } => go_on(kernel::listen(thread)),
            Stop::Event { event, .. } => {
                if matches!(
                    event,
                    libc::PTRACE_EVENT_CLONE | libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK
                ) && let Some(child) =
                    tolerated(kernel::event_message(thread), "ask for a new thread")?
                    && let Ok(child) = i32::try_from(child)
                {
                    self.tree.process(child);
                }
                go_on(kernel::resume(thread, 0))
            }
        }
    }

    fn on_exec(&mut self, thread: i32) -> Result<(), WatchError> {
        // A thread that replaces the program of its process takes over the leader's id; all others are gone.
        if let Some(former) = tolerated(
            kernel::event_message(thread),
            "ask for a thread's former id",
        )? && let Ok(former) = i32::try_from(former)
            && former != thread
        {
            self.forget(former);
        }
        // The leader may have been inside a call that waited; its end is not reported.
        self.interrupted(thread)?;
        self.forget(thread);
        self.tree.leads(thread);
        if !self.started && thread == self.program {
            self.started = true;
            let present = self.look(&[])?;
            let status = fs::read_to_string(format!("/proc/{thread}/status")).unwrap_or_default();
            let no_new_privileges = status.lines().any(|line| line == "NoNewPrivs:\t1");
            let at_us = kernel::now_us();
            self.emit(Event::Started {
                at_us,
                pid: thread,
                no_new_privileges,
                present,
            })?;
        }
        if !is_readable(thread) {
            self.blind(
                thread,
                "unreadable",
                "it runs as another user whose files in `/proc` are closed to us; CAP_SYS_PTRACE opens them",
                Hidden::Calls,
            )?;
        }
        go_on(kernel::resume(thread, 0))?;
        self.give_turn()
    }

    fn on_gone(
        &mut self,
        thread: i32,
        code: Option<i32>,
        signal: Option<i32>,
    ) -> Result<(), WatchError> {
        self.interrupted(thread)?;
        self.forget(thread);
        self.warned.retain(|(process, _)| *process != thread);
        if thread == self.program {
            self.ending = Some((code, signal));
            let at_us = kernel::now_us();
            if self.started {
                self.note_external(&[])?;
                self.emit(Event::Exited {
                    at_us,
                    pid: thread,
                    code,
                    signal,
                })?;
            }
            if !self.tree.is_empty() {
                self.tick(STRAGGLER_LOOK, STRAGGLER_LOOK)?;
            }
        }
        self.give_turn()
    }

    /// Records the call that a thread was inside when it was killed.
    fn interrupted(&mut self, thread: i32) -> Result<(), WatchError> {
        match self.inside.remove(&thread) {
            Some(Inside::Watched(pending)) => self.conclude(*pending),
            Some(Inside::Refused) | None => Ok(()),
        }
    }

    fn forget(&mut self, thread: i32) {
        self.tree.forget(thread);
        self.inside.remove(&thread);
        self.schedule.forget(thread);
    }

    /// Lets waiting calls begin for as long as the turn is free.
    pub(super) fn give_turn(&mut self) -> Result<(), WatchError> {
        while let Some(Waiting { thread, fired }) = self.schedule.next() {
            self.attempt(thread, fired)?;
        }
        Ok(())
    }

    fn release_due(&mut self) -> Result<(), WatchError> {
        if self.schedule.earliest_us().is_none() {
            return Ok(());
        }
        for (thread, then) in self.schedule.due(kernel::now_us()) {
            match then {
                Then::Resume => go_on(kernel::resume(thread, 0))?,
                Then::Begin(fired) => self.attempt(thread, Some(fired))?,
            }
        }
        match self.schedule.earliest_us() {
            Some(until_us) => {
                let first = Duration::from_micros(until_us.saturating_sub(kernel::now_us()));
                self.tick(first, DELAY_LOOK)
            }
            None if self.ending.is_some() => self.tick(STRAGGLER_LOOK, STRAGGLER_LOOK),
            None => go_on(kernel::tick_never()),
        }
    }

    fn tick(&self, first: Duration, then: Duration) -> Result<(), WatchError> {
        // A guest must not interrupt its host's threads; it has no delays and is never asked to end.
        match self.role {
            Role::Helper => go_on(kernel::tick_every(first, then)),
            Role::Guest => Ok(()),
        }
    }

    /// Kills the tree, including processes that still join it.
    pub(super) fn kill_all(&mut self) {
        self.condemned = true;
        for process in self.tree.processes() {
            kernel::kill(process);
        }
    }

    fn clear_away(&mut self) {
        self.kill_all();
        loop {
            match kernel::wait() {
                Ok(Waited::NobodyLeft) | Err(_) => break,
                Ok(Waited::Thread(
                    thread,
                    Stop::Event { .. } | Stop::Signal(_) | Stop::SyscallExit,
                )) => {
                    kernel::kill(thread);
                }
                Ok(Waited::Thread(..) | Waited::Interrupted) => {}
            }
        }
    }

    /// Scans everything and returns what changed, by any process.
    pub(super) fn look(&mut self, named: &[Place]) -> Result<Vec<Change>, WatchError> {
        self.roots.refresh();
        let changes = self.ledger.refresh(&self.roots, &self.observer, named);
        if self.ledger.is_partial() {
            self.blind(
                0,
                "crowd",
                "the directories hold too many files: changes from outside are seen only where the program acts too",
                Hidden::Outsiders,
            )?;
        }
        Ok(changes)
    }

    /// Reports changes that no process of the tree can have made, because none was inside a call that names them.
    pub(super) fn note_external(&mut self, named: &[Place]) -> Result<(), WatchError> {
        let changes = self.look(named)?;
        let partial = self.ledger.is_partial();
        // In a crowd, a path named for the first time is merely new to us.
        let is_first_sight =
            |change: &Change| partial && change.before.is_none() && named.contains(&change.path);
        for change in changes.into_iter().filter(|change| !is_first_sight(change)) {
            self.emit_external(change)?;
        }
        Ok(())
    }

    /// Reports a change, unless a call without the turn is about to report it.
    pub(super) fn emit_external(&mut self, change: Change) -> Result<(), WatchError> {
        let Change {
            path,
            before,
            after,
        } = change;
        let names = |inside: &Inside| matches!(inside, Inside::Watched(pending) if pending.named.contains(&path));
        if self.inside.values().any(names) {
            return Ok(());
        }
        self.emit(Event::External {
            at_us: kernel::now_us(),
            path,
            before: before.map(Box::new),
            after: after.map(Box::new),
        })
    }

    /// Reports something that may happen unseen, once per process.
    pub(super) fn blind(
        &mut self,
        thread: i32,
        key: &'static str,
        why: &str,
        hidden: Hidden,
    ) -> Result<(), WatchError> {
        let pid = if thread == 0 {
            0
        } else {
            self.tree.process(thread)
        };
        if !self.warned.insert((pid, key)) {
            return Ok(());
        }
        self.emit(Event::Blind {
            at_us: kernel::now_us(),
            why: why.to_owned(),
            pid,
            hidden,
            path: None,
        })
    }

    /// Takes the orders that have come since the last look; a fault lifted before it fired is reported.
    pub(super) fn take_orders(&mut self) -> Result<(), WatchError> {
        for order in (self.orders)() {
            match order {
                Order::Set(fault) => self.faults.set(fault),
                Order::Lift(label) => {
                    for label in self.faults.lift(label.as_deref()) {
                        self.emit(Event::FaultUnfired {
                            at_us: kernel::now_us(),
                            label,
                        })?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn emit(&mut self, event: Event) -> Result<(), WatchError> {
        (self.sink)(event).map_err(WatchError::Sink)
    }
}

/// Treats a request to a thread that has been killed meanwhile as done: its end will be reported.
pub(super) fn tolerated<T>(
    result: io::Result<T>,
    attempted: &'static str,
) -> Result<Option<T>, WatchError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(None),
        Err(source) => Err(WatchError::Kernel { attempted, source }),
    }
}

pub(super) fn go_on(result: io::Result<()>) -> Result<(), WatchError> {
    tolerated(result, "let the program go on").map(drop)
}
