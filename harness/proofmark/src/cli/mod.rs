//! The command line: one file per verb, each with what can be typed and what is done about it.

mod agent;
mod annotations;
mod complaint;
mod day;
mod doctor;
mod duration;
mod explain;
mod gate;
mod init;
mod interruption;
mod launch;
mod library;
mod lint;
mod list;
mod live;
mod output;
mod platform;
mod preparation;
mod rejudge;
mod reporting;
mod run;
mod runtime;
mod schema;
mod selection;
mod subject;
mod sweep;
mod typed;
mod vocabulary;
mod waive;
mod waivers;
#[cfg(traced)]
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::exit::Exit;
use output::Output;
use typed::Typed;

pub use library::{LibraryError, Suite, SuiteSource, suite};

/// End-to-end conformance harness for the workspace-runtime contract of the Molecule agent platform.
#[derive(Debug, Parser)]
#[command(name = "proofmark", version, max_term_width = 110, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = output::ColourChoice::Auto, alias = "colour")]
    color: output::ColourChoice,
}

const EXIT_CODES: &str = "Exit codes: 0 conformant, 1 not conformant, 2 usage or invalid input (nothing was run), \
                          3 incomplete (nothing judged, or not everything could be), \
                          4 a waiver is stale or expired, 5 something is left on a live platform, 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Plays scenarios on a subject and judges it.
    Run(Box<run::RunArguments>),
    /// Judges a run that was saved with `run --out` again, without starting anything.
    Rejudge(rejudge::RejudgeArguments),
    /// Decides by the results of runs whether a runtime may be released.
    Gate(gate::GateArguments),
    /// Drafts waivers for what a run found violated.
    Waive(waive::WaiveArguments),
    /// Writes a manifest for a runtime, from flags or by asking.
    Init(Box<init::InitArguments>),
    /// Starts a subject once and says what a run would find missing, and how to mend it.
    Doctor(Box<doctor::DoctorArguments>),
    /// Lists scenarios, requirements or seeded defects.
    List(list::ListArguments),
    /// Explains a requirement, a scenario, a rule, a defect or a diagnostic code.
    Explain(explain::ExplainArguments),
    /// Checks scenario files without running anything.
    Lint(lint::LintArguments),
    /// Prints the JSON Schema of scenario files, or writes it beside them.
    Schema(schema::SchemaArguments),
    /// Runs the reference agent, as the environment says.
    Agent(agent::AgentArguments),
    /// Runs the platform double by itself.
    Platform(platform::PlatformArguments),
    /// Gives back what runs left on a live platform.
    Sweep(sweep::SweepArguments),
    /// Prints what any program does to chosen directories, call by call.
    #[cfg(traced)]
    Watch(watch::WatchArguments),
    #[command(hide = true)]
    Launch(launch::LaunchArguments),
}

/// Reads the command line, does what it says, and says how it went.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut command = Arguments::command();
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
    let (arguments, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are printed through the same door, and are no mistakes.
            let code = if error.use_stderr() {
                Exit::Invalid
            } else {
                Exit::Conformant
            };
            return if error.print().is_ok() {
                code.into()
            } else {
                Exit::Invalid.into()
            };
        }
    };
    let typed = matches.subcommand().and_then(|(name, matches)| {
        command
            .find_subcommand(name)
            .map(|verb| Typed::of(verb, matches))
    });
    let typed = typed.unwrap_or_default();
    let mut output = Output::new(arguments.color);
    let ended = match arguments.verb {
        Verb::Run(arguments) => arguments.execute(&typed, &mut output).map(ExitCode::from),
        Verb::Rejudge(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Gate(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Waive(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Init(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Doctor(arguments) => arguments.execute(&typed, &mut output).map(ExitCode::from),
        Verb::List(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Explain(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Lint(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Schema(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Agent(arguments) => arguments.execute().map(ExitCode::from),
        Verb::Platform(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        Verb::Sweep(arguments) => arguments.execute(&mut output).map(ExitCode::from),
        #[cfg(traced)]
        Verb::Watch(arguments) => arguments.execute(&mut output),
        Verb::Launch(arguments) => arguments.execute(),
    };
    ended.unwrap_or_else(|complaint| {
        output.complain(complaint.message.trim_end());
        complaint.exit.into()
    })
}
