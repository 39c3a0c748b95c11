//! `proofmark launch`: the hidden verb by which a subject gets its umask and its death signal.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use super::complaint::Complaint;
use crate::driver::replace_process;
#[cfg(traced)]
use crate::driver::trace_process;
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct LaunchArguments {
    /// The process that starts this one, with which it ends.
    #[arg(long, value_name = "PID")]
    parent: i32,
    /// Octal.
    #[arg(long, value_parser = octal)]
    umask: Option<u32>,
    /// Stays as a helper that ends all that the program leaves, and tells through this pipe.
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "FILE")]
    supervise: Option<std::path::PathBuf>,
    /// Stays as a helper that traces the program, as this file says.
    #[cfg(traced)]
    #[arg(long, value_name = "FILE")]
    trace: Option<std::path::PathBuf>,
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

pub(super) fn octal(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 8).map_err(|error| error.to_string())
}

impl LaunchArguments {
    /// Comes back only if it did not become the program.
    pub(super) fn execute(self) -> Result<ExitCode, Complaint> {
        let incomplete = |message| Complaint::new(Exit::Incomplete, message);
        #[cfg(target_os = "linux")]
        if let Some(pipe) = &self.supervise {
            crate::driver::supervise(pipe, self.umask, self.command).map_err(|error| {
                incomplete(format!("proofmark: cannot watch over the program: {error}"))
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut words = self.command.into_iter();
        let program = words.next().unwrap_or_default();
        #[cfg(traced)]
        if let Some(request) = &self.trace {
            let code = trace_process(
                request,
                self.parent,
                self.umask,
                program.into(),
                words.collect(),
            )
            .map_err(|error| incomplete(format!("proofmark: cannot trace the subject: {error}")))?;
            return Ok(u8::try_from(code).unwrap_or(u8::MAX).into());
        }
        let Err(error) = replace_process(self.parent, self.umask, &program, words);
        Err(incomplete(format!(
            "proofmark: cannot launch `{}`: {error}",
            program.to_string_lossy()
        )))
    }
}
