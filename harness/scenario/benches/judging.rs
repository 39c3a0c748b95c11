//! What judging a journal costs, by its length: a recording whose traffic is repeated until it has so many events.
//!
//! Run it with `cargo bench -p proofmark-scenario`; it fails where a long journal takes longer than is promised, or more than its share.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use protocol::journal::{Event, Fact, StepFact, StepPhase};
use scenario::judge::{Index, Progress, Record, Terms, Verdict, judge, progress};
use scenario::load::{Requirements, SourceSet, catalogue, parse};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SHORT: usize = 400;
const TIMES_AS_LONG: u32 = 100;
/// What judging a long journal may take.
const AT_MOST: Duration = Duration::from_secs(1);
/// How much more than its share of events a long journal may cost, for what grows with the logarithm.
const TIMES_ITS_SHARE: f64 = 2.0;
const ROUNDS: u32 = 9;

const SCENARIO: &str = "\
scenario: everything
title: A little of everything is looked at
covers: [REG-001, HB-001, WAF-001, TOK-003]
steps:
  - start: {}
  - expect: { request: POST /registry/register, answered: 200, cites: [REG-001], as: registered }
  - never: { request: GET /nowhere, until: { request: POST /registry/register }, since: registered, cites: [REG-001] }
  - always: { request: 'POST /**', headers: { origin: present }, cites: [WAF-001] }
  - always: { file: configs/.auth_token, mode: '0600', cites: [TOK-003] }
  - expect: { log: { contains: never printed }, cites: [HB-001] }
";

fn main() -> ExitCode {
    // With `--test` nothing is measured.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "the measurement failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("scenarios/requirements.yaml");
    let catalogue =
        catalogue(&std::fs::read_to_string(&file)?, &file).map_err(|_| "no catalogue")?;
    let fragments = SourceSet::new([]);
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &[],
    };
    let plans = parse("bench/everything.yaml", SCENARIO, &fragments, requirements)
        .map_err(|mistakes| format!("{mistakes:?}"))?;
    let [plan] = plans.as_slice() else {
        return Err("not one plan".into());
    };
    let recording = "fixtures/journals/gate-any-case/journals/gate/only-the-exact-header.ndjson";
    let recording = read(&root.join(recording))?;
    let journal = |length| repeated(&recording, plan.steps.len(), length);
    let judging = |events: &[Event]| {
        let findings = judge(plan, &catalogue, events, &Terms::default()).findings;
        let passed = findings
            .iter()
            .filter(|finding| finding.status == Verdict::Pass)
            .count();
        assert!(passed > 15, "{passed} checks had something to judge");
    };
    let (short, long) = (journal(SHORT), journal(SHORT * TIMES_AS_LONG as usize));
    // In turns, so that a busy machine slows both alike.
    let mut times: Vec<(Duration, Duration)> = (0..ROUNDS)
        .map(|_| (took(|| judging(&short)), took(|| judging(&long))))
        .collect();
    times.sort();
    let (short_took, _) = times[times.len() / 2];
    times.sort_by_key(|(_, long)| *long);
    let (_, long_took) = times[times.len() / 2];
    let share = long_took.as_secs_f64() / short_took.as_secs_f64() / f64::from(TIMES_AS_LONG);
    let watching = took(|| watched(plan, &long[..4_000]));
    let mut out = io::stdout();
    writeln!(out, "{} events are judged in {short_took:?}", short.len())?;
    writeln!(
        out,
        "{} events are judged in {long_took:?}, {share:.2} times their share",
        long.len()
    )?;
    writeln!(out, "4000 events are looked at one by one in {watching:?}")?;
    Ok(long_took <= AT_MOST && share <= TIMES_ITS_SHARE)
}

/// Looks at a step after every event, as a stage does that waits for it.
fn watched(plan: &scenario::plan::Plan, events: &[Event]) {
    let mut index = Index::default();
    for known in 0..events.len() {
        index.append(&events[known..=known]);
        let record = Record::new(&events[..=known], &index);
        let last = progress(plan, plan.steps.len() - 1, record);
        assert_ne!(last, Progress::Met, "it waits for what never comes");
    }
}

fn took(act: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    act();
    begun.elapsed()
}

fn read(file: &Path) -> Result<Vec<Event>> {
    let text = std::fs::read_to_string(file)?;
    text.lines()
        .map(|line| serde_json::from_str(line).map_err(Into::into))
        .collect()
}

/// The recording with its traffic again and again, in a journal of so many events; all steps begin before it and none ends.
fn repeated(recording: &[Event], steps: usize, length: usize) -> Vec<Event> {
    let is_kept = |event: &&Event| {
        !matches!(
            event.fact,
            Fact::Stage(_) | Fact::Process(_) | Fact::Step(_)
        )
    };
    let opening = recording.iter().filter(|event| match &event.fact {
        Fact::Step(StepFact { index, .. }) => *index == 0,
        _ => !is_kept(event),
    });
    let traffic: Vec<&Event> = recording.iter().filter(is_kept).collect();
    let begun = (1..steps).map(|index| Event {
        seq: 0,
        at_us: 0,
        fact: Fact::Step(StepFact {
            index,
            phase: StepPhase::Begun("a step".into()),
        }),
    });
    let mut events: Vec<Event> = opening.cloned().chain(begun).collect();
    let mut round = 0;
    while events.len() < length {
        round += 1;
        for event in &traffic {
            let mut event = (*event).clone();
            match &mut event.fact {
                Fact::Request(request) => request.exchange += round * 1000,
                Fact::Answer(answer) => answer.exchange += round * 1000,
                _ => {}
            }
            events.push(event);
        }
    }
    events.truncate(length);
    for (seq, event) in (0..).zip(&mut events) {
        event.seq = seq;
        event.at_us = seq * 1000;
    }
    events
}
