//! The only unsafe code: what the kernel offers through no safe interface, each with the smallest possible one around it.

mod clock;
mod process;
mod registers;
mod signal;
mod trace;
mod wait;

pub(crate) use clock::{now_us, tick_every, tick_never};
pub use process::ProcessGroup;
pub(crate) use process::{Image, Unable, kill};
pub(crate) use registers::{set_argument, set_number, set_result};
pub(crate) use signal::Forwarding;
pub use signal::end_with;
pub(crate) use trace::{
    SyscallStop, event_message, listen, peek, resume, resume_to_exit, seize, syscall_stop,
};
pub(crate) use wait::{Stop, Waited, wait};
