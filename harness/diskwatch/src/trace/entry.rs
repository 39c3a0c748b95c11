//! A thread is about to make a call that may change a file: what is it, is it on a watched path, whose turn is it.

use super::inside::Inside;
use super::memory::ThreadMemory;
use super::schedule::Waiting;
use super::tracer::{Tracer, go_on, tolerated};
use crate::decode::{Asked, Definition, Shape, Unreadable};
use crate::event::Hidden;
use crate::fault::Fired;
use crate::filter::FOREIGN;
use crate::kernel::{self, SyscallStop};
use crate::observe::{Located, Locator};
use crate::request::WatchError;
use crate::unavailable::{Step, TracingUnavailable};

/// A call on a watched path, before it runs.
pub(super) struct Aim {
    pub(super) asked: Asked,
    pub(super) arguments: [u64; 6],
    pub(super) target: Located,
    pub(super) other: Option<Located>,
}

const CLOSED: &str = "its calls cannot be resolved: it runs as another user; CAP_SYS_PTRACE opens its files in `/proc` to us";

impl Tracer<'_> {
    pub(super) fn on_entry(&mut self, thread: i32) -> Result<(), WatchError> {
        self.stops += 1;
        let Some((definition, _)) = self.definition(thread)? else {
            return go_on(kernel::resume(thread, 0));
        };
        match definition.shape {
            Shape::Refused => {
                let why = format!("{} is refused with ENOSYS", definition.name);
                self.blind(thread, definition.name, &why, Hidden::Nothing)?;
                go_on(kernel::set_number(thread, -1))?;
                self.inside.insert(thread, Inside::Refused);
                go_on(kernel::resume_to_exit(thread))
            }
            Shape::Unseen(why) => {
                self.blind(thread, definition.name, why, Hidden::Calls)?;
                go_on(kernel::resume(thread, 0))
            }
            Shape::Descriptor(_) | Shape::Path(_) | Shape::Pair(..) => self.attempt(thread, None),
        }
    }

    /// Begins the call a thread is stopped at if it is on a watched path and the turn is free. It is read afresh
    /// each time: what it names may have changed while it waited.
    pub(super) fn attempt(
        &mut self,
        thread: i32,
        fired: Option<Vec<Fired>>,
    ) -> Result<(), WatchError> {
        let aim = match self.definition(thread)? {
            Some((definition, arguments)) => self.aim(thread, definition, arguments)?,
            None => None,
        };
        match aim {
            None => go_on(kernel::resume(thread, 0)),
            Some(_) if !self.schedule.is_free() => {
                self.schedule.park(Waiting { thread, fired });
                Ok(())
            }
            Some(aim) => self.begin(thread, aim, fired),
        }
    }

    fn definition(&mut self, thread: i32) -> Result<Option<(Definition, [u64; 6])>, WatchError> {
        let stop = match kernel::syscall_stop(thread) {
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::EIO | libc::EINVAL | libc::ENOSYS)
                ) =>
            {
                return Err(WatchError::Refused(TracingUnavailable::of(
                    Step::Inspect,
                    thread,
                    &error,
                )));
            }
            other => tolerated(other, "ask which call a thread is at")?,
        };
        let Some(SyscallStop::Entry {
            audit,
            rule,
            arguments,
        }) = stop
        else {
            return Ok(None);
        };
        if rule == FOREIGN {
            let why = format!(
                "it makes system calls of another convention ({audit:#x}), which are not read"
            );
            self.blind(thread, "convention", &why, Hidden::Calls)?;
            return Ok(None);
        }
        Ok(self
            .definitions
            .get(usize::from(rule))
            .map(|definition| (*definition, arguments)))
    }

    /// What a call is on; `None` if it is on nothing watched, as far as can be seen.
    fn aim(
        &mut self,
        thread: i32,
        definition: Definition,
        arguments: [u64; 6],
    ) -> Result<Option<Aim>, WatchError> {
        let asked = match Asked::read(definition, arguments, &ThreadMemory(thread)) {
            Ok(Some(asked)) => asked,
            // With a bad address the call fails by itself.
            Ok(None) | Err(Unreadable::BadAddress | Unreadable::Gone) => return Ok(None),
            Err(Unreadable::Forbidden) => {
                self.blind(thread, "unreadable", CLOSED, Hidden::Calls)?;
                return Ok(None);
            }
        };
        let process = self.tree.process(thread);
        self.roots.refresh();
        let locator = Locator {
            roots: &self.roots,
            thread,
            process,
        };
        let found = locator.locate(&asked.target).and_then(|target| {
            let other = asked
                .other
                .as_ref()
                .map(|other| locator.locate(other))
                .transpose()?;
            Ok((target, other.flatten()))
        });
        let Ok((target, other)) = found else {
            self.blind(thread, "unreadable", CLOSED, Hidden::Calls)?;
            return Ok(None);
        };
        let is_watched =
            |located: &Option<Located>| located.as_ref().is_some_and(Located::is_watched);
        let watched = is_watched(&target) || is_watched(&other);
        Ok(target.filter(|_| watched).map(|target| Aim {
            asked,
            arguments,
            target,
            other,
        }))
    }
}
