//! Rows of the platform's activity log.

use std::collections::BTreeMap;

use itertools::Itertools as _;
use protocol::journal::{Event, Fact, PlatformChange};
use serde_json::Value;

use super::super::answer::resolved_map;
use super::super::condition::difference;
use super::super::finding::{Difference, NearestMiss, in_a_line};
use super::super::observation::Observation;
use super::super::value::at_path;
use super::super::variable::{Context, Unresolved};
use super::counted::Counted;
use super::window::Window;
use crate::plan::shown::cut;
use crate::plan::{Matcher, RowExpectation};

/// The field of a row that says whose it is.
const WORKSPACE: &str = "workspace_id";

/// What the journal shows of a row that must be written.
pub(super) fn observe(
    row: &RowExpectation,
    window: Window,
    context: &Context<'_>,
) -> Result<Observation, Unresolved> {
    let fields = resolved_map(&row.fields, context)?;
    let expected = format!("an activity row with {}", fields_described(&fields));
    let events = window.events(context.record);
    let rows: Vec<(u64, &Value)> = events
        .filter_map(|event| row_of(event, &fields, context))
        .collect();
    let mut fitting: Vec<(u64, &Value)> = rows
        .iter()
        .filter(|(_, row)| row_differences(&fields, row).is_empty())
        .copied()
        .collect();
    let enough = fitting.len() as u64 >= u64::from(row.count.at_least);
    match row.count.at_most {
        Some(most) if fitting.len() as u64 > u64::from(most) => {
            let witness = fitting.iter().map(|(seq, _)| *seq).collect();
            return Ok(Observation::violated(
                expected,
                format!("{} such rows", fitting.len()),
                witness,
            ));
        }
        Some(_) => {}
        None => fitting.truncate(usize::try_from(row.count.at_least).unwrap_or(usize::MAX)),
    }
    if enough {
        let seen = format!("{} such rows", fitting.len());
        let witness = fitting.iter().map(|(seq, _)| *seq).collect();
        return Ok(Observation::met(expected, seen, witness));
    }
    let seen = format!(
        "{} of {} such rows among {}",
        fitting.len(),
        row.count.at_least,
        rows.len()
    );
    let nearest = rows
        .iter()
        .map(|(seq, row)| (*seq, row_differences(&fields, row)))
        .filter(|(_, differences)| !differences.is_empty())
        .min_by_key(|(_, differences)| differences.len());
    let Some((seq, differences)) = nearest else {
        return Ok(Observation::pending(expected, seen));
    };
    let seen = format!("{seen}; nearest: {}", in_a_line(&differences));
    // A row that has nothing in common with the expected one is not the same thing done differently.
    let came = differences.len() < fields.len();
    Ok(Observation {
        nearest_miss: Some(NearestMiss {
            seq,
            what: "an activity row".into(),
            differences,
        }),
        came,
        around: Some(seq),
        ..Observation::pending(expected, seen)
    })
}

/// The rows among some events, by whether they fit.
pub(super) fn count<'a>(
    row: &RowExpectation,
    events: impl Iterator<Item = &'a Event>,
    context: &Context<'_>,
) -> Result<Counted, Unresolved> {
    let fields = resolved_map(&row.fields, context)?;
    let mut counted = Counted::new(format!(
        "an activity row with {}",
        fields_described(&fields)
    ));
    for event in events {
        if let Some((seq, row)) = row_of(event, &fields, context) {
            counted.judge(seq, row_differences(&fields, row), || {
                format!("the row {}", cut(&row.to_string()))
            });
        }
    }
    Ok(counted)
}

/// The row that an event wrote: one of the subject's workspace, unless the conditions say themselves whose it is.
fn row_of<'a>(
    event: &'a Event,
    fields: &BTreeMap<String, Matcher>,
    context: &Context<'_>,
) -> Option<(u64, &'a Value)> {
    let Fact::Platform(fact) = &event.fact else {
        return None;
    };
    let PlatformChange::Activity(row) = &fact.change else {
        return None;
    };
    let is_meant = fields.contains_key(WORKSPACE)
        || context
            .record
            .workspace()
            .is_none_or(|workspace| workspace == fact.workspace);
    is_meant.then_some((event.seq, row))
}

fn row_differences(fields: &BTreeMap<String, Matcher>, row: &Value) -> Vec<Difference> {
    fields
        .iter()
        .filter_map(|(path, matcher)| difference(path.as_str(), matcher, at_path(row, path)))
        .collect()
}

fn fields_described(fields: &BTreeMap<String, Matcher>) -> String {
    fields
        .iter()
        .map(|(path, matcher)| format!("`{path}` {matcher}"))
        .join(" and ")
}
