//! The last step before a subject: the binary re-executed, which sets what only a process can set for itself and becomes the subject.
//!
//! A umask and a death signal belong to the process that has them; setting them in the child of a multi-threaded program needs code that
//! the language calls unsafe, becoming another program does not.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;

use tokio::signal::unix::{SignalKind, signal};

/// Makes sure that the subject gets signals as they usually are: one that our parent ignores (as `nohup` and jobs in the background
/// do) would be ignored by the subject, too, and it could not be asked to stop. A signal with a handler gets its default when another
/// program takes over.
pub(in crate::driver) fn take_signals_back() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let _entered = runtime.enter();
    for kind in [
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::quit(),
        SignalKind::terminate(),
    ] {
        // The handler stays even when its stream is dropped.
        drop(signal(kind)?);
    }
    Ok(())
}

/// Sets the umask, asks to be killed when the parent dies, and becomes the program; comes back only on failure.
///
/// The kernel also kills it when the parent's thread ends that started it: the parent must have this one thread, or keep it.
pub fn replace_process(
    #[cfg_attr(
        not(target_os = "linux"),
        expect(unused_variables, reason = "only Linux tells of its end")
    )]
    parent: i32,
    umask: Option<u32>,
    program: &OsStr,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Infallible, std::io::Error> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // It may have ended before the kernel was asked.
    if rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get()) != Some(parent) {
        return Err(std::io::Error::other(
            "the process that started this one has ended",
        ));
    }
    if let Some(umask) = umask {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
    }
    take_signals_back()?;
    Err(std::process::Command::new(program).args(arguments).exec())
}
