//! The state of the subject's process.

use std::collections::BTreeSet;

use protocol::journal::{Event, Fact, GracefulEnd, Party, ProcessChange, ProcessFact};
use serde_json::Value;

use super::super::condition::{difference, resolved};
use super::super::finding::{Difference, NearestMiss, in_a_line};
use super::super::observation::Observation;
use super::super::variable::{Context, Unresolved};
use super::counted::Counted;
use super::window::Window;
use crate::plan::{Matcher, ProcessExpectation, ProcessState};

/// The number of KILL.
const KILL: i32 = 9;

/// What the journal shows of the subject's last process.
pub(super) fn observe(
    process: &ProcessExpectation,
    window: Window,
    context: &Context<'_>,
) -> Result<Observation, Unresolved> {
    let sought = Sought::resolve(process, context)?;
    let expected = sought.described();
    let Some(boot) = context.record.processes().map(|(_, fact)| fact.boot).max() else {
        return Ok(Observation::pending(
            expected,
            "the subject was never started",
        ));
    };
    let facts: Vec<(u64, &ProcessChange)> = context
        .record
        .processes()
        .filter(|(_, fact)| fact.boot == boot)
        .map(|(seq, fact)| (seq, &fact.change))
        .collect();
    let exit = facts
        .iter()
        .position(|(_, change)| matches!(change, ProcessChange::Exited { .. }));
    let Some((position, (seq, change))) =
        exit.and_then(|position| Some((position, *facts.get(position)?)))
    else {
        return Ok(running(&sought, expected, window, context));
    };
    let before: Vec<&ProcessChange> = facts
        .iter()
        .take(position)
        .map(|(_, change)| *change)
        .collect();
    let differences = sought.differences(change, &before);
    if differences.is_empty() {
        return Ok(Observation::met(expected, ending(change), vec![seq]));
    }
    let seen = format!("{}: {}", ending(change), in_a_line(&differences));
    let miss = NearestMiss {
        seq,
        what: ending(change),
        differences,
    };
    Ok(Observation {
        nearest_miss: Some(miss),
        ..Observation::violated(expected, seen, vec![seq])
    })
}

/// The endings among some events that the harness did not bring about, by whether they fit.
pub(super) fn count_exits<'a>(
    process: &ProcessExpectation,
    events: impl Iterator<Item = &'a Event>,
    context: &Context<'_>,
) -> Result<Counted, Unresolved> {
    let sought = Sought::resolve(process, context)?;
    let mut counted = Counted::new(format!("the subject {}", sought.described()));
    for event in events {
        if let Fact::Process(ProcessFact {
            boot,
            change: change @ ProcessChange::Exited { .. },
        }) = &event.fact
        {
            let before: Vec<&ProcessChange> = context
                .record
                .processes()
                .filter(|(seq, fact)| fact.boot == *boot && *seq < event.seq)
                .map(|(_, fact)| &fact.change)
                .collect();
            counted.judge(event.seq, sought.differences(change, &before), || {
                ending(change)
            });
        }
    }
    Ok(counted)
}

/// A process expectation with its variables replaced.
struct Sought {
    state: ProcessState,
    code: Option<Matcher>,
    graceful: GracefulEnd,
}

impl Sought {
    fn resolve(process: &ProcessExpectation, context: &Context<'_>) -> Result<Self, Unresolved> {
        let code = process
            .code
            .as_ref()
            .map(|code| resolved(code, context))
            .transpose()?;
        let graceful = context
            .record
            .stage
            .map(|stage| stage.graceful_end.clone())
            .unwrap_or_default();
        Ok(Self {
            state: process.state,
            code,
            graceful,
        })
    }

    fn described(&self) -> String {
        match (self.state, &self.code) {
            (ProcessState::Running, _) => "running, with a sign of life".into(),
            (ProcessState::Exited, None) => "ended by itself".into(),
            (ProcessState::Exited, Some(code)) => format!("ended by itself with a code {code}"),
            (ProcessState::Killed, _) => "killed at the call that the scenario chose".into(),
            (ProcessState::Stopped, _) => {
                format!(
                    "ended when it was asked to, without KILL, with {}",
                    self.graceful
                )
            }
        }
    }

    fn differences(&self, exit: &ProcessChange, before: &[&ProcessChange]) -> Vec<Difference> {
        let ProcessChange::Exited { code, signal } = exit else {
            return Vec::new();
        };
        let signals: Vec<&str> = before
            .iter()
            .filter_map(|change| match change {
                ProcessChange::Signalled(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let mut differences = Vec::new();
        let mut differs = |field: &str, expected: &str, seen: String| {
            differences.push(Difference::new(field, expected, seen));
        };
        match self.state {
            ProcessState::Running => differs("state", "running", ending(exit)),
            ProcessState::Exited => {
                if !signals.is_empty() {
                    differs("signalled", "by nobody", signals.join(", "));
                }
                if let Some(matcher) = &self.code {
                    let code = code.map(Value::from);
                    differences.extend(difference("code", matcher, code.as_ref()));
                }
            }
            ProcessState::Killed => {
                if !signals.is_empty() {
                    differs("signalled", "by nobody", signals.join(", "));
                }
                if *signal != Some(KILL) {
                    differs("ending", "signal 9", ending(exit));
                }
            }
            ProcessState::Stopped => {
                if signals.contains(&"KILL") {
                    differs("signalled", "no KILL", signals.join(", "));
                }
                if !self.graceful.is(*code, *signal) {
                    differs("ending", &self.graceful.to_string(), ending(exit));
                }
            }
        }
        differences
    }
}

fn running(
    sought: &Sought,
    expected: String,
    window: Window,
    context: &Context<'_>,
) -> Observation {
    if sought.state != ProcessState::Running {
        return Observation::pending(expected, "the process still runs");
    }
    let asked: BTreeSet<u64> = context
        .record
        .exchanges()
        .filter(|exchange| exchange.request.to == Party::Subject)
        .map(|exchange| exchange.request.exchange)
        .collect();
    let life = window
        .events(context.record)
        .find(|event| is_sign_of_life(event, &asked));
    match life {
        Some(event) => {
            Observation::met(expected, "it runs and gave a sign of life", vec![event.seq])
        }
        None => Observation {
            inconclusive: Some("the process was not seen to end, and gave no sign of life".into()),
            ..Observation::pending(expected, "no sign of life")
        },
    }
}

/// A request from the subject, an answer to what it was asked, or a line it printed.
fn is_sign_of_life(event: &Event, asked: &BTreeSet<u64>) -> bool {
    match &event.fact {
        Fact::Request(request) => request.from == Party::Subject,
        Fact::Log(_) => true,
        Fact::Answer(answer) => answer.status.is_some() && asked.contains(&answer.exchange),
        _ => false,
    }
}

fn ending(exit: &ProcessChange) -> String {
    match exit {
        ProcessChange::Exited {
            code: Some(code), ..
        } => format!("it exited with code {code}"),
        ProcessChange::Exited {
            signal: Some(signal),
            ..
        } => format!("it was ended by signal {signal}"),
        _ => "it ended".into(),
    }
}
