//! The last step before a subject: the binary re-executed, which sets what only a process can set for itself and becomes the subject.
//!
//! A umask and a death signal belong to the process that has them; setting them in the child of a multi-threaded program needs code that
//! the language calls unsafe, becoming another program does not.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;

/// What to become.
#[derive(Debug, Clone)]
pub struct LaunchRequest {
    /// Permission bits taken from every new file.
    pub umask: u32,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// Sets the umask, asks to be killed when the parent dies, and becomes the program; comes back only on failure.
pub fn replace_process(request: &LaunchRequest) -> Result<Infallible, std::io::Error> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(request.umask));
    Err(std::process::Command::new(&request.program).args(&request.arguments).exec())
}
