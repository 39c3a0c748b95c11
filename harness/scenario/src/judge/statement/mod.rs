//! What the journal shows of a statement.

mod bounded;
mod counted;
mod file;
mod history;
mod log;
mod process;
mod request;
mod row;
mod sought;
mod window;

use super::observation::{Observation, Progress};
use super::variable::{Context, Unresolved};
use crate::plan::{Expectation, Mode, Statement};
use counted::Counted;
use window::Window;

pub(super) use window::Frame;

/// What the journal shows of an expectation at the end of the record.
pub(super) fn observe(
    expectation: &Expectation,
    frame: Frame,
    context: &Context<'_>,
) -> Observation {
    let window = Window {
        since: frame.opens,
        until: None,
        except: None,
    };
    let windows = (
        window,
        Window {
            since: frame.closes_after,
            ..window
        },
    );
    let count = |window| counted(&expectation.statement, window, context);
    let observed = match &expectation.mode {
        Mode::Eventually => eventually(expectation, frame, window, context),
        Mode::Never { until } => bounded::never(expectation, until, windows, context, &count),
        Mode::Always { until } => {
            bounded::always(expectation, until.as_deref(), windows, context, &count)
        }
    };
    observed
        .unwrap_or_else(|unresolved| Observation::unresolved(expectation.summary(), &unresolved))
}

fn eventually(
    expectation: &Expectation,
    frame: Frame,
    window: Window,
    context: &Context<'_>,
) -> Result<Observation, Unresolved> {
    let mut observation = match &expectation.statement {
        Statement::Request(request) => request::observe(request, window, context)?,
        Statement::File(file) => file::observe_file(file, frame.before, window, context)?,
        Statement::Directory { path, holds_only } => {
            file::observe_directory(path, holds_only, context)
        }
        Statement::History(expectation) => history::observe(expectation, window, context),
        Statement::NoLeftovers { path } => history::observe_leftovers(path, context),
        Statement::Process(process) => process::observe(process, window, context)?,
        Statement::Log(log) => log::observe(log, window, context)?,
        Statement::Row(row) => row::observe(row, window, context)?,
    };
    // Only the end of the step can tell that no more came.
    let is_bounded = expectation.statement.count().at_most.is_some();
    if observation.progress == Progress::Met && is_bounded && !frame.is_over {
        observation.progress = Progress::Pending;
    }
    Ok(observation)
}

fn counted(
    statement: &Statement,
    window: Window,
    context: &Context<'_>,
) -> Result<Counted, Unresolved> {
    let events = window.events(context.record);
    match statement {
        Statement::Request(request) => request::count(request, window, context),
        Statement::Log(log) => log::count(log, events, context),
        Statement::Row(row) => row::count(row, events, context),
        Statement::File(file) => file::count_states(file, events, context),
        Statement::Process(process) => process::count_exits(process, events, context),
        Statement::Directory { path, holds_only } => Ok(Counted::once(
            path,
            file::observe_directory(path, holds_only, context),
        )),
        Statement::NoLeftovers { path } => Ok(Counted::once(
            path,
            history::observe_leftovers(path, context),
        )),
        Statement::History(expectation) => Ok(Counted::once(
            &expectation.path,
            history::observe(expectation, window, context),
        )),
    }
}
