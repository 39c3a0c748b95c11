//! Every scenario is a test of its own: the reference agent passes it, or the sample runtime of its kind. Every seeded defect is a test of its own, too: the suite sees it, and blames
//! nothing else. With a defect all scenarios of its area and its requirements are played, and of the others every tenth, each time another tenth; `PROOFMARK_WHOLE_SUITE=1` plays
//! them all with each, which takes ten minutes. Every tenth scenario is a test of the agent's twin, too: without a defect it passes what the agent passes.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use proofmark::cli::{Suite, SuiteSource, suite};
use proofmark::driver::{DiskChoice, Pacing, RunDirectory, SubjectCommand};
use proofmark::report::failure_text;
use proofmark::runner::{
    Claims, DEFAULT_BOOT, DEFAULT_SLACK, RunEvent, RunSettings, ScenarioReport, play_one, run,
};
use protocol::journal::DiskObserverKind;
use protocol::{Profile, RequirementId, Revision};
use scenario::judge::{Terms, Verdict};
use scenario::manifest::Rendering;
use scenario::plan::{Cadence, Plan};
use scenario::waiver::WaiverLedger;
use tokio::sync::{mpsc, watch};

/// The areas of scenarios that judge every instant of a file.
const DISK_AREAS: [&str; 4] = ["chat", "disk", "prompt", "token"];

/// The rooms of the agent whose mistakes can show on the disk.
const ON_DISK: [&str; 5] = ["register", "token", "secret", "chat", "prompt"];

/// Which agent is played with.
#[derive(Clone, Copy)]
enum Agent {
    Clean,
    /// The one that mistakes are seeded into, without any.
    Twin,
    Seeded(&'static str),
}

/// Of the scenarios that have nothing to do with a defect every so many-th is played with it.
const EVERY: usize = 10;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A trial waits for deadlines as much as it computes.
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    arguments.test_threads = arguments.test_threads.or(Some(cores * 2));
    let loaded = match suite(&SuiteSource::BuiltIn, &[], false) {
        Ok(loaded) => Arc::new(loaded),
        Err(error) => {
            let shown = Trial::test("the suite loads", move || {
                Err(Failed::from(error.to_string()))
            });
            return libtest_mimic::run(&arguments, vec![shown]).exit_code();
        }
    };
    let mut trials: Vec<Trial> = loaded
        .plans
        .iter()
        .map(|plan| {
            let plan = Arc::new(plan.clone());
            let loaded = Arc::clone(&loaded);
            let sample = sample_for(&plan);
            Trial::test(plan.name.clone(), move || match sample {
                None => passes(plan, &loaded, Agent::Clean),
                Some(sample) => passes_on(sample, &plan),
            })
            .with_kind("scenario")
        })
        .collect();
    trials.extend(
        loaded
            .plans
            .iter()
            .filter(|plan| sample_for(plan).is_none())
            .step_by(EVERY)
            .map(|plan| {
                let plan = Arc::new(plan.clone());
                let loaded = Arc::clone(&loaded);
                Trial::test(plan.name.clone(), move || {
                    passes(plan, &loaded, Agent::Twin)
                })
                .with_kind("twin")
            }),
    );
    let whole = std::env::var_os("PROOFMARK_WHOLE_SUITE").is_some();
    trials.extend(
        seeded_agent::defects()
            .iter()
            .enumerate()
            .map(|(number, defect)| {
                let loaded = Arc::clone(&loaded);
                let plans: Vec<Plan> = loaded
                    .plans
                    .iter()
                    .enumerate()
                    .filter(|(at, plan)| {
                        whole || (at + number) % EVERY == 0 || is_about(plan, defect)
                    })
                    .map(|(_, plan)| plan.clone())
                    .collect();
                Trial::test(defect.name, move || is_seen(defect, plans, &loaded))
                    .with_kind("defect")
            }),
    );
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The sample runtime of another kind that a scenario is for, if it is not for the reference agent.
fn sample_for(plan: &Plan) -> Option<&'static str> {
    let is_for = |profile| plan.profiles.contains(&profile);
    if is_for(Profile::Container) {
        None
    } else if is_for(Profile::ExternalPoll) {
        Some("node-poll")
    } else if is_for(Profile::McpTools) {
        Some("python-mcp-tools")
    } else {
        Some("sh-cli")
    }
}

/// The sample of its kind passes it.
fn passes_on(sample: &str, plan: &Plan) -> Result<(), Failed> {
    let manifest = format!(
        "{}/../../fixtures/runtimes/{sample}/runtime.yaml",
        env!("CARGO_MANIFEST_DIR")
    );
    let played = std::process::Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(["run", "--strict", "--runtime", &manifest, &plan.name])
        .env("NO_COLOR", "1")
        .env_remove("PROOFMARK_SAMPLE_FAULT")
        .output()?;
    if played.status.success() {
        return Ok(());
    }
    let text = [played.stdout, played.stderr].concat();
    Err(String::from_utf8_lossy(&text).into_owned().into())
}

fn passes(plan: Arc<Plan>, loaded: &Suite, agent: Agent) -> Result<(), Failed> {
    if plan.crash_points.is_some() {
        return every_point_passes(&plan, loaded, agent);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let name = plan.name.clone();
    let report = runtime
        .block_on(play_one(plan, settings(loaded, agent, 1)))
        .map_err(|failure| Failed::from(failure.reason))?;
    if report.judgement.verdict == Verdict::Pass {
        Ok(())
    } else {
        let again = format!("cargo run -- run '{name}'");
        Err(failure_text(&report, &loaded.catalogue, &again).into())
    }
}

/// Plays a scenario at each of the agent's crash points; there must be as many as a save has steps.
fn every_point_passes(plan: &Plan, loaded: &Suite, agent: Agent) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let reports = runtime.block_on(play_all(
        settings(loaded, agent, 4),
        std::slice::from_ref(plan),
    ));
    runtime.shutdown_background();
    let failed: Vec<String> = reports
        .iter()
        .filter(|report| report.judgement.verdict != Verdict::Pass)
        .map(|report| failure_text(report, &loaded.catalogue, "at this crash point"))
        .collect();
    if !failed.is_empty() {
        return Err(failed.join("\n").into());
    }
    // Open, write, sync and rename of two files.
    if reports.len() >= 8 {
        Ok(())
    } else {
        Err(format!("only {} crash points", reports.len()).into())
    }
}

/// Whether a scenario plays where a defect is: in its area, or about what it breaks.
fn is_about(plan: &Plan, defect: &seeded_agent::DefectSpecification) -> bool {
    let breaks = |id: &RequirementId| {
        defect.requirement == id.as_str() || defect.also.contains(&id.as_str())
    };
    plan.area == defect.area || plan.covers.iter().any(breaks)
}

/// Plays scenarios with one defect: a check that cites its requirement fails, and none that cites only others does.
fn is_seen(
    defect: &seeded_agent::DefectSpecification,
    plans: Vec<Plan>,
    loaded: &Suite,
) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let traced = settings(loaded, Agent::Seeded(defect.name), 6);
    let mut looked_at = traced.clone();
    looked_at.disk = DiskChoice::Exactly(DiskObserverKind::Stat).decide(&std::env::temp_dir());
    // A mistake on the wire shows on the wire: tracing every call a hundred times more would prove nothing.
    let (on_disk, on_wire): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|plan| {
        ON_DISK.contains(&defect.area) && DISK_AREAS.contains(&plan.area.as_str())
    });
    let reports = runtime.block_on(async {
        let mut reports = play_all(looked_at, &on_wire).await;
        if !on_disk.is_empty() {
            reports.extend(play_all(traced, &on_disk).await);
        }
        reports
    });
    runtime.shutdown_background();
    let allowed: BTreeSet<RequirementId> = defect
        .also
        .iter()
        .chain([&defect.requirement])
        .map(|id| RequirementId::new(*id))
        .collect();
    let mut caught = false;
    let mut strays = Vec::new();
    for report in &reports {
        for finding in &report.judgement.findings {
            if finding.status != Verdict::Fail {
                continue;
            }
            caught |= finding
                .requirements
                .iter()
                .any(|id| id.as_str() == defect.requirement);
            if !finding.requirements.iter().any(|id| allowed.contains(id)) {
                strays.push(failure_text(report, &loaded.catalogue, "with the defect"));
            }
        }
    }
    if !strays.is_empty() {
        return Err(format!(
            "checks of other requirements failed:\n{}",
            strays.join("\n")
        )
        .into());
    }
    if caught {
        Ok(())
    } else {
        Err(format!("no check of {} failed", defect.requirement).into())
    }
}

async fn play_all(settings: RunSettings, plans: &[Plan]) -> Vec<ScenarioReport> {
    let (events, mut received) = mpsc::unbounded_channel();
    let plans = plans.iter().cloned().map(Arc::new).collect();
    let engine = tokio::spawn(run(plans, settings, events));
    let mut reports = Vec::new();
    while let Some(event) = received.recv().await {
        if let RunEvent::ScenarioFinished(report) = event {
            reports.push(*report);
        }
    }
    if let Err(error) = engine.await {
        std::panic::resume_unwind(error.into_panic());
    }
    reports
}

fn settings(loaded: &Suite, agent: Agent, jobs: usize) -> RunSettings {
    let proofmark = PathBuf::from(env!("CARGO_BIN_EXE_proofmark"));
    let defect = match agent {
        Agent::Clean | Agent::Twin => None,
        Agent::Seeded(name) => Some(name),
    };
    let mut subject =
        SubjectCommand::reference_agent(&proofmark, defect).expect("our own manifest is right");
    if matches!(agent, Agent::Twin) {
        Arc::make_mut(&mut subject.manifest)
            .launch
            .argv
            .push(Rendering::literal("--twin"));
    }
    let claims = Claims::of(&subject.manifest);
    let pacing = Pacing::default();
    RunSettings {
        subject,
        pacing,
        cadence: Some(Cadence {
            heartbeat: pacing.heartbeat,
            slack: DEFAULT_SLACK,
        }),
        boot_within: DEFAULT_BOOT,
        claims,
        terms: Terms {
            revision: Revision::R2Plus,
            strict: true,
        },
        catalogue: Arc::clone(&loaded.catalogue),
        waivers: WaiverLedger::default(),
        live: None,
        skip_probe: false,
        disk: DiskChoice::Auto.decide(&std::env::temp_dir()),
        directory: Arc::new(RunDirectory::create().expect("a directory can be made")),
        jobs: Some(jobs),
        interrupted: watch::channel(false).1,
    }
}
