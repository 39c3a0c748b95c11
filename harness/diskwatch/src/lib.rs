//! Watches every call by which a process tree changes chosen directories, and makes chosen calls fail.
//!
//! The program runs under ptrace with a seccomp filter that stops it only at calls which can change a file, so a read-only
//! open costs nothing. Calls on a watched directory are let through one at a time over the whole tree: the states recorded
//! around a call are exactly what a reader could have seen before and after it. Of the ways tried, this alone needs no
//! privilege, misses no short-lived state, and can act at an exact call.
//!
//! [`watch`] takes over signals and waits for children, so it belongs into a helper process with a single thread.

#![deny(missing_docs)]

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
compile_error!("the disk watcher knows Linux on x86_64 and aarch64 only");

mod decode;
mod event;
mod fault;
mod filter;
mod history;
#[expect(
    unsafe_code,
    reason = "fork, ptrace, seccomp and signal handlers have no safe interface"
)]
mod kernel;
mod observe;
mod probe;
mod request;
mod trace;
mod unavailable;
mod watch;

pub use decode::CallClass;
pub use event::{Call, CallResult, Event, Hidden};
pub use fault::{Effect, Fault, Order, PathPattern, When};
pub use history::{Sighting, history};
pub use kernel::{ProcessGroup, end_with};
pub use observe::{Change, Content, Digest, Kind, Place, State};
pub use probe::{Probe, probe};
pub use request::{Outcome, Request, WatchError};
pub use unavailable::TracingUnavailable;
pub use watch::watch;
