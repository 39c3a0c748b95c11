//! `proofmark doctor`: starts a subject once and says what a run would find missing, and how to mend it.

use clap::Args;
use tokio::sync::{mpsc, watch};

use super::complaint::Complaint;
use super::interruption;
use super::library::{LibraryArguments, Suite};
use super::output::Output;
use super::preparation::StartArguments;
use super::reporting::complain_of_leaks;
use super::run::subject_name;
use super::runtime;
use super::subject::SubjectArguments;
use super::typed::Typed;
use crate::exit::Exit;
use crate::report::{OutputScanner, conclusion_text, finding_text};
use crate::runner::{Conclusion, Coverage, Examined, RunSettings, examine};

#[derive(Debug, Args)]
#[command(
    after_help = "Ends with 0 if a run can judge the subject, 3 if it could not, 2 for invalid input."
)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    #[command(flatten)]
    library: LibraryArguments,
    #[command(flatten)]
    start: StartArguments,
}

impl DoctorArguments {
    pub(super) fn execute(self, typed: &Typed, output: &mut Output) -> Result<Exit, Complaint> {
        let Suite {
            catalogue, plans, ..
        } = self.library.load(&[], output.error_colour())?;
        let settings = self
            .start
            .settings(&self.subject, &catalogue, output.error_colour())?;
        let coverage = Coverage::of(&settings.claims, &plans, &catalogue);
        let mut page = Page {
            scanner: OutputScanner::default(),
            output,
        };
        page.line(&format!(
            "proofmark doctor: {} ({}/{})",
            subject_name(&settings),
            settings.claims.profile,
            settings.claims.revision
        ));
        let conclusion = walk(settings, &coverage, &mut page)?;
        let verb = if conclusion == Conclusion::Judgeable {
            "run"
        } else {
            "doctor"
        };
        // A run takes every option of this verb.
        let command = format!("proofmark {verb}{}", typed.among::<Self>());
        page.line(&conclusion_text(conclusion, &coverage, &command));
        if let [only] = self.subject.subject_command.as_slice() {
            let command = shell_words::quote(&only.to_string_lossy()).into_owned();
            page.line(&format!(
                "a manifest keeps what was typed: proofmark init --command {command}"
            ));
        }
        Ok(page.exit(conclusion))
    }
}

/// What is written on the terminal, with a last look at every line.
struct Page<'o> {
    scanner: OutputScanner,
    output: &'o mut Output,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        let clean = self.scanner.clean("the terminal", text);
        self.output.print(&format!("{clean}\n"));
    }

    /// How the command ends; a credential that had to be replaced at the last moment is a mistake of ours.
    fn exit(self, conclusion: Conclusion) -> Exit {
        let has_leaked = complain_of_leaks(&self.scanner, self.output);
        match conclusion {
            Conclusion::Interrupted => Exit::Interrupted,
            Conclusion::Judgeable if !has_leaked => Exit::Conformant,
            Conclusion::Judgeable | Conclusion::NotJudgeable => Exit::Incomplete,
        }
    }
}

/// Runs the engine, and writes down what it finds until it is done.
fn walk(
    mut settings: RunSettings,
    coverage: &Coverage,
    page: &mut Page<'_>,
) -> Result<Conclusion, Complaint> {
    let runtime = runtime::start()?;
    let colour = page.output.colour();
    let conclusion = runtime.block_on(async {
        let (interrupt, interrupted) = watch::channel(false);
        settings.interrupted = interrupted;
        let signals = tokio::spawn(interruption::watch_signals(interrupt));
        let (events, mut received) = mpsc::unbounded_channel();
        let engine = {
            let coverage = coverage.clone();
            tokio::spawn(async move { examine(&settings, &coverage, events).await })
        };
        while let Some(event) = received.recv().await {
            match event {
                Examined::Credentials(redactor) => page.scanner.follow(redactor),
                Examined::Found(finding) => page.line(&finding_text(&finding, colour)),
            }
        }
        signals.abort();
        engine
            .await
            .map_err(|error| format!("proofmark: the examination failed: {error}").into())
    });
    // Tasks that still read from a killed subject are not waited for.
    runtime.shutdown_background();
    conclusion
}
