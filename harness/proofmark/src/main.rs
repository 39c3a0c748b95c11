//! The `proofmark` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    proofmark::cli::main(std::env::args_os())
}
