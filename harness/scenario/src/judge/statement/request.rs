//! Requests that must come.

use std::collections::BTreeMap;
use std::time::Duration;

use itertools::Itertools as _;
use serde_json::{Value, json};

use super::super::condition::captured;
use super::super::finding::{NearestMiss, in_a_line};
use super::super::observation::{Observation, Progress};
use super::super::record::Exchange;
use super::super::value::{at_path, query_value};
use super::super::variable::{Captures, Context, Unresolved};
use super::counted::Counted;
use super::sought::Sought;
use super::window::Window;
use crate::plan::{Count, Gaps, RequestStatement};

/// What the journal shows of a request expectation.
///
/// The first so many exchanges that fit are its witness. With an upper bound all of them are, and only the end of the step can tell that there were no more.
pub(super) fn observe(
    request: &RequestStatement,
    window: Window,
    context: &Context<'_>,
) -> Result<Observation, Unresolved> {
    let sought = Sought::resolve(&request.exchange, context)?;
    let count = request.exchange.count;
    let expected = described(&sought, count, request.gaps);
    let mut fitting: Vec<Exchange<'_>> = window
        .exchanges(context.record)
        .filter(|exchange| sought.fits(exchange))
        .collect();
    let enough = fitting.len() as u64 >= u64::from(count.at_least);
    if let Some(most) = count.at_most {
        if fitting.len() as u64 > u64::from(most) {
            let seen = format!("{} such requests", fitting.len());
            return Ok(Observation::violated(
                expected,
                seen,
                witness_of(&sought, &fitting),
            ));
        }
    } else {
        fitting.truncate(usize::try_from(count.at_least).unwrap_or(usize::MAX));
    }
    let witness = witness_of(&sought, &fitting);
    if let Some(seen) = request
        .gaps
        .and_then(|gaps| wrong_gap(gaps, &fitting, enough))
    {
        return Ok(Observation::violated(expected, seen, witness));
    }
    if !enough {
        return Ok(unmet(
            &sought,
            count,
            expected,
            fitting.len(),
            (window, context),
        ));
    }
    let captures = fitting
        .last()
        .map(|last| captures_of(&request.capture, last))
        .unwrap_or_default();
    let seen = match fitting.as_slice() {
        [only] => only.in_words(),
        several => format!("{} such requests", several.len()),
    };
    Ok(Observation {
        captures,
        ..Observation::met(expected, seen, witness)
    })
}

/// The events by which an expectation is met, and the last of its requests; `None` while it is not.
pub(super) fn closing(
    sought: &Sought,
    count: Count,
    window: Window,
    context: &Context<'_>,
) -> Option<(Vec<u64>, u64)> {
    let wanted = usize::try_from(count.at_least.max(1)).unwrap_or(usize::MAX);
    let fitting: Vec<Exchange<'_>> = window
        .exchanges(context.record)
        .filter(|exchange| sought.fits(exchange))
        .take(wanted)
        .collect();
    let last = fitting.last().filter(|_| fitting.len() == wanted)?;
    Some((witness_of(sought, &fitting), last.seq))
}

/// A request expectation for people.
pub(super) fn described(sought: &Sought, count: Count, gaps: Option<Gaps>) -> String {
    let count = match (count.at_least, count.at_most) {
        (0 | 1, None) => String::new(),
        (least, None) => format!("at least {least} times "),
        (0, Some(most)) => format!("at most {most} times "),
        (least, Some(most)) if least == most => format!("exactly {least} times "),
        (least, Some(most)) => format!("{least} to {most} times "),
    };
    let gaps = gaps
        .map(|gaps| format!(", {}", gaps_described(gaps)))
        .unwrap_or_default();
    format!("{count}{}{}{gaps}", sought.line(), sought.conditions())
}

fn unmet(
    sought: &Sought,
    count: Count,
    expected: String,
    fitting: usize,
    (window, context): (Window, &Context<'_>),
) -> Observation {
    let unfit: Vec<Exchange<'_>> = window
        .exchanges(context.record)
        .filter(|exchange| sought.selects(exchange) && !sought.fits(exchange))
        .collect();
    // Among requests that do not fit, one without any difference in its line is the nearest.
    let nearest = if unfit.is_empty() && fitting > 0 {
        None
    } else if unfit.is_empty() {
        sought.nearest(window.exchanges(context.record))
    } else {
        sought.nearest(unfit.iter().copied())
    };
    let mut seen = match (fitting, unfit.len()) {
        (0, 0) => "no such request".to_owned(),
        (0, 1) => "one such request that does not fit".to_owned(),
        (0, several) => format!("{several} such requests, none that fits"),
        (some, 0) => format!("{some} of {}", count.at_least),
        (some, others) => format!("{some} of {}, and {others} that do not fit", count.at_least),
    };
    let mut observation = Observation::pending(expected, "");
    if let Some((exchange, miss)) = nearest {
        let line = in_a_line(&miss.differences);
        seen = if unfit.is_empty() {
            format!("{seen}; nearest {}: {line}", miss.what)
        } else {
            format!("{seen}: {line}")
        };
        observation.blame = sought.blame(&exchange, &miss.differences, context.plan.world.edge);
        observation.around = Some(exchange.seq);
        observation.nearest_miss = Some(miss);
    }
    observation.came = fitting > 0 || !unfit.is_empty();
    observation.seen = seen;
    observation.progress = Progress::Pending;
    observation
}

fn witness_of(sought: &Sought, fitting: &[Exchange<'_>]) -> Vec<u64> {
    fitting
        .iter()
        .flat_map(|exchange| sought.witness(exchange))
        .collect()
}

/// The first gap that breaks the conditions; growth overall is judged only when all exchanges are there.
pub(super) fn wrong_gap(gaps: Gaps, fitting: &[Exchange<'_>], complete: bool) -> Option<String> {
    let lengths: Vec<u64> = fitting
        .iter()
        .zip(fitting.iter().skip(1))
        .map(|(one, next)| next.at_us.saturating_sub(one.at_us))
        .collect();
    for (position, length) in lengths.iter().enumerate() {
        let ordinal = position + 1;
        if gaps
            .at_least
            .is_some_and(|least| u128::from(*length) < least.as_micros())
        {
            return Some(format!(
                "gap {ordinal} is {}: too short",
                in_milliseconds(*length)
            ));
        }
        if gaps
            .at_most
            .is_some_and(|most| u128::from(*length) > most.as_micros())
        {
            return Some(format!(
                "gap {ordinal} is {}: too long",
                in_milliseconds(*length)
            ));
        }
    }
    if !gaps.growing {
        return None;
    }
    let all = || {
        lengths
            .iter()
            .map(|length| in_milliseconds(*length))
            .join(", ")
    };
    let shrinks = lengths
        .iter()
        .zip(lengths.iter().skip(1))
        .any(|(one, next)| *next < one / 2);
    let stays = complete
        && lengths.len() > 1
        && lengths
            .first()
            .zip(lengths.last())
            .is_some_and(|(first, last)| last <= first);
    (shrinks || stays).then(|| format!("gaps that do not grow: {}", all()))
}

fn gaps_described(gaps: Gaps) -> String {
    let in_words = |duration: Duration| {
        in_milliseconds(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    };
    let mut parts = Vec::new();
    parts.extend(
        gaps.at_least
            .map(|least| format!("at least {}", in_words(least))),
    );
    parts.extend(
        gaps.at_most
            .map(|most| format!("at most {}", in_words(most))),
    );
    parts.extend(gaps.growing.then(|| "growing".to_owned()));
    format!("with gaps {}", parts.join(" and "))
}

/// Microseconds as milliseconds with one digit.
fn in_milliseconds(microseconds: u64) -> String {
    format!("{}.{} ms", microseconds / 1000, microseconds % 1000 / 100)
}

fn captures_of(names: &BTreeMap<String, String>, exchange: &Exchange<'_>) -> Captures {
    names
        .iter()
        .map(|(name, source)| (name.clone(), capture(source, exchange)))
        .collect()
}

fn capture(source: &str, exchange: &Exchange<'_>) -> Result<String, String> {
    let request = exchange.request;
    let (place, path) = source.split_once('.').unwrap_or((source, ""));
    let value: Option<Value> = match place {
        "path" => Some(Value::String(request.path.clone())),
        "query" => query_value(&request.query, path).map(Value::String),
        "headers" => exchange.header(path).map(Value::String),
        "body" => request
            .body
            .as_json()
            .and_then(|body| at_path(&body, path).cloned()),
        "answer" => {
            let body = exchange
                .answer
                .and_then(|(_, answer)| answer.body.as_json());
            let field = |path| body.as_ref().and_then(|body| at_path(body, path).cloned());
            // The body may be named, and where it has no field of that name, `status` is that of the answer.
            field(path)
                .or_else(|| path.strip_prefix("body.").and_then(field))
                .or_else(|| {
                    exchange
                        .status()
                        .filter(|_| path == "status")
                        .map(|status| json!(status))
                })
        }
        _ => return Err(format!("`{source}` names nothing of an exchange")),
    };
    captured(value.as_ref(), source)
}

/// The selected exchanges of a window, counted by whether they fit.
pub(super) fn count(
    request: &RequestStatement,
    window: Window,
    context: &Context<'_>,
) -> Result<Counted, Unresolved> {
    let sought = Sought::resolve(&request.exchange, context)?;
    let mut counted = Counted::new(described(&sought, request.exchange.count, request.gaps));
    let mut fitting = Vec::new();
    for exchange in window
        .exchanges(context.record)
        .filter(|exchange| sought.selects(exchange))
    {
        let differences = sought.differences(&exchange);
        if differences.is_empty() {
            counted.add([exchange.seq], || exchange.in_words());
            fitting.push(exchange);
        } else if sought.may_fit(&exchange) {
            counted.waiting = true;
        } else {
            counted.unfit.push(NearestMiss {
                seq: exchange.seq,
                what: exchange.in_words(),
                differences,
            });
        }
    }
    counted.wrong_gap = request
        .gaps
        .and_then(|gaps| wrong_gap(gaps, &fitting, true));
    Ok(counted)
}
