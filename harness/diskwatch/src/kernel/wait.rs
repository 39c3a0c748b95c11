//! Waiting for the next thing that happens to a traced thread.

use std::io;

/// The result of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// Something happened to this thread.
    Thread(i32, Stop),
    /// A signal came to us instead.
    Interrupted,
    /// No child and no traced thread is left.
    NobodyLeft,
}

/// What happened to a thread. Signals are plain numbers: real-time signals have no names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It ended with this code.
    Exited(i32),
    /// A signal ended it.
    Killed(i32),
    /// It is about to return from a system call.
    SyscallExit,
    /// It reached one of the asked-for events.
    Event {
        /// `PTRACE_EVENT_*`.
        event: i32,
        /// For a group stop, the stopping signal.
        signal: i32,
    },
    /// A signal is about to be delivered.
    Signal(i32),
}

impl Stop {
    fn from_status(status: i32) -> Self {
        if libc::WIFEXITED(status) {
            return Self::Exited(libc::WEXITSTATUS(status));
        }
        if libc::WIFSIGNALED(status) {
            return Self::Killed(libc::WTERMSIG(status));
        }
        let signal = libc::WSTOPSIG(status);
        match status >> 16 {
            0 if signal == libc::SIGTRAP | 0x80 => Self::SyscallExit,
            0 => Self::Signal(signal),
            event => Self::Event { event, signal },
        }
    }
}

/// Waits for any child or traced thread of the calling thread, and of no other.
pub(crate) fn wait() -> io::Result<Waited> {
    let mut status = 0;
    // SAFETY: `status` is a valid place for one int.
    let id = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL | libc::__WNOTHREAD) };
    if id > 0 {
        return Ok(Waited::Thread(id, Stop::from_status(status)));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ECHILD) => Ok(Waited::NobodyLeft),
        Some(libc::EINTR) => Ok(Waited::Interrupted),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::Stop;

    #[test]
    fn every_kind_of_status_is_told_apart() {
        let stopped = |signal: i32, event: i32| Stop::from_status(event << 16 | signal << 8 | 0x7f);
        assert_eq!(Stop::from_status(3 << 8), Stop::Exited(3));
        assert_eq!(
            Stop::from_status(libc::SIGKILL),
            Stop::Killed(libc::SIGKILL)
        );
        assert_eq!(stopped(libc::SIGTRAP | 0x80, 0), Stop::SyscallExit);
        // A real-time signal, which the C library keeps for itself.
        assert_eq!(stopped(33, 0), Stop::Signal(33));
        assert_eq!(
            stopped(libc::SIGTRAP, libc::PTRACE_EVENT_SECCOMP),
            Stop::Event {
                event: libc::PTRACE_EVENT_SECCOMP,
                signal: libc::SIGTRAP
            }
        );
    }
}
