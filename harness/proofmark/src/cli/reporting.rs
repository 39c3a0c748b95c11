//! What a judged run leaves: the terminal's text, the files of `--out`, and the exit code.

use std::io;
use std::path::PathBuf;

use clap::Args;

use super::annotations::AnnotationChoice;
use super::output::Output;
use crate::exit::{Exit, code_of};
use crate::report::{
    Annotations, Console, Journals, Junit, Look, Markdown, OutputScanner, ReportContext, Reporters,
    ResultFile,
};
use crate::runner::RunSummary;

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// Writes result.json, junit.xml, summary.md and journals/ into this directory.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Prints a line for every scenario.
    #[arg(short, long)]
    verbose: bool,
    /// Prints annotations of failed checks for a continuous integration; `auto` does where `GITHUB_ACTIONS` is `true`.
    #[arg(long, value_enum, default_value_t = AnnotationChoice::Auto)]
    annotations: AnnotationChoice,
}

impl ReportArguments {
    /// The reporters that are asked for; `start_ms` is what a start of the subject costs, where an earlier run measured it.
    pub(super) fn reporters(
        &self,
        output: &Output,
        context: &ReportContext,
        start_ms: Option<u64>,
    ) -> Reporters {
        let mut reporters = Reporters::default();
        let look = Look {
            colour: output.colour(),
            bar: Output::bar(),
            every: self.verbose,
        };
        reporters.add(
            "the terminal",
            Console::new(io::stdout(), look, context.clone()),
        );
        if self.annotations.decide() {
            reporters.add(
                "the annotations",
                Annotations::new(io::stdout(), context.scanner.clone()),
            );
        }
        if let Some(out) = &self.out {
            let result = ResultFile::new(out.join("result.json"), context.clone(), start_ms);
            reporters.add("result.json", result);
            reporters.add(
                "junit.xml",
                Junit::new(out.join("junit.xml"), context.clone()),
            );
            reporters.add(
                "summary.md",
                Markdown::new(out.join("summary.md"), context.clone()),
            );
            reporters.add("journals", Journals::new(out, context.scanner.clone()));
        }
        reporters
    }
}

/// Ends every report, tells what went wrong with them, and says how the command ends.
pub(super) fn conclude(
    summary: &RunSummary,
    reporters: Reporters,
    scanner: &OutputScanner,
    output: &mut Output,
) -> Exit {
    let mut exit = code_of(summary);
    for (name, error) in reporters.failures() {
        output.complain(&format!("proofmark: cannot write {name}: {error}"));
        exit = worse(exit, Exit::Incomplete);
    }
    if complain_of_leaks(scanner, output) {
        exit = worse(exit, Exit::Incomplete);
    }
    exit
}

/// Tells which credentials had to be replaced at the last moment; whether there were any.
pub(super) fn complain_of_leaks(scanner: &OutputScanner, output: &mut Output) -> bool {
    let leaked = scanner.leaked();
    for leak in &leaked {
        output.complain(&format!(
            "proofmark: {} stood in {} and was replaced; this is a mistake of the harness",
            leak.placeholder, leak.output
        ));
    }
    !leaked.is_empty()
}

/// A failure of ours makes a passing run incomplete, and does not hide a failing one.
pub(super) fn worse(exit: Exit, ours: Exit) -> Exit {
    if exit == Exit::Conformant { ours } else { exit }
}
