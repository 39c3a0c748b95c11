//! Starting the program: forked, held until it is traced, then filtered and replaced by its image.
//!
//! Between fork and exec the child only makes plain system calls on memory prepared before, so it does not matter what
//! other threads of the parent were doing.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::ptr;

use libc::{c_char, c_int, c_long};
use serde::{Deserialize, Serialize};

/// Which process group the program is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessGroup {
    /// The watcher's; a signal to that group then reaches the program twice, once forwarded.
    #[default]
    Inherited,
    /// Its own.
    Own,
    /// Its own, in a session without a terminal.
    Session,
}

/// All that the child needs.
pub(crate) struct Image {
    /// The file to execute.
    pub(crate) program: CString,
    /// The arguments, the program's own name first.
    pub(crate) arguments: Vec<CString>,
    /// The environment as `NAME=value`.
    pub(crate) environment: Vec<CString>,
    /// The file mode creation mask, if it is to change.
    pub(crate) umask: Option<u32>,
    /// Which process group it is in.
    pub(crate) group: ProcessGroup,
    /// The seccomp program.
    pub(crate) filter: Vec<libc::sock_filter>,
}

/// A child that waits to be let go; it ends by itself when dropped.
pub(crate) struct Held {
    /// Its process id.
    pub(crate) process: i32,
    go: File,
    trouble: File,
}

/// Where a child that could not become the program left its reason.
pub(crate) struct Trouble(File);

/// A step of the child that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Unable {
    /// To enter its process group.
    Group,
    /// To give up the power of setuid programs, or to install the filter.
    Filter,
    /// To execute the program.
    Execute,
}

impl Image {
    /// Forks a child that waits.
    pub(crate) fn hold(&self) -> io::Result<Held> {
        let (wait, go) = pipe()?;
        let (trouble, tell) = pipe()?;
        let arguments = pointers(&self.arguments);
        let environment = pointers(&self.environment);
        // SAFETY: the child runs `become_program`, which never returns, allocates nothing and takes no lock.
        let process = unsafe { libc::fork() };
        if process == 0 {
            let ends = Ends {
                wait: wait.as_raw_fd(),
                go: go.as_raw_fd(),
                tell: tell.as_raw_fd(),
            };
            become_program(self, &arguments, &environment, &ends);
        }
        if process < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Held {
            process,
            go: File::from(go),
            trouble: File::from(trouble),
        })
    }
}

impl Held {
    /// Lets the child go on to become the program.
    pub(crate) fn release(mut self) -> io::Result<Trouble> {
        self.go.write_all(&[1])?;
        Ok(Trouble(self.trouble))
    }
}

impl Trouble {
    /// What a child that has ended could not do; `None` if it became the program.
    pub(crate) fn read(mut self) -> Option<(Unable, io::Error)> {
        let mut bytes = [0; 5];
        self.0.read_exact(&mut bytes).ok()?;
        let [step, number @ ..] = bytes;
        let unable = [Unable::Group, Unable::Filter, Unable::Execute]
            .get(usize::from(step))
            .copied()?;
        Some((
            unable,
            io::Error::from_raw_os_error(i32::from_ne_bytes(number)),
        ))
    }
}

/// Kills a whole process.
pub(crate) fn kill(process: i32) {
    // SAFETY: takes numbers only. That it is gone already is what was wanted.
    unsafe { libc::kill(process, libc::SIGKILL) };
}

struct Ends {
    wait: RawFd,
    go: RawFd,
    tell: RawFd,
}

fn become_program(
    image: &Image,
    arguments: &[*const c_char],
    environment: &[*const c_char],
    ends: &Ends,
) -> ! {
    // SAFETY: plain system calls on valid descriptors and on memory that `image` and the two null-terminated lists keep
    // alive; the signal set is initialised by `sigemptyset`. `_exit` runs nothing of the parent's.
    unsafe {
        // Otherwise our own copy would keep the pipe open when the parent is gone.
        libc::close(ends.go);
        let mut word = 0_u8;
        if libc::read(ends.wait, (&raw mut word).cast(), 1) != 1 {
            libc::_exit(126);
        }
        let grouped = match image.group {
            ProcessGroup::Inherited => 0,
            ProcessGroup::Own => libc::setpgid(0, 0),
            ProcessGroup::Session => libc::setsid().min(0),
        };
        if grouped != 0 {
            fail(ends.tell, Unable::Group);
        }
        // As every program expects to find them, regardless of what our own runtime has set.
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        let mut none = MaybeUninit::uninit();
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
        if let Some(mask) = image.umask {
            libc::umask(mask);
        }
        // The program has the three standard streams and nothing of ours. Every descriptor of ours is closed on exec
        // anyway, so an older kernel's refusal matters only to what was inherited.
        libc::syscall(
            libc::SYS_close_range,
            3 as c_long,
            c_long::from(u32::MAX),
            CLOSE_RANGE_CLOEXEC,
        );
        install(&image.filter, ends.tell);
        libc::execve(
            image.program.as_ptr(),
            arguments.as_ptr(),
            environment.as_ptr(),
        );
        fail(ends.tell, Unable::Execute)
    }
}

const CLOSE_RANGE_CLOEXEC: c_long = 4;

/// Loads the filter; without privilege the kernel wants setuid programs to be powerless first.
fn install(filter: &[libc::sock_filter], tell: RawFd) {
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).unwrap_or_default(),
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel copies the program, which is as long as it says and alive.
    let load = || unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            c_long::from(libc::SECCOMP_SET_MODE_FILTER),
            // Spares the program the slow-down against speculation that older kernels tie to filters.
            libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
            &raw const program,
        )
    };
    if load() == 0 {
        return;
    }
    // SAFETY: takes numbers only.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        fail(tell, Unable::Filter);
    }
    if load() != 0 {
        fail(tell, Unable::Filter);
    }
}

fn fail(tell: RawFd, unable: Unable) -> ! {
    // SAFETY: the error number's address is valid, the buffer is as long as said, and `_exit` does not return.
    unsafe {
        let number: c_int = *libc::__errno_location();
        let [a, b, c, d] = number.to_ne_bytes();
        let message = [unable as u8, a, b, c, d];
        libc::write(tell, message.as_ptr().cast(), message.len());
        libc::_exit(127)
    }
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: the array has room for the two descriptors that the kernel writes.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us both, and nothing else owns them.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts
        .iter()
        .map(|text| text.as_ptr())
        .chain([ptr::null()])
        .collect()
}
