//! The helper's side: a process of its own around a subject, which adopts what the subject leaves behind.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, getpid, kill_process,
    kill_process_group, pidfd_open, set_child_subreaper, waitid,
};

use super::Line;
use crate::driver::relatives::children_of;

/// The helper: runs a command until no process of it is left, or until its pipe has no reader any more, and then ends it.
///
/// Must run in a process without other children.
pub fn supervise(
    pipe: &Path,
    umask: Option<u32>,
    command: impl IntoIterator<Item = OsString>,
) -> io::Result<()> {
    // Fails where the harness is gone already.
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut pipe = File::from(rustix::fs::open(pipe, flags, Mode::empty())?);
    set_child_subreaper(Some(getpid()))?;
    // The last step before the subject, which dies with this process.
    let child = Command::new(std::env::current_exe()?)
        .arg("launch")
        .args(umask.map(|umask| format!("--umask={umask:03o}")))
        .arg(format!("--parent={}", std::process::id()))
        .arg("--")
        .args(command)
        .process_group(0)
        .spawn()?;
    let leader = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or(Errno::SRCH)?;
    let mut family = Family {
        leader,
        has_ended: false,
    };
    tell(&mut pipe, &Line::Started(leader.as_raw_nonzero().get()))?;
    let mut is_wanted = true;
    loop {
        let (living, ended) = family.look()?;
        if let Some(line) = ended {
            // If the pipe has no reader any more, the next look at it says so.
            let _ = tell(&mut pipe, &line);
        }
        if living.is_empty() {
            return Ok(());
        }
        if !is_wanted {
            family.kill(&living);
        }
        is_wanted &= wait(is_wanted.then_some(&pipe), &living)?;
    }
}

fn tell(pipe: &mut File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    pipe.write_all(&text)
}

/// Waits until one of these processes ends or the other end of the pipe is closed; whether it is open.
fn wait(pipe: Option<&File>, living: &[Pid]) -> io::Result<bool> {
    let ends = living
        .iter()
        .map(|process| pidfd_open(*process, PidfdFlags::empty()));
    let ends = ends.collect::<Result<Vec<OwnedFd>, Errno>>()?;
    let mut watched: Vec<PollFd<'_>> = ends
        .iter()
        .map(|end| PollFd::from_borrowed_fd(end.as_fd(), PollFlags::IN))
        .collect();
    // Only its closing is looked for, which needs no asking.
    watched.extend(pipe.map(|pipe| PollFd::new(pipe, PollFlags::empty())));
    match poll(&mut watched, None) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let is_closed = pipe.is_some()
        && watched
            .last()
            .is_some_and(|pipe| !pipe.revents().is_empty());
    Ok(!is_closed)
}

/// The subject and the processes that were adopted.
struct Family {
    leader: Pid,
    has_ended: bool,
}

impl Family {
    /// The living. The dead are reaped except the subject itself: until it is reaped, its id and its group's are not reused.
    fn look(&mut self) -> io::Result<(Vec<Pid>, Option<Line>)> {
        let mut living = Vec::new();
        let mut ended = None;
        if !self.has_ended {
            match waitid(
                WaitId::Pid(self.leader),
                WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT,
            )? {
                Some(status) => {
                    self.has_ended = true;
                    ended = Some(end_of(&status));
                }
                None => living.push(self.leader),
            }
        }
        // A process that ends may leave children that are adopted only then: a look at which one was reaped is not complete.
        let mut is_complete = false;
        while !is_complete {
            is_complete = true;
            living.truncate(usize::from(!self.has_ended));
            for child in children_of(getpid()) {
                if child == self.leader {
                    continue;
                }
                if waitid(
                    WaitId::Pid(child),
                    WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
                )?
                .is_none()
                {
                    living.push(child);
                } else {
                    is_complete = false;
                }
            }
        }
        Ok((living, ended))
    }

    /// Kills those who live; what they leave is adopted, and seen at the next look.
    fn kill(&self, living: &[Pid]) {
        // None of them was waited for, and neither was the leader of the group: these ids are theirs.
        let _ = kill_process_group(self.leader, Signal::KILL);
        for process in living {
            let _ = kill_process(*process, Signal::KILL);
        }
    }
}

fn end_of(status: &WaitIdStatus) -> Line {
    Line::Exited {
        code: status.exit_status(),
        signal: status.terminating_signal(),
    }
}
