//! `proofmark run`: load, check, choose, probe, play, judge, report, exit.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use scenario::plan::{Plan, SMOKE_AREA};
use scenario::waiver::WaiverLedger;
use tokio::sync::{mpsc, watch};

use super::complaint::Complaint;
use super::interruption;
use super::library::{LibraryArguments, Suite};
use super::live::LiveArguments;
use super::output::Output;
use super::preparation::StartArguments;
use super::reporting::{ReportArguments, conclude};
use super::runtime;
use super::selection::SelectionArguments;
use super::subject::SubjectArguments;
use super::typed::Typed;
use super::waivers::WaiverArguments;
use crate::exit::Exit;
use crate::live::{Breakdown, guarded};
use crate::report::{Again, Deafness, OutputScanner, ReportContext, Reporters};
use crate::runner::{RunEvent, RunHeader, RunIdentity, RunSettings, RunSummary, RuntimeEntry};

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    subject: SubjectArguments,
    #[command(flatten)]
    library: LibraryArguments,
    #[command(flatten)]
    live: LiveArguments,
    /// How many stages there are at once [default: 4 per core, and up to 12 for a subject that starts slowly and asks little of the processor].
    #[arg(short, long)]
    jobs: Option<usize>,
    #[command(flatten)]
    reports: ReportArguments,
    #[command(flatten)]
    start: StartArguments,
    #[command(flatten)]
    waivers: WaiverArguments,
    /// Counts a violated SHOULD as a failure; always on for the reference agent.
    #[arg(long)]
    strict: bool,
}

/// Options that say which scenarios a run plays, or what it does besides playing them.
const OF_THIS_RUN: [&str; 5] = ["jobs", "smoke", "sweep_first", "dry_run", "color"];

impl RunArguments {
    pub(super) fn execute(self, typed: &Typed, output: &mut Output) -> Result<Exit, Complaint> {
        let suite = self
            .library
            .load(&self.selection.files(), output.error_colour())?;
        let Suite {
            catalogue,
            plans,
            from_files,
            digest,
        } = suite;
        let named = from_files
            .iter()
            .map(|plan| (plan.name.clone(), plan.source.file.clone()))
            .collect();
        let given = self.waivers.read(
            &catalogue,
            plans.iter().chain(&from_files),
            output.error_colour(),
        )?;
        let mut plans = self.selection.choose(plans, from_files, &catalogue)?;
        if self.live.smoke {
            plans.retain(|plan| plan.area == SMOKE_AREA);
            if plans.is_empty() {
                let message = "proofmark: `--smoke` plays the scenarios of the area `smoke`, and none of them is selected";
                return Err(message.to_owned().into());
            }
        }
        let mut setup = self
            .start
            .settings(&self.subject, &catalogue, output.error_colour())?;
        setup.jobs = self.jobs;
        setup.terms.strict |= self.strict;
        setup.skip_probe = self.live.smoke;
        setup.waivers = WaiverLedger::new(given.waivers, super::day::today());
        let runtime = runtime::start()?;
        runtime
            .block_on(setup.subject.set_up(&setup.directory))
            .map_err(Complaint::unjudged)?;
        if self.live.dry_run {
            return self
                .live
                .rehearse(&plans, &setup.claims, &catalogue, output);
        }
        setup.live = runtime.block_on(self.live.begin())?;
        let scanner = OutputScanner::default();
        let context = ReportContext {
            scanner: scanner.clone(),
            catalogue,
            again: again(typed, named),
        };
        let mut reporters = self.reports.reporters(output, &context, None);
        if setup.live.is_some() {
            reporters.add("the terminal", Deafness::new(io::stdout(), scanner.clone()));
        }
        reporters.event(&RunEvent::Started(RunHeader {
            identity: self.identity(&setup, digest, given.digest),
            selected: plans.len(),
            remarks: setup.disk.concession.iter().cloned().collect(),
        }));
        let played = runtime.block_on(play(plans, setup, &mut reporters, &scanner));
        // Tasks that still read from a killed subject are not waited for.
        runtime.shutdown_background();
        match played {
            Ok(summary) => Ok(conclude(&summary, reporters, &scanner, output)),
            Err(breakdown) => Ok(own_up(&breakdown, &scanner, output)),
        }
    }

    fn identity(
        &self,
        settings: &RunSettings,
        suite: String,
        waivers: Option<String>,
    ) -> RunIdentity {
        RunIdentity {
            proofmark: env!("CARGO_PKG_VERSION").into(),
            suite,
            subject: subject_name(settings),
            runtime: Some(RuntimeEntry {
                name: settings.subject.manifest.name.clone(),
                version: settings.subject.manifest.version.clone(),
            }),
            claims: settings.claims.clone(),
            strict: settings.terms.strict,
            defect: self.subject.defect.clone(),
            disk_observer: settings.disk.kind.name().into(),
            started: time::OffsetDateTime::now_utc()
                .format(&time::format_description::well_known::Rfc3339)
                .unwrap_or_default(),
            waivers,
            judged_first_by: None,
        }
    }
}

pub(super) fn subject_name(settings: &RunSettings) -> String {
    let manifest = &settings.subject.manifest;
    format!("{} {}", manifest.name, manifest.version)
        .trim_end()
        .to_owned()
}

/// Makes the command that plays one scenario again, with everything that was typed and says how it is played.
fn again(typed: &Typed, named: BTreeMap<String, PathBuf>) -> Again {
    let rest = typed.beyond::<SelectionArguments, ReportArguments>(&OF_THIS_RUN);
    Arc::new(move |name| {
        let what = named
            .get(name)
            .map_or_else(|| name.into(), |file| file.to_string_lossy());
        format!("proofmark run {}{rest}", shell_words::quote(&what))
    })
}

/// Runs the engine, and passes its events on until it is done. Even if a part of it breaks down, nothing is left on a live platform.
async fn play(
    plans: Vec<Arc<Plan>>,
    mut settings: RunSettings,
    reporters: &mut Reporters,
    scanner: &OutputScanner,
) -> Result<RunSummary, Breakdown> {
    let (interrupt, interrupted) = watch::channel(false);
    settings.interrupted = interrupted;
    let signals = tokio::spawn(interruption::watch_signals(interrupt.clone()));
    let (events, mut received) = mpsc::unbounded_channel();
    let live = settings.live.clone();
    let engine = tokio::spawn(guarded(live, crate::runner::run(plans, settings, events)));
    let told = guarded(None, async {
        while let Some(event) = received.recv().await {
            match &event {
                RunEvent::ScenarioFinished(report) => scanner.watch(&report.redactor),
                RunEvent::Probed(Err(failure)) => scanner.watch(&failure.redactor),
                _ => {}
            }
            reporters.event(&event);
        }
    })
    .await;
    signals.abort();
    if told.is_err() {
        interrupt.send_replace(true);
    }
    let summary = engine.await.map_err(|error| Breakdown {
        why: error.to_string(),
        left_behind: Vec::new(),
    })??;
    told.map_err(|breakdown| Breakdown {
        left_behind: summary.left_behind.clone(),
        ..breakdown
    })?;
    Ok(summary)
}

/// Says that the run broke down, and what it left.
fn own_up(breakdown: &Breakdown, scanner: &OutputScanner, output: &mut Output) -> Exit {
    let sentence = format!(
        "proofmark: nothing can be said of the subject, since Proofmark itself broke down: {}; please report it",
        breakdown.why
    );
    // The message of a panic may hold any text.
    output.complain(&scanner.clean("the terminal", &sentence));
    if breakdown.left_behind.is_empty() {
        return Exit::Incomplete;
    }
    output.complain(&format!(
        "this is left on the platform:\n  {}",
        breakdown.left_behind.join("\n  ")
    ));
    Exit::LeftBehind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_typed_again_are_options_of_run() {
        let run = RunArguments::augment_args(clap::Command::new("run"));
        let known: Vec<&str> = run
            .get_arguments()
            .map(|argument| argument.get_id().as_str())
            .collect();
        for id in OF_THIS_RUN.iter().filter(|id| **id != "color") {
            assert!(known.contains(id), "{id} is none of {known:?}");
        }
    }

    #[test]
    fn a_run_takes_every_option_of_doctor() {
        let run = RunArguments::augment_args(clap::Command::new("run"));
        let doctor =
            super::super::doctor::DoctorArguments::augment_args(clap::Command::new("doctor"));
        for argument in doctor.get_arguments() {
            let id = argument.get_id();
            assert!(
                run.get_arguments().any(|known| known.get_id() == id),
                "{id} would be typed again for a run"
            );
        }
    }
}
