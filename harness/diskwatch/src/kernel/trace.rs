//! The ptrace requests.
//!
//! They go through the plain system call: the C library's wrapper differs between libraries and returns peeked words in
//! the place of errors.

use std::io;

use libc::c_long;

/// What a thread stopped at a system call says about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SyscallStop {
    /// It has not begun; the filter's rule number comes with it.
    Entry {
        /// The convention it is made under, as audit names it.
        audit: u32,
        /// What the filter attached.
        rule: u16,
        /// The registers.
        arguments: [u64; 6],
    },
    /// It has ended with this value, negative for an error number.
    Exit(i64),
    /// It is at something else.
    Elsewhere,
}

const GET_SYSCALL_INFO: c_long = 0x420e;
const INFO_EXIT: u8 = 2;
const INFO_SECCOMP: u8 = 3;

const OPTIONS: i32 = libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_EXITKILL;

/// `struct ptrace_syscall_info` of the kernel; the libc crate has it for one C library only.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct SyscallInfo {
    kind: u8,
    padding: [u8; 3],
    audit: u32,
    instruction: u64,
    stack: u64,
    // Entry: number, six arguments, and for a filter stop the rule. Exit: the value.
    words: [u64; 8],
}

/// Becomes the tracer of a child; everything it starts follows, and everything dies with us.
pub(crate) fn seize(process: i32) -> io::Result<()> {
    request(libc::PTRACE_SEIZE.into(), process, 0, c_long::from(OPTIONS))
}

/// Lets a thread go on, delivering a signal unless it is 0.
pub(crate) fn resume(thread: i32, signal: i32) -> io::Result<()> {
    request(libc::PTRACE_CONT.into(), thread, 0, signal.into())
}

/// Lets a thread go on to the end of its system call.
pub(crate) fn resume_to_exit(thread: i32) -> io::Result<()> {
    request(libc::PTRACE_SYSCALL.into(), thread, 0, 0)
}

/// Leaves a thread in its process's group stop, but keeps receiving its events.
pub(crate) fn listen(thread: i32) -> io::Result<()> {
    request(libc::PTRACE_LISTEN.into(), thread, 0, 0)
}

/// The number that came with an event, such as the former id of a thread that replaced its program.
pub(crate) fn event_message(thread: i32) -> io::Result<u64> {
    let mut message = 0_u64;
    // SAFETY: the request writes one unsigned long to the address in its last argument, which is ours.
    unsafe {
        raw(
            libc::PTRACE_GETEVENTMSG.into(),
            thread,
            0,
            (&raw mut message).expose_provenance(),
        )
    }?;
    Ok(message)
}

/// Where in which system call a thread is stopped (Linux 5.3).
pub(crate) fn syscall_stop(thread: i32) -> io::Result<SyscallStop> {
    let mut info = SyscallInfo::default();
    let size = c_long::try_from(size_of::<SyscallInfo>()).unwrap_or_default();
    // SAFETY: the kernel writes at most `size` bytes to the address in the last argument, which is that large.
    unsafe {
        raw(
            GET_SYSCALL_INFO,
            thread,
            size,
            (&raw mut info).expose_provenance(),
        )
    }?;
    let [_, arguments @ .., rule] = info.words;
    Ok(match info.kind {
        INFO_EXIT => SyscallStop::Exit(info.words[0].cast_signed()),
        INFO_SECCOMP => SyscallStop::Entry {
            audit: info.audit,
            rule: (rule & 0xffff) as u16,
            arguments,
        },
        _ => SyscallStop::Elsewhere,
    })
}

/// Reads one word of a stopped thread's memory; this works even after the thread changed its user.
pub(crate) fn peek(thread: i32, address: u64) -> io::Result<[u8; 8]> {
    let mut word = 0_u64;
    // SAFETY: the plain system call writes one word to the address in its last argument, which is ours.
    unsafe {
        raw(
            libc::PTRACE_PEEKDATA.into(),
            thread,
            address.cast_signed(),
            (&raw mut word).expose_provenance(),
        )
    }?;
    Ok(word.to_ne_bytes())
}

fn request(kind: c_long, thread: i32, address: c_long, data: c_long) -> io::Result<()> {
    // SAFETY: callers pass requests that take numbers only, so the kernel touches none of our memory.
    unsafe {
        raw(
            kind,
            thread,
            address,
            data.cast_unsigned().try_into().unwrap_or_default(),
        )
    }
}

/// # Safety
///
/// For a request that takes an address in `data`, that address must be valid for what the request reads or writes.
pub(super) unsafe fn raw(
    kind: c_long,
    thread: i32,
    address: c_long,
    data: usize,
) -> io::Result<()> {
    // SAFETY: the kernel checks the thread and the request; what it does to `data` is the caller's promise.
    let result =
        unsafe { libc::syscall(libc::SYS_ptrace, kind, c_long::from(thread), address, data) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
