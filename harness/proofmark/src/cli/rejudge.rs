//! `proofmark rejudge`: read a saved run, judge it, compare, report, exit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use scenario::plan::Plan;
use scenario::waiver::WaiverLedger;

use super::complaint::Complaint;
use super::library::LibraryArguments;
use super::output::Output;
use super::reporting::{ReportArguments, conclude, worse};
use super::waivers::WaiverArguments;
use crate::exit::Exit;
use crate::recording::{Recording, Scenarios, read_result, rejudge};
use crate::report::{Again, OutputScanner, ReportContext, ScenarioEntry};
use crate::runner::{JudgedBy, RunEvent, RunHeader, RunIdentity};

#[derive(Debug, Args)]
pub(super) struct RejudgeArguments {
    /// The directory that `proofmark run --out` wrote.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Scenario files that the run was given besides the suite.
    #[arg(value_name = "SCENARIO")]
    files: Vec<PathBuf>,
    /// Compares with the verdicts of this result.json [default: the one in DIR].
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    #[command(flatten)]
    reports: ReportArguments,
    #[command(flatten)]
    library: LibraryArguments,
    #[command(flatten)]
    waivers: WaiverArguments,
}

impl RejudgeArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        let say = |error| format!("proofmark: {error}");
        let recording = Recording::read(&self.directory).map_err(say)?;
        let other = self
            .against
            .as_deref()
            .map(read_result)
            .transpose()
            .map_err(say)?;
        self.refuse_to_overwrite()?;
        let suite = self.library.load(&self.files, output.error_colour())?;
        let plans: Vec<Plan> = suite.plans.into_iter().chain(suite.from_files).collect();
        let given = self
            .waivers
            .read(&suite.catalogue, plans.iter(), output.error_colour())?;
        let was = &recording.result.identity;
        let identity = RunIdentity {
            proofmark: env!("CARGO_PKG_VERSION").into(),
            suite: suite.digest,
            waivers: given.digest,
            judged_first_by: Some(first_judge(was)),
            ..was.clone()
        };
        let mut remarks = remarks(was, &identity);
        if recording.result.interrupted {
            remarks.push("the run was interrupted: what it did not come to is inconclusive".into());
        }
        let saved = &recording.result.scenarios;
        let context = ReportContext {
            scanner: OutputScanner::default(),
            catalogue: Arc::clone(&suite.catalogue),
            again: again(saved),
        };
        let mut reporters = self
            .reports
            .reporters(output, &context, recording.result.start_ms);
        reporters.event(&RunEvent::Started(RunHeader {
            identity,
            selected: recording.selected(),
            remarks,
        }));
        let rejudged = rejudge(
            &recording,
            Scenarios {
                plans: &plans,
                catalogue: &suite.catalogue,
            },
            WaiverLedger::new(given.waivers, recording.day.clone()),
            other.as_ref().map_or(saved, |other| &other.scenarios),
            &mut |event| reporters.event(event),
        );
        let mut exit = conclude(&rejudged.summary, reporters, &context.scanner, output);
        output.print(&rejudged.comparison.in_words());
        for orphan in &rejudged.orphans {
            output.complain(&format!("proofmark: {orphan}"));
        }
        let is_same = rejudged.comparison.differences.is_empty();
        if !is_same || !rejudged.orphans.is_empty() {
            exit = worse(exit, Exit::Incomplete);
        }
        Ok(exit)
    }

    /// A recording is evidence: its verdicts are not written over with those it is compared with.
    fn refuse_to_overwrite(&self) -> Result<(), String> {
        let place = |path: &Path| std::fs::canonicalize(path).ok();
        match &self.reports.out {
            Some(out) if place(out).is_some() && place(out) == place(&self.directory) => {
                Err(format!(
                    "proofmark: `--out {}` is the recording itself, and would be written over; name another directory",
                    out.display()
                ))
            }
            _ => Ok(()),
        }
    }
}

/// By what the run itself was judged, however often it was judged since.
fn first_judge(was: &RunIdentity) -> JudgedBy {
    let last = || JudgedBy {
        proofmark: was.proofmark.clone(),
        suite: was.suite.clone(),
    };
    was.judged_first_by.clone().unwrap_or_else(last)
}

/// What the verdicts depend on that a reader cannot see.
fn remarks(was: &RunIdentity, is: &RunIdentity) -> Vec<String> {
    let mut remarks = vec![format!(
        "judged again as Proofmark {} recorded it on {}; nothing is started",
        first_judge(was).proofmark,
        was.started
    )];
    if was.suite != is.suite {
        remarks.push(
            "the suite is another one than it was judged by: its scenarios may have changed".into(),
        );
    }
    match (&was.waivers, &is.waivers) {
        (Some(_), None) => remarks.push(
            "it was judged with waivers, and none are given now: `--waivers FILE` names them"
                .into(),
        ),
        (then, now) if then != now => {
            remarks.push("the waivers are not those that it was judged with".into());
        }
        _ => {}
    }
    remarks
}

/// The commands by which the run said each scenario is played again.
fn again(saved: &[ScenarioEntry]) -> Again {
    let commands: BTreeMap<String, String> = saved
        .iter()
        .map(|entry| (entry.name.clone(), entry.again.clone()))
        .collect();
    Arc::new(move |name| commands.get(name).cloned().unwrap_or_default())
}
