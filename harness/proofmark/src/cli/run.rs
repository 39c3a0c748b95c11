//! `proofmark run`: load, check, choose, probe, play, judge, report, exit.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use scenario::judge::Terms;
use scenario::plan::{Cadence, Plan};
use scenario::waiver::WaiverLedger;
use tokio::sync::{mpsc, watch};

use super::library::{LibraryArguments, Suite};
use super::output::Output;
use super::reporting::{ReportArguments, conclude};
use super::selection::SelectionArguments;
use super::subject::SubjectArguments;
use super::waivers::WaiverArguments;
use crate::driver::{DiskChoice, ManifestSubject, Pacing, SubjectKind};
use crate::exit::Exit;
use crate::report::{Again, Reporters, RunIdentity, Vigil};
use crate::runner::{DEFAULT_BOOT, DEFAULT_SLACK, RunEvent, RunHeader, RunSettings, RunSummary};

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    subject: SubjectArguments,
    #[command(flatten)]
    library: LibraryArguments,
    /// How many stages there are at once [default: 4 per core, and up to 12 for a subject that starts slowly and asks little of the processor].
    #[arg(short, long)]
    jobs: Option<usize>,
    #[command(flatten)]
    reports: ReportArguments,
    /// The subject's heartbeat interval, from which deadlines derive [default: measured].
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    heartbeat: Option<Duration>,
    /// How long a start of the subject may take [default: the manifest's, or 15s].
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    boot_within: Option<Duration>,
    /// How the disk is observed: `trace` sees every call, `notify` and `stat` leave undecided what they cannot see,
    /// `auto` takes the best that works here.
    #[arg(long, value_name = "OBSERVER", default_value = "auto")]
    disk: DiskChoice,
    #[command(flatten)]
    waivers: WaiverArguments,
    /// Counts a violated SHOULD as a failure; always on for the reference agent.
    #[arg(long)]
    strict: bool,
}

impl RunArguments {
    pub(super) fn execute(self, output: &mut Output) -> Exit {
        match self.run(output) {
            Ok(exit) => exit,
            Err(message) => {
                output.complain(message.trim_end());
                Exit::Invalid
            }
        }
    }

    fn run(self, output: &mut Output) -> Result<Exit, String> {
        let suite = self.library.load(&self.selection.files(), output.error_colour())?;
        let Suite { catalogue, plans, from_files, digest } = suite;
        let named = from_files.iter().map(|plan| (plan.name.clone(), plan.source.file.clone())).collect();
        let given = self.waivers.read(&catalogue, plans.iter().chain(&from_files), output.error_colour())?;
        let plans = self
            .selection
            .choose(plans, from_files, &catalogue)
            .map_err(|error| format!("proofmark: {error}"))?;
        let mut setup = self.setup(&catalogue, output.error_colour())?;
        setup.waivers = WaiverLedger::new(given.waivers, today());
        if let Err(error) = set_up(&setup.subject.manifest) {
            output.complain(&format!("proofmark: nothing was judged: {error}"));
            return Ok(Exit::Incomplete);
        }
        let vigil = Vigil::default();
        let again = again(&self, named);
        let identity = self.identity(&setup, digest, given.digest);
        let mut reporters = self.reports.reporters(output, &vigil, &catalogue, identity, &again);
        let header = self.header(&setup, plans.len());
        let summary = play(plans, setup, header, &mut reporters, &vigil)?;
        Ok(conclude(&summary, reporters, &vigil, output))
    }

    fn setup(&self, catalogue: &Arc<protocol::Catalogue>, colour: bool) -> Result<RunSettings, String> {
        let say = |error: super::subject::SubjectError| match error {
            // A picture speaks for itself.
            super::subject::SubjectError::Manifest(picture) => picture,
            other => format!("proofmark: {other}"),
        };
        let proofmark =
            std::env::current_exe().map_err(super::subject::SubjectError::Ourselves).map_err(say)?;
        let subject = self.subject.command(&proofmark, colour).map_err(say)?;
        let ours = subject.kind == SubjectKind::ReferenceAgent;
        let claims = self.subject.claims(&subject);
        let pacing = if ours { Pacing::default() } else { Pacing::third_party() };
        let manifest = Arc::clone(&subject.manifest.manifest);
        let told = self.heartbeat.or(manifest.heartbeat);
        let boot_within = self.boot_within.or(manifest.ready_within);
        let (_, never) = watch::channel(false);
        Ok(RunSettings {
            proofmark,
            subject,
            pacing,
            cadence: told.map(|heartbeat| Cadence { heartbeat, slack: DEFAULT_SLACK }),
            boot_within: boot_within.filter(|within| !within.is_zero()).unwrap_or(DEFAULT_BOOT),
            terms: Terms { revision: claims.revision, strict: self.strict || ours },
            claims,
            catalogue: Arc::clone(catalogue),
            waivers: WaiverLedger::default(),
            disk: self.disk.decide(),
            jobs: self.jobs,
            interrupted: never,
        })
    }

    fn header(&self, settings: &RunSettings, selected: usize) -> RunHeader {
        let strict = if settings.terms.strict { ", strict" } else { "" };
        RunHeader {
            subject: subject_name(settings),
            selected,
            terms: format!(
                "{}/{}{strict}; disk: {}",
                settings.claims.profile,
                settings.claims.revision,
                settings.disk.kind.name()
            ),
            defect: self.subject.defect.clone(),
            remarks: settings.disk.concession.iter().cloned().collect(),
        }
    }

    fn identity(&self, settings: &RunSettings, suite: String, waivers: Option<String>) -> RunIdentity {
        RunIdentity {
            proofmark: env!("CARGO_PKG_VERSION").into(),
            suite,
            subject: subject_name(settings),
            profile: settings.claims.profile.to_string(),
            revision: settings.claims.revision.to_string(),
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

/// Does what must be done once before the subject is started.
fn set_up(manifest: &ManifestSubject) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(manifest.set_up()).map_err(|error| error.to_string())
}

fn subject_name(settings: &RunSettings) -> String {
    let manifest = &settings.subject.manifest.manifest;
    format!("{} {}", manifest.name, manifest.version).trim_end().to_owned()
}

/// Makes the command that plays one scenario again, with everything that was typed and matters.
fn again(arguments: &RunArguments, named: BTreeMap<String, PathBuf>) -> Again {
    let mut rest = String::new();
    let mut option = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(rest, " --{name} {}", shell_words::quote(value));
    };
    let subject = &arguments.subject;
    if let Some(directory) = &arguments.library.scenarios {
        option("scenarios", &directory.to_string_lossy());
    }
    if let Some(file) = &subject.runtime {
        option("runtime", &file.to_string_lossy());
    }
    if let Some(profile) = subject.profile {
        option("profile", profile.name());
    }
    if let Some(revision) = subject.revision {
        option("revision", revision.name());
    }
    for capability in &subject.claim {
        option("claim", capability.name());
    }
    for capability in &subject.without {
        option("without", capability.name());
    }
    if let Some(heartbeat) = arguments.heartbeat {
        option("heartbeat", &format!("{}ms", heartbeat.as_millis()));
    }
    if let Some(name) = &subject.defect {
        option("defect", name);
    }
    if let Some(file) = &arguments.waivers.file {
        option("waivers", &file.to_string_lossy());
    }
    if arguments.disk != DiskChoice::Auto {
        option("disk", arguments.disk.name());
    }
    if arguments.strict {
        rest.push_str(" --strict");
    }
    if !subject.subject_command.is_empty() {
        let words = subject.subject_command.iter().map(|word| word.to_string_lossy());
        // Writing to a String cannot fail.
        let _ = write!(rest, " --subject-command {}", shell_words::join(words));
    }
    Arc::new(move |name| {
        let what = named.get(name).map_or_else(|| name.into(), |file| file.to_string_lossy());
        format!("proofmark run {}{rest}", shell_words::quote(&what))
    })
}

/// Runs the engine, and passes its events on until it is done.
fn play(
    plans: Vec<Arc<Plan>>,
    mut settings: RunSettings,
    header: RunHeader,
    reporters: &mut Reporters,
    vigil: &Vigil,
) -> Result<RunSummary, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("proofmark: cannot start: {error}"))?;
    let summary = runtime.block_on(async {
        let (interrupt, interrupted) = watch::channel(false);
        settings.interrupted = interrupted;
        let signals = tokio::spawn(watch_signals(interrupt));
        let (events, mut received) = mpsc::unbounded_channel();
        let engine = tokio::spawn(crate::runner::run(plans, settings, header, events));
        while let Some(event) = received.recv().await {
            match &event {
                RunEvent::ScenarioFinished(report) => vigil.watch(report.redactor.clone()),
                RunEvent::Probed(Err(failure)) => vigil.watch(failure.redactor.clone()),
                _ => {}
            }
            reporters.event(&event);
        }
        signals.abort();
        engine.await.map_err(|error| format!("proofmark: the run failed: {error}"))
    });
    // Whatever still reads from a killed subject is not waited for.
    runtime.shutdown_background();
    summary
}

/// The first signal ends the run in good order; the second ends the process, and with it every subject.
async fn watch_signals(interrupt: watch::Sender<bool>) {
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        return;
    };
    for _ in 0..2 {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        if interrupt.send_replace(true) {
            // Subjects die with this process: each asked for that at its launch.
            std::process::exit(i32::from(Exit::Interrupted.number()));
        }
    }
}

/// The day, as `YYYY-MM-DD`, in UTC.
fn today() -> String {
    let now = time::OffsetDateTime::now_utc();
    format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day())
}
