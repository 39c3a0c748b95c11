//! What must never hold, or always: statements bounded by a closing event.

use super::super::finding::in_a_line;
use super::super::history::{Completeness, History, completeness};
use super::super::observation::{Observation, Progress};
use super::super::variable::{Context, Unresolved};
use super::counted::Counted;
use super::request;
use super::sought::Sought;
use super::window::Window;
use crate::plan::{Expectation, RequestExpectation, Statement};

/// How the events of a window are counted.
pub(super) type Count<'c> = &'c dyn Fn(Window) -> Result<Counted, Unresolved>;

/// Nothing of the kind between the opening of the window and the closing event.
pub(super) fn never(
    expectation: &Expectation,
    until: &RequestExpectation,
    windows: (Window, Window),
    context: &Context<'_>,
    count: Count<'_>,
) -> Result<Observation, Unresolved> {
    let close = Close::find(Some(until), windows, context)?;
    let counted = count(close.window)?;
    let expected = format!("never {}{}", counted.expected, close.described);
    let threshold = expectation.statement.count().at_least.max(1);
    if counted.fitting.len() as u64 >= u64::from(threshold) {
        let seen = counted.first.unwrap_or_else(|| "it happened".into());
        return Ok(Observation::violated(expected, seen, counted.fitting));
    }
    let observation = close.bounded(expected, "nothing of the kind");
    Ok(observed_throughout(
        observation,
        counted.states_of.as_deref(),
        close.window,
        context,
    ))
}

/// What holds of every state of a file needs an observer that misses none.
fn observed_throughout(
    observation: Observation,
    states_of: Option<&str>,
    window: Window,
    context: &Context<'_>,
) -> Observation {
    let Some(path) = states_of else {
        return observation;
    };
    let history = History::of(context.record);
    match completeness(context.record, &history, path, |seq| window.holds(seq)) {
        Completeness::Doubtful(why) if observation.progress == Progress::Met => {
            Observation::undecided(
                observation.expected,
                observation.seen,
                why,
                observation.around,
            )
        }
        Completeness::Complete | Completeness::Doubtful(_) => observation,
    }
}

/// Every event of the kind between the opening of the window and the closing event, and one at least.
pub(super) fn always(
    expectation: &Expectation,
    until: Option<&RequestExpectation>,
    windows: (Window, Window),
    context: &Context<'_>,
    count: Count<'_>,
) -> Result<Observation, Unresolved> {
    let close = Close::find(until, windows, context)?;
    let counted = count(close.window)?;
    let expected = format!("always {}{}", counted.expected, close.described);
    let (least, most) = bounds(&expectation.statement);
    if let Some(miss) = counted.unfit.first() {
        let witness = counted.unfit.iter().map(|miss| miss.seq).collect();
        let total = counted.fitting.len() + counted.unfit.len();
        let seen = format!(
            "{} of {total} differ, first {}: {}",
            counted.unfit.len(),
            miss.what,
            in_a_line(&miss.differences)
        );
        let nearest_miss = Some(miss.clone());
        return Ok(Observation {
            nearest_miss,
            ..Observation::violated(expected, seen, witness)
        });
    }
    let seen = counted.fitting.len() as u64;
    if most.is_some_and(|most| seen > u64::from(most)) {
        return Ok(Observation::violated(
            expected,
            format!("{seen} of the kind"),
            counted.fitting,
        ));
    }
    if let Some(wrong) = counted.wrong_gap {
        return Ok(Observation::violated(expected, wrong, counted.fitting));
    }
    if seen < u64::from(least) || counted.waiting {
        let mut observation =
            close.bounded(expected, format!("{seen} of the kind that could be judged"));
        if observation.progress == Progress::Met {
            let is_final = close.is_last && !counted.waiting;
            observation.progress = if is_final {
                Progress::Violated
            } else {
                Progress::Pending
            };
        }
        let nothing = seen == 0 || counted.waiting;
        observation.inconclusive = observation.inconclusive.or_else(|| {
            nothing.then(|| "nothing of the kind happened that could be judged".into())
        });
        observation.came = !nothing;
        return Ok(observation);
    }
    let mut observation = close.bounded(expected, format!("{seen} of the kind, all as expected"));
    observation.witness = counted
        .fitting
        .into_iter()
        .chain(observation.witness)
        .collect();
    Ok(observed_throughout(
        observation,
        counted.states_of.as_deref(),
        close.window,
        context,
    ))
}

/// How many events an `always` needs, and how many it allows. One that only sets an upper bound is about their number: none at all keeps it.
fn bounds(statement: &Statement) -> (u32, Option<u32>) {
    let count = statement.count();
    let least = if count.at_most.is_some() {
        count.at_least
    } else {
        count.at_least.max(1)
    };
    (least, count.at_most)
}

/// The end of a bounded statement.
struct Close {
    /// The events that close it; `None` while they have not come.
    witness: Option<Vec<u64>>,
    /// The window up to them.
    window: Window,
    /// Whether nothing can change any more: a closing event was asked for and came.
    is_last: bool,
    /// For people: ", until `POST /registry/heartbeat`".
    described: String,
}

impl Close {
    /// Looks for the closing events in the second window, which is the part of the first where they count.
    fn find(
        until: Option<&RequestExpectation>,
        (window, closing_in): (Window, Window),
        context: &Context<'_>,
    ) -> Result<Self, Unresolved> {
        let Some(until) = until else {
            return Ok(Self {
                witness: Some(Vec::new()),
                window,
                is_last: false,
                described: String::new(),
            });
        };
        let sought = Sought::resolve(until, context)?;
        let closing = request::closing(&sought, until.count, closing_in, context);
        let (witness, last) =
            closing.map_or((None, None), |(witness, last)| (Some(witness), Some(last)));
        let end = witness
            .as_ref()
            .and_then(|witness| witness.iter().max().copied());
        // A request whose answer is still on its way may turn out to be the closing one.
        let last = last.or_else(|| {
            let mut open = closing_in.exchanges(context.record);
            open.find(|exchange| sought.may_fit(exchange))
                .map(|exchange| exchange.seq)
        });
        Ok(Self {
            is_last: witness.is_some(),
            window: Window {
                until: end,
                except: last,
                ..window
            },
            described: format!(", until {}", request::described(&sought, until.count, None)),
            witness,
        })
    }

    /// Met if the closing event came; otherwise nothing bounds the statement.
    fn bounded(&self, expected: String, seen: impl Into<String>) -> Observation {
        match &self.witness {
            Some(witness) => Observation::met(expected, seen, witness.clone()),
            None => Observation {
                inconclusive: Some("the closing event did not come".into()),
                ..Observation::pending(expected, "the closing event did not come")
            },
        }
    }
}
