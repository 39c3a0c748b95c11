//! `proofmark launch`: the hidden verb by which a subject gets its umask and its death signal.

use std::ffi::OsString;

use clap::Args;

use super::output::Output;
#[cfg(traced)]
use crate::driver::trace_process;
use crate::driver::{LaunchRequest, replace_process};
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct LaunchArguments {
    /// Octal.
    #[arg(long, value_parser = octal)]
    umask: u32,
    /// Stays as a helper that traces the program, as this file says.
    #[cfg(traced)]
    #[arg(long, value_name = "FILE")]
    trace: Option<std::path::PathBuf>,
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// How a launch ends that did not become the program.
pub(super) enum Launched {
    /// As the traced program did.
    #[cfg_attr(not(traced), expect(dead_code, reason = "only a tracer outlives its program"))]
    Program(u8),
    /// By a mistake of ours.
    Ours(Exit),
}

fn octal(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 8).map_err(|error| error.to_string())
}

impl LaunchArguments {
    pub(super) fn execute(self, output: &mut Output) -> Launched {
        let mut words = self.command.into_iter();
        let Some(program) = words.next() else { return Launched::Ours(Exit::Invalid) };
        #[cfg(traced)]
        if let Some(request) = &self.trace {
            return match trace_process(request, self.umask, program.into(), words.collect()) {
                Ok(code) => Launched::Program(u8::try_from(code).unwrap_or(u8::MAX)),
                Err(error) => {
                    output.complain(&format!("proofmark: cannot trace the subject: {error}"));
                    Launched::Ours(Exit::Incomplete)
                }
            };
        }
        let request =
            LaunchRequest { umask: self.umask, program: program.clone().into(), arguments: words.collect() };
        match replace_process(&request) {
            Ok(never) => match never {},
            Err(error) => {
                output
                    .complain(&format!("proofmark: cannot launch `{}`: {error}", program.to_string_lossy()));
                Launched::Ours(Exit::Incomplete)
            }
        }
    }
}
