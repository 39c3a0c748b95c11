//! A watched call begins: its surroundings are noted and the faults that are due are applied.

use std::time::Duration;

use super::entry::Aim;
use super::exit::{in_microseconds, watched};
use super::inside::{Inside, Pending};
use super::memory::ThreadMemory;
use super::schedule::Then;
use super::tracer::{Tracer, go_on};
use crate::decode::{Definition, Memory as _, Operand, Transfer, flag_names};
use crate::event::Call;
use crate::fault::{Effect, Fired, When};
use crate::kernel;
use crate::observe::{Kind, Located, Place, State};
use crate::request::WatchError;

/// As many buffers of a vectored write are looked at to find one that is not empty.
const BUFFERS_AT_MOST: usize = 64;

impl Tracer<'_> {
    pub(super) fn begin(
        &mut self,
        thread: i32,
        aim: Aim,
        counted: Option<Vec<Fired>>,
    ) -> Result<(), WatchError> {
        let named: Vec<Place> = [Some(&aim.target), aim.other.as_ref()]
            .into_iter()
            .flatten()
            .map(|one| one.place.clone())
            .collect();
        let Definition {
            class, may_wait, ..
        } = aim.asked.definition;
        let fired = if let Some(fired) = counted {
            fired
        } else {
            self.take_orders()?;
            let mut fired = self.faults.count(When::Before, class, &watched(&named));
            if let Some(delay) = take_delay(&mut fired) {
                let until = kernel::now_us().saturating_add(in_microseconds(delay));
                self.schedule.hold(thread, until, Then::Begin(fired));
                return Ok(());
            }
            fired
        };
        self.note_external(&named)?;
        let mut pending = self.pending(thread, aim, named);
        // As may the opening of a pipe: the other thread must get its turn.
        let may_wait = may_wait
            || pending
                .call
                .before
                .as_ref()
                .is_some_and(|state| state.kind == Kind::Pipe);
        for fault in &fired {
            pending
                .call
                .injected
                .get_or_insert_with(|| fault.label.clone());
            match fault.effect {
                Effect::Kill => {
                    pending.fired.clone_from(&fired);
                    return self.kill_before(pending);
                }
                Effect::Errno(number) => {
                    go_on(kernel::set_number(thread, -1))?;
                    pending.forced = Some(-i64::from(number));
                }
                Effect::ShortWrite(length) => Self::shorten(thread, &mut pending, length as u64)?,
                Effect::Delay(_) => {}
            }
        }
        pending.fired = fired;
        if !may_wait {
            self.schedule.take(thread);
        }
        self.inside
            .insert(thread, Inside::Watched(Box::new(pending)));
        go_on(kernel::resume_to_exit(thread))
    }

    fn pending(&mut self, thread: i32, aim: Aim, named: Vec<Place>) -> Pending {
        let Aim {
            asked,
            arguments,
            target,
            other,
        } = aim;
        let descriptor = match asked.target {
            Operand::Descriptor(number) => Some(number),
            Operand::Path { .. } => None,
        };
        let call = Call {
            index: self.calls,
            at_us: 0,
            pid: self.tree.process(thread),
            tid: thread,
            name: asked.definition.name.to_owned(),
            class: asked.definition.class,
            path: target.place.clone(),
            other_path: other.as_ref().map(|other| other.place.clone()),
            descriptor,
            flags: asked.flags.map(flag_names).unwrap_or_default(),
            mode: asked.mode,
            length: asked.length,
            result: None,
            detached: target.detached,
            // A nameless file never exists before the call, whatever its directory holds.
            before: if asked.is_nameless() {
                None
            } else {
                self.state(&target)
            },
            after: None,
            other_before: other.as_ref().and_then(|other| self.state(other)),
            other_after: None,
            also: Vec::new(),
            injected: None,
        };
        Pending {
            call,
            target,
            other,
            named,
            arguments,
            number: asked.definition.number.cast_signed(),
            transfer: asked.definition.transfer,
            forced: None,
            changed: Vec::new(),
            fired: Vec::new(),
        }
    }

    pub(super) fn state(&self, located: &Located) -> Option<State> {
        if located.is_descriptor {
            self.observer.behind(&located.path)
        } else {
            self.observer.at(&located.path)
        }
    }

    fn kill_before(&mut self, mut pending: Pending) -> Result<(), WatchError> {
        pending.call.after.clone_from(&pending.call.before);
        pending
            .call
            .other_after
            .clone_from(&pending.call.other_before);
        self.record(pending.call, &pending.fired)?;
        // The kernel skips the call of a thread that is killed at this stop.
        self.kill_all();
        Ok(())
    }

    /// Makes the call itself write less, so that what is on the disk is as the caller is told.
    fn shorten(thread: i32, pending: &mut Pending, at_most: u64) -> Result<(), WatchError> {
        match pending.transfer {
            Transfer::Length(position) => {
                let length = pending.arguments[position].min(at_most);
                pending.changed.push(position);
                go_on(kernel::set_argument(thread, position, length))
            }
            Transfer::Vector { plain } => {
                let Some((address, length)) = first_buffer(thread, pending.arguments) else {
                    return Ok(());
                };
                pending.changed.extend([1, 2]);
                go_on(kernel::set_number(
                    thread,
                    i32::try_from(plain).unwrap_or_default(),
                ))?;
                go_on(kernel::set_argument(thread, 1, address))?;
                go_on(kernel::set_argument(thread, 2, length.min(at_most)))
            }
            Transfer::Unsaid => Ok(()),
        }
    }
}

/// The longest delay before the call; the faults stay in the list, but will not delay again.
fn take_delay(fired: &mut [Fired]) -> Option<Duration> {
    let delays = fired
        .iter_mut()
        .filter_map(|fault| match &mut fault.effect {
            Effect::Delay(delay) => Some(std::mem::take(delay)),
            _ => None,
        });
    delays.max()
}

/// Address and length of the first buffer that is not empty.
fn first_buffer(thread: i32, arguments: [u64; 6]) -> Option<(u64, u64)> {
    let count = usize::try_from(arguments[2]).ok()?.min(BUFFERS_AT_MOST);
    let list = ThreadMemory(thread).bytes(arguments[1], count * 16).ok()?;
    let word = |bytes: &[u8]| bytes.try_into().map(u64::from_ne_bytes).ok();
    list.chunks_exact(16)
        .filter_map(|entry| Some((word(&entry[..8])?, word(&entry[8..])?)))
        .find(|(_, length)| *length > 0)
}
