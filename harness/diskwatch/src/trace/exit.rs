//! A watched call has run: what did it return, what did it change, and how does its thread go on.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::inside::{Inside, Pending};
use super::schedule::Then;
use super::tracer::{Tracer, go_on, tolerated};
use crate::decode::CallClass;
use crate::event::{Call, CallResult, Event, Hidden};
use crate::fault::{Effect, Fired, When};
use crate::kernel::{self, SyscallStop};
use crate::observe::{Change, Located, Locator, Place, State};
use crate::request::WatchError;

/// Results by which the kernel says that it will issue the call again after a signal.
const ISSUED_AGAIN: RangeInclusive<i64> = -516..=-512;
const ERRORS: RangeInclusive<i64> = -4095..=-1;

const MAPPED: &str = "it maps a watched file shared and writable; its stores are not seen";

impl Tracer<'_> {
    pub(super) fn on_exit(&mut self, thread: i32) -> Result<(), WatchError> {
        let inside = self.inside.remove(&thread);
        let Some(SyscallStop::Exit(value)) =
            tolerated(kernel::syscall_stop(thread), "ask for the result of a call")?
        else {
            return go_on(kernel::resume(thread, 0));
        };
        match inside {
            None => go_on(kernel::resume(thread, 0)),
            Some(Inside::Refused) => {
                go_on(kernel::set_result(thread, -i64::from(libc::ENOSYS)))?;
                go_on(kernel::resume(thread, 0))
            }
            Some(Inside::Watched(pending)) => {
                self.finish(thread, *pending, value)?;
                self.give_turn()
            }
        }
    }

    fn finish(&mut self, thread: i32, mut pending: Pending, value: i64) -> Result<(), WatchError> {
        Self::put_back(thread, &pending)?;
        self.schedule.release(thread);
        let class = pending.call.class;
        if pending.forced.is_none() && ISSUED_AGAIN.contains(&value) {
            self.faults.discount(class, &watched(&pending.named));
            return go_on(kernel::resume(thread, 0));
        }
        let took_effect = pending.forced.is_none() && !ERRORS.contains(&value);
        let mut afterwards = Vec::new();
        if took_effect {
            match class {
                CallClass::Open => self.opened(thread, &mut pending, value)?,
                CallClass::Map => self.mapped(thread, &pending)?,
                _ => {}
            }
            afterwards = self
                .faults
                .count(When::After, class, &watched(&pending.named));
        }
        for fault in &afterwards {
            pending
                .call
                .injected
                .get_or_insert_with(|| fault.label.clone());
            if let Effect::Errno(number) = fault.effect {
                pending.forced = Some(-i64::from(number));
            }
        }
        let result = pending.forced.unwrap_or(value);
        if pending.forced.is_some() {
            go_on(kernel::set_result(thread, result))?;
        }
        pending.call.result = Some(CallResult::from_register(result));
        pending.fired.extend(afterwards.iter().cloned());
        self.conclude(pending)?;
        self.go_on_after(thread, &afterwards)
    }

    /// Gives the caller its registers back: compilers rely on a call to leave its arguments alone. The first one shares
    /// its register with the result on one architecture, but it is never changed.
    fn put_back(thread: i32, pending: &Pending) -> Result<(), WatchError> {
        if pending.changed.is_empty() {
            return Ok(());
        }
        for position in &pending.changed {
            go_on(kernel::set_argument(
                thread,
                *position,
                pending.arguments[*position],
            ))?;
        }
        // Should the kernel issue the call again, it must be the caller's.
        go_on(kernel::set_number(thread, pending.number))
    }

    fn go_on_after(&mut self, thread: i32, fired: &[Fired]) -> Result<(), WatchError> {
        if fired.iter().any(|fault| fault.effect == Effect::Kill) {
            self.kill_all();
            return Ok(());
        }
        let delays = fired.iter().filter_map(|fault| match fault.effect {
            Effect::Delay(delay) => Some(in_microseconds(delay)),
            _ => None,
        });
        match delays.max() {
            Some(delay) => {
                self.schedule
                    .hold(thread, kernel::now_us().saturating_add(delay), Then::Resume);
                Ok(())
            }
            None => go_on(kernel::resume(thread, 0)),
        }
    }

    /// The file that was opened is the one behind the new descriptor, by whichever name it was reached.
    fn opened(&mut self, thread: i32, pending: &mut Pending, value: i64) -> Result<(), WatchError> {
        let Ok(number) = i32::try_from(value) else {
            return Ok(());
        };
        let process = self.tree.process(thread);
        let found = Locator {
            roots: &self.roots,
            thread,
            process,
        }
        .descriptor(number);
        pending.call.descriptor = Some(number);
        match found {
            Ok(Some(located)) => {
                pending.call.detached = located.detached;
                if located.is_watched() {
                    pending.call.path = located.place.clone();
                    pending.named = vec![located.place.clone()];
                }
                pending.target = located;
            }
            Ok(None) => {}
            Err(_) => {
                self.blind(
                    thread,
                    "unreadable",
                    "a file it opened cannot be looked at",
                    Hidden::Calls,
                )?;
            }
        }
        Ok(())
    }

    /// Stores through a mapping are no calls: that file may change unseen from now on.
    fn mapped(&mut self, thread: i32, pending: &Pending) -> Result<(), WatchError> {
        let pid = self.tree.process(thread);
        self.emit(Event::Blind {
            at_us: kernel::now_us(),
            why: MAPPED.to_owned(),
            pid,
            hidden: Hidden::Calls,
            path: Some(pending.call.path.clone()),
        })
    }

    /// Looks at what the call left behind and records it; without a result if its caller was killed inside it.
    pub(super) fn conclude(&mut self, pending: Pending) -> Result<(), WatchError> {
        let Pending {
            mut call,
            target,
            other,
            named,
            fired,
            ..
        } = pending;
        call.after = self.state(&target).or_else(|| self.state_by_name(&target));
        call.other_after = other.as_ref().and_then(|other| self.state(other));
        for change in self.look(&named)? {
            if named.contains(&change.path) && !(call.detached && change.path == call.path) {
                // The call itself reports it.
            } else if is_caused_by(&call, &change) {
                call.also.push(change);
            } else {
                self.emit_external(change)?;
            }
        }
        self.record(call, &fired)
    }

    /// The descriptors of a caller that was killed inside its call are gone, but not the file.
    fn state_by_name(&self, target: &Located) -> Option<State> {
        let has_name = target.is_descriptor && target.is_watched() && !target.detached;
        if has_name {
            self.observer.at(&self.roots.path(&target.place))
        } else {
            None
        }
    }

    pub(super) fn record(&mut self, mut call: Call, fired: &[Fired]) -> Result<(), WatchError> {
        let at_us = kernel::now_us();
        // Calls that may wait for each other can end in another order than they began in.
        let index = self.calls;
        self.calls += 1;
        call.at_us = at_us;
        call.index = index;
        self.emit(Event::Call(Box::new(call)))?;
        for fault in fired {
            self.emit(Event::FaultFired {
                at_us,
                label: fault.label.clone(),
                index,
            })?;
        }
        Ok(())
    }
}

/// The watched ones of the paths that a call names.
pub(super) fn watched(named: &[Place]) -> Vec<&str> {
    named
        .iter()
        .filter(|place| place.root.is_some())
        .map(|place| place.path.as_str())
        .collect()
}

pub(super) fn in_microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Whether a change elsewhere is a consequence of the call: another name of the same file, or something below a renamed
/// directory. Everything else came from outside, while the call ran.
fn is_caused_by(call: &Call, change: &Change) -> bool {
    let states = [
        &call.before,
        &call.after,
        &call.other_before,
        &call.other_after,
    ];
    let is_same =
        |one: &State, two: &State| one.inode == two.inode && (one.links > 1 || two.links > 1);
    let is_link = states.into_iter().flatten().any(|state| {
        [&change.before, &change.after]
            .into_iter()
            .flatten()
            .any(|changed| is_same(state, changed))
    });
    let is_below = call.class == CallClass::Rename
        && [Some(&call.path), call.other_path.as_ref()]
            .into_iter()
            .flatten()
            .any(|directory| change.path.is_within(directory));
    is_link || is_below
}
