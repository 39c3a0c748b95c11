//! What the journal shows of a statement.

mod bounded;
mod file;
mod history;
mod line;
mod process;
mod request;
mod sought;

use super::observation::{Observation, Progress, earliest_closing, opening};
use super::variable::Context;
use crate::plan::{Expectation, Mode, Statement, Step};

/// What the journal shows of an expectation at the end of the record.
pub(super) fn observe(step: &Step, expectation: &Expectation, context: &Context<'_>) -> Observation {
    let label = expectation.since.as_deref();
    let since = opening(step, label, context);
    let window = Window { since, until: None, except: None };
    let closing = Window { since: since.max(earliest_closing(step, label, context)), ..window };
    match &expectation.mode {
        Mode::Eventually => {
            let mut observation = eventually(expectation, window, context);
            // Only the end of the step can tell that no more came.
            let ended = context.record.ended(step.index).is_some();
            if observation.progress == Progress::Met && has_upper_bound(expectation) && !ended {
                observation.progress = Progress::Pending;
            }
            observation
        }
        Mode::Never { until } => bounded::never(expectation, until, (window, closing), context),
        Mode::Always { until } => bounded::always(expectation, until.as_deref(), (window, closing), context),
    }
}

fn eventually(expectation: &Expectation, window: Window, context: &Context<'_>) -> Observation {
    match &expectation.statement {
        Statement::Request(request) => request::observe(request, window, context),
        Statement::File(file) => {
            file::observe_file(file, &std::collections::BTreeMap::new(), window, context)
        }
        Statement::Directory { path, holds_only } => file::observe_directory(path, holds_only, context),
        Statement::History(expectation) => history::observe(expectation, window, context),
        Statement::NoLeftovers { path } => history::observe_leftovers(path, context),
        Statement::Process(process) => process::observe(process, window, context),
        Statement::Log(log) => line::observe_log(log, &std::collections::BTreeMap::new(), window, context),
        Statement::Row(row) => line::observe_row(row, &std::collections::BTreeMap::new(), window, context),
    }
}

fn has_upper_bound(expectation: &Expectation) -> bool {
    match &expectation.statement {
        Statement::Request(request) => request.exchange.count.at_most.is_some(),
        Statement::Row(row) => row.count.at_most.is_some(),
        _ => false,
    }
}

/// The events that a statement is about; both ends excluded.
#[derive(Clone, Copy)]
struct Window {
    since: Option<u64>,
    until: Option<u64>,
    /// The request that closes it, where its answer is what ends it.
    except: Option<u64>,
}

impl Window {
    /// Whether an event lies in it.
    fn holds(self, seq: u64) -> bool {
        self.since.is_none_or(|since| seq > since)
            && self.until.is_none_or(|until| seq < until)
            && self.except != Some(seq)
    }
}
