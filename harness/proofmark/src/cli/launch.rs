//! `proofmark launch`: the hidden verb by which a subject gets its umask and its death signal.

use std::ffi::OsString;

use clap::Args;

use super::output::Output;
use crate::driver::{LaunchRequest, replace_process};
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct LaunchArguments {
    /// Octal.
    #[arg(long, value_parser = octal)]
    umask: u32,
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

fn octal(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 8).map_err(|error| error.to_string())
}

impl LaunchArguments {
    pub(super) fn execute(self, output: &mut Output) -> Exit {
        let mut words = self.command.into_iter();
        let Some(program) = words.next() else { return Exit::Invalid };
        let request =
            LaunchRequest { umask: self.umask, program: program.clone().into(), arguments: words.collect() };
        match replace_process(&request) {
            Ok(never) => match never {},
            Err(error) => {
                output
                    .complain(&format!("proofmark: cannot launch `{}`: {error}", program.to_string_lossy()));
                Exit::Incomplete
            }
        }
    }
}
