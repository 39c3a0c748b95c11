//! What a journal shows of a step: the heart of progress, captures and findings alike.

use protocol::journal::StepEnd;

use super::answer;
use super::observation::{Observation, Progress};
use super::record::Record;
use super::statement::{self, Frame};
use super::variable::{Captures, Context, Unresolved};
use crate::plan::{Act, Action, Expectation, Plan, Statement, Step, Template};

/// How far a step is that has begun; an act that waits for nothing counts as met.
pub fn progress(plan: &Plan, step: usize, record: Record<'_>) -> Progress {
    plan.steps
        .get(step)
        .map_or(Progress::Met, |step| observe(plan, step, record).progress)
}

/// Whether the scenario goes on after a step that has ended.
///
/// It does when the step is met, and while it goes on in the background. An unmet one stops it, unless it cites a requirement and the subject did something of the kind, only differently:
/// then what follows can still be judged.
pub fn goes_on(plan: &Plan, step: usize, record: Record<'_>) -> bool {
    let Some(step) = plan.steps.get(step) else {
        return false;
    };
    match record.ended(step.index) {
        Some((_, StepEnd::HarnessFailed(_) | StepEnd::Interrupted)) => return false,
        Some((_, StepEnd::SubjectRefused(_) | StepEnd::DeadlinePassed(_)))
            if !states_something(step) =>
        {
            return false;
        }
        _ => {}
    }
    let observation = observe(plan, step, record);
    if observation.progress == Progress::Pending && is_in_background(step) {
        return true;
    }
    observation.progress == Progress::Met
        || (observation.came && (!step.cites().is_empty() || is_advice(step)))
}

/// Whether a step only gives advice: unmet, it warns and costs nothing else.
pub(crate) fn is_advice(step: &Step) -> bool {
    matches!(&step.action, Action::Expect(Expectation { statement: Statement::History(history), cites, .. })
        if cites.is_empty() && history.is_advice())
}

/// Whether a step is judged by what the journal shows, as opposed to by how it ended.
pub(crate) fn states_something(step: &Step) -> bool {
    match &step.action {
        Action::Expect(_) => true,
        Action::Act(Act::Call(call)) => answer::asks(&call.answered, None),
        Action::Act(Act::Tell(tell)) => answer::asks(&tell.answered, tell.reply.as_ref()),
        Action::Act(_) => false,
    }
}

/// What the journal shows of a step, up to its end.
pub(crate) fn observe(plan: &Plan, step: &Step, record: Record<'_>) -> Observation {
    let captures = captures_before(plan, record, step.index);
    observe_with(plan, step, record, &captures)
}

/// The redacted text of a template as of the end of a journal; captures are those of all steps that ended in it.
///
/// `${stage}` is a path of the machine and stands in no journal: it stays as it is, and the player of the scenario replaces it.
pub fn resolve(template: &Template, plan: &Plan, record: Record<'_>) -> Result<String, Unresolved> {
    let captures = captures_before(plan, record, plan.steps.len());
    Context {
        plan,
        record,
        captures: &captures,
    }
    .resolve(template)
}

/// What the steps before this one kept, in order; a later one replaces an earlier one of the same name.
fn captures_before(plan: &Plan, record: Record<'_>, before: usize) -> Captures {
    let mut captures = Captures::new();
    for step in plan.steps.iter().take(before) {
        let names = capture_names(step);
        if names.is_empty() {
            continue;
        }
        if record.begun(step.index).is_none() {
            continue;
        }
        let mut observation = observe_with(plan, step, record, &captures);
        for name in names {
            let value = observation.captures.remove(name).unwrap_or_else(|| {
                Err(format!(
                    "the step that keeps it (`{}`) was not met",
                    step.summary
                ))
            });
            captures.insert(name.to_owned(), value);
        }
    }
    captures
}

fn observe_with(plan: &Plan, step: &Step, record: Record<'_>, captures: &Captures) -> Observation {
    // What goes on in the background is not over when its step is.
    let record = if is_in_background(step) {
        record
    } else {
        record.until_end_of(step.index)
    };
    let context = Context {
        plan,
        record,
        captures,
    };
    match &step.action {
        Action::Expect(expectation) => {
            statement::observe(expectation, frame(step, expectation, &context), &context)
        }
        Action::Act(Act::Call(call)) => answer::observe_call(step, call, &context),
        Action::Act(Act::Tell(tell)) => answer::observe_tell(step, tell, &context),
        Action::Act(_) => Observation::met(
            step.summary.clone(),
            "done",
            record.begun(step.index).into_iter().collect(),
        ),
    }
}

fn is_in_background(step: &Step) -> bool {
    match &step.action {
        Action::Act(Act::Call(call)) => call.manner.background,
        Action::Act(Act::Tell(tell)) => tell.background,
        _ => false,
    }
}

fn capture_names(step: &Step) -> Vec<&str> {
    let names = match &step.action {
        Action::Expect(Expectation {
            statement: Statement::Request(request),
            ..
        }) => &request.capture,
        Action::Act(Act::Call(call)) => &call.answered.capture,
        Action::Act(Act::Tell(tell)) => &tell.answered.capture,
        Action::Expect(_) | Action::Act(_) => return Vec::new(),
    };
    names.keys().map(String::as_str).collect()
}

/// Where an expectation stands among the other steps.
fn frame(step: &Step, expectation: &Expectation, context: &Context<'_>) -> Frame {
    let label = expectation.since.as_deref();
    let opens = opening(step, label, context);
    let before = expectation
        .statement
        .before()
        .and_then(|label| witness_of(label, context));
    Frame {
        opens,
        closes_after: opens.max(earliest_closing(step, label, context)),
        before,
        is_over: context.record.ended(step.index).is_some(),
    }
}

/// The first event that bears witness to the labelled step.
fn witness_of(label: &str, context: &Context<'_>) -> Option<u64> {
    let step = context
        .plan
        .steps
        .iter()
        .find(|step| step.label.as_deref() == Some(label))?;
    observe(context.plan, step, context.record)
        .witness
        .into_iter()
        .min()
}

/// The step after which another one's window opens.
fn anchor<'a>(step: &Step, since: Option<&str>, context: &Context<'a>) -> Option<&'a Step> {
    let mut before = context.plan.steps.iter().take(step.index).rev();
    match since {
        Some(label) => before.find(|other| other.label.as_deref() == Some(label)),
        None => before.find(|other| matches!(other.action, Action::Act(_))),
    }
}

/// The event before which nothing closes a step's window: the answer to the call that opened it. What the call sets off may come while
/// it is answered, and heartbeats that pass meanwhile say nothing of what comes afterwards.
fn earliest_closing(step: &Step, since: Option<&str>, context: &Context<'_>) -> Option<u64> {
    let anchor = anchor(step, since, context)?;
    match &anchor.action {
        Action::Act(Act::Call(_) | Act::Tell(_)) => {
            context.record.ended(anchor.index).map(|(seq, _)| seq)
        }
        _ => None,
    }
}

/// The event after which a step's window opens; `None` opens it at the journal's beginning.
fn opening(step: &Step, since: Option<&str>, context: &Context<'_>) -> Option<u64> {
    let begun = |other: &Step| context.record.begun(other.index);
    let anchor = anchor(step, since, context)?;
    match &anchor.action {
        Action::Act(_) => begun(anchor),
        Action::Expect(_) => {
            let witness = observe(context.plan, anchor, context.record).witness;
            witness.iter().max().copied().or_else(|| begun(anchor))
        }
    }
    .or_else(|| begun(step))
}
