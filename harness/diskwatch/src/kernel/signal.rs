//! Signals to us are forwarded to the program; when our parent dies, so do we.
//!
//! All is done in the handlers, by calls that handlers may make, so that no signal is lost before a wait begins.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use libc::{c_int, c_long};

/// A descriptor of the program; its id may belong to another process by the time a signal comes.
static PROGRAM: AtomicI32 = AtomicI32::new(-1);
/// A signal asked for the end: when the program has ended, the processes it left are to end, too.
static END_ASKED: AtomicBool = AtomicBool::new(false);
static PARENT: AtomicI32 = AtomicI32::new(0);

const FORWARDED: [c_int; 7] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGWINCH,
];

/// Forwards signals for as long as it lives; there is at most one in a process.
pub(crate) struct Forwarding {
    descriptor: OwnedFd,
}

impl Forwarding {
    /// Begins to forward the usual signals to a child that has not been waited for.
    pub(crate) fn to(child: i32) -> io::Result<Self> {
        // SAFETY: takes numbers only.
        let result =
            unsafe { libc::syscall(libc::SYS_pidfd_open, c_long::from(child), 0 as c_long) };
        let number = c_int::try_from(result).unwrap_or(-1);
        if number < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel just gave us this descriptor, and nothing else owns it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
        END_ASKED.store(false, Ordering::SeqCst);
        PROGRAM.store(descriptor.as_raw_fd(), Ordering::SeqCst);
        for signal in FORWARDED {
            handle(signal, forward)?;
        }
        Ok(Self { descriptor })
    }

    /// Whether a signal came that asks for the end.
    pub(crate) fn end_asked() -> bool {
        END_ASKED.load(Ordering::SeqCst)
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        // The handlers stay: a late signal then finds no program and does nothing.
        let ours = self.descriptor.as_raw_fd();
        let _ = PROGRAM.compare_exchange(ours, -1, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Kills this process, and with it all that it traces, when the process that started it ends, which may have happened already: that
/// process says which one it is, since by now `getppid` may name another.
pub fn end_with(parent: i32) -> io::Result<()> {
    let signal = libc::SIGRTMIN() + 7;
    PARENT.store(parent, Ordering::SeqCst);
    handle(signal, die_if_orphaned)?;
    // SAFETY: takes numbers only.
    let result = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, c_long::from(signal), 0, 0, 0) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // It may have ended before the kernel was asked.
    die_if_orphaned(signal);
    Ok(())
}

/// Makes a signal do nothing but interrupt a wait.
pub(super) fn interrupt_only(signal: c_int) -> io::Result<()> {
    extern "C" fn nothing(_signal: c_int) {}
    handle(signal, nothing)
}

extern "C" fn forward(signal: c_int) {
    // SAFETY: the address of this thread's error number is always valid, and restoring it is what a handler must do.
    // The other call takes numbers and a null pointer, which stands for the usual details of a signal.
    unsafe {
        let number = libc::__errno_location();
        let before = *number;
        let program = PROGRAM.load(Ordering::SeqCst);
        let none = ptr::null::<libc::siginfo_t>();
        // It may be gone.
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            c_long::from(program),
            c_long::from(signal),
            none,
            0 as c_long,
        );
        if matches!(
            signal,
            libc::SIGHUP | libc::SIGINT | libc::SIGQUIT | libc::SIGTERM
        ) {
            END_ASKED.store(true, Ordering::SeqCst);
        }
        *number = before;
    }
}

/// The kernel also sends the signal when only the parent's thread ends that started us.
extern "C" fn die_if_orphaned(_signal: c_int) {
    // SAFETY: both calls take numbers only and may be made in a handler.
    unsafe {
        if libc::getppid() != PARENT.load(Ordering::SeqCst) {
            libc::kill(libc::getpid(), libc::SIGKILL);
        }
    }
}

fn handle(signal: c_int, handler: extern "C" fn(c_int)) -> io::Result<()> {
    // SAFETY: all-zero is a valid sigaction (no flags, so waits are interrupted); its handler only makes calls that
    // handlers may make; the mask is ours to initialise.
    let result = unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, ptr::null_mut())
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
