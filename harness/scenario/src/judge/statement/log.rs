//! Lines that the subject printed.

use protocol::journal::{Event, Fact};
use serde_json::Value;

use super::super::condition::{difference, resolved};
use super::super::finding::Difference;
use super::super::observation::Observation;
use super::super::variable::{Context, Unresolved};
use super::counted::Counted;
use super::window::Window;
use crate::plan::shown::cut;
use crate::plan::{LogExpectation, Matcher};

/// What the journal shows of a line that must be printed.
pub(super) fn observe(
    log: &LogExpectation,
    window: Window,
    context: &Context<'_>,
) -> Result<Observation, Unresolved> {
    let matcher = resolved(&log.line, context)?;
    let expected = format!("a printed line {matcher}");
    let lines: Vec<(u64, &str)> = context
        .record
        .log()
        .filter(|(seq, _)| window.holds(*seq))
        .map(|(seq, fact)| (seq, fact.line.as_str()))
        .collect();
    let found = lines
        .iter()
        .find(|(_, line)| line_difference(&matcher, line).is_none());
    let Some((seq, line)) = found else {
        let around = lines.last().map(|(seq, _)| *seq);
        return Ok(Observation {
            around,
            ..Observation::pending(expected, format!("{} lines, none such", lines.len()))
        });
    };
    Ok(Observation::met(
        expected,
        format!("`{}`", cut(line)),
        vec![*seq],
    ))
}

/// The lines among some events, by whether they fit.
pub(super) fn count<'a>(
    log: &LogExpectation,
    events: impl Iterator<Item = &'a Event>,
    context: &Context<'_>,
) -> Result<Counted, Unresolved> {
    let matcher = resolved(&log.line, context)?;
    let mut counted = Counted::new(format!("a printed line {matcher}"));
    for event in events {
        if let Fact::Log(fact) = &event.fact {
            let differences = line_difference(&matcher, &fact.line).into_iter().collect();
            counted.judge(event.seq, differences, || format!("`{}`", cut(&fact.line)));
        }
    }
    Ok(counted)
}

fn line_difference(matcher: &Matcher, line: &str) -> Option<Difference> {
    difference("line", matcher, Some(&Value::String(line.to_owned())))
}
