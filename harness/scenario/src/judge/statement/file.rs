//! The state of paths.

use std::collections::{BTreeMap, BTreeSet};

use itertools::Itertools as _;
use protocol::PathPattern;
use protocol::journal::{
    DiskCallClass, DiskFact, DiskObserverKind, Event, Fact, FileState, PresentFile,
};
use serde_json::Value;

use super::super::condition::{difference, resolved};
use super::super::finding::{Difference, NearestMiss, in_a_line};
use super::super::history::{Completeness, History, completeness};
use super::super::observation::Observation;
use super::super::record::{plain_path, same_path};
use super::super::variable::{Context, Unresolved};
use super::counted::Counted;
use super::window::Window;
use crate::plan::{FileExpectation, Matcher};

/// What the journal shows of a path: the last state it was seen in.
pub(super) fn observe_file(
    file: &FileExpectation,
    before: Option<u64>,
    window: Window,
    context: &Context<'_>,
) -> Result<Observation, Unresolved> {
    let text = file
        .content
        .as_ref()
        .map(|matcher| resolved(matcher, context))
        .transpose()?;
    let expected = expectation_described(file, text.as_ref());
    let Some((seq, fact)) = context.record.disk(&file.path).last() else {
        return Ok(never_seen(file, expected, context));
    };
    if file.unchanged
        && let Some(observation) = changed(file, &expected, window, context)
    {
        return Ok(observation);
    }
    if let Some(label) = &file.before {
        return Ok(observe_before(
            file,
            text.as_ref(),
            (expected, label, before),
            context,
        ));
    }
    let differences = state_differences(file, text.as_ref(), &fact.state);
    if differences.is_empty() {
        return Ok(Observation::met(
            expected,
            state_described(&fact.state),
            vec![seq],
        ));
    }
    let seen = in_a_line(&differences);
    let what = format!("`{}` {}", file.path, state_described(&fact.state));
    Ok(Observation {
        nearest_miss: Some(NearestMiss {
            seq,
            what,
            differences,
        }),
        came: true,
        around: Some(seq),
        ..Observation::pending(expected, seen)
    })
}

/// Whether a path was as expected before something else was seen.
fn observe_before(
    file: &FileExpectation,
    text: Option<&Matcher>,
    (expected, label, limit): (String, &str, Option<u64>),
    context: &Context<'_>,
) -> Observation {
    let expected = format!("{expected} before `{label}`");
    let Some(limit) = limit else {
        return Observation::pending(expected, format!("`{label}` was not seen"));
    };
    let fits = |fact: &DiskFact| state_differences(file, text, &fact.state).is_empty();
    let first = context.record.disk(&file.path).find(|(_, fact)| fits(fact));
    match first {
        Some((seq, fact)) if seq < limit => {
            Observation::met(expected, state_described(&fact.state), vec![seq, limit])
        }
        Some((seq, _)) => {
            let history = History::of(context.record);
            let seen =
                format!("it was so only at event {seq}, and `{label}` was seen at event {limit}");
            match completeness(context.record, &history, &file.path, |_| true) {
                Completeness::Complete => Observation::violated(expected, seen, vec![limit, seq]),
                Completeness::Doubtful(why) => {
                    Observation::undecided(expected, seen, why, Some(seq))
                }
            }
        }
        None => Observation::pending(expected, format!("`{}` was never so", file.path)),
    }
}

/// What the journal shows of a directory: the last states of its children.
pub(super) fn observe_directory(
    path: &str,
    holds_only: &[String],
    context: &Context<'_>,
) -> Observation {
    let names = holds_only.iter().map(|name| format!("`{name}`")).join(", ");
    let expected = format!("`{path}` holds nothing but {names}");
    let mut children: BTreeMap<&str, (u64, bool)> = BTreeMap::new();
    for event in context.record.events {
        if let Fact::Disk(fact) = &event.fact
            && let Some(name) = child_of(path, &fact.path)
        {
            children.insert(
                name,
                (event.seq, matches!(fact.state, FileState::Present(_))),
            );
        }
    }
    let strange: BTreeMap<&str, u64> = children
        .iter()
        .filter(|(name, (_, present))| {
            *present && !holds_only.iter().any(|glob| PathPattern(glob).fits(name))
        })
        .map(|(name, (seq, _))| (*name, *seq))
        .collect();
    if let Some(seq) = strange.values().max() {
        let names = strange.keys().map(|name| format!("`{name}`")).join(", ");
        return Observation {
            came: true,
            around: Some(*seq),
            ..Observation::pending(expected, format!("it also holds {names}"))
        };
    }
    let seen: BTreeSet<u64> = children.values().map(|(seq, _)| *seq).collect();
    if seen.is_empty() {
        return observed_nothing(expected, "no entry of it was ever seen", context);
    }
    let there = children.iter().filter(|(_, (_, present))| *present).count();
    Observation::met(
        expected,
        format!("{there} entries, all of them expected"),
        seen.into_iter().collect(),
    )
}

/// The states of a path among some events, by whether they fit; the harness's own doings do not count.
pub(super) fn count_states<'a>(
    file: &FileExpectation,
    events: impl Iterator<Item = &'a Event>,
    context: &Context<'_>,
) -> Result<Counted, Unresolved> {
    let text = file
        .content
        .as_ref()
        .map(|matcher| resolved(matcher, context))
        .transpose()?;
    let mut counted = Counted::new(expectation_described(file, text.as_ref()));
    counted.states_of = Some(file.path.clone());
    for event in events {
        if let Fact::Disk(fact) = &event.fact
            && !fact.is_by_harness()
            && same_path(&fact.path, &file.path)
        {
            let differences = state_differences(file, text.as_ref(), &fact.state);
            counted.judge(event.seq, differences, || {
                format!("`{}` {}", file.path, state_described(&fact.state))
            });
        }
    }
    Ok(counted)
}

fn never_seen(file: &FileExpectation, expected: String, context: &Context<'_>) -> Observation {
    if file.absent {
        return observed_nothing(expected, "it was never there", context);
    }
    Observation::pending(expected, format!("`{}` was never there", file.path))
}

/// A path without any fact is absent, provided that the disk was observed.
pub(super) fn observed_nothing(expected: String, seen: &str, context: &Context<'_>) -> Observation {
    let observed = context
        .record
        .stage
        .is_some_and(|stage| stage.disk_observer != DiskObserverKind::None)
        || context
            .record
            .events
            .iter()
            .any(|event| matches!(event.fact, Fact::Disk(_)));
    let first = context.record.events.first().map(|event| event.seq);
    match first.filter(|_| observed) {
        Some(first) => Observation::met(expected, seen, vec![first]),
        None => Observation {
            inconclusive: Some("the disk was not watched".into()),
            ..Observation::pending(expected, "the disk was not watched")
        },
    }
}

/// The first change of a path since the window opened, or since the harness last touched it in the window.
fn changed(
    file: &FileExpectation,
    expected: &str,
    window: Window,
    context: &Context<'_>,
) -> Option<Observation> {
    let mut baseline: Option<&DiskFact> = None;
    for (seq, fact) in context.record.disk(&file.path) {
        if fact.is_by_harness() || !window.holds(seq) {
            baseline = Some(fact);
            continue;
        }
        let before = baseline.map(|fact| &fact.state);
        let differences = match (before, &fact.state) {
            (Some(FileState::Present(before)), FileState::Present(now)) => changes(before, now),
            (Some(FileState::Absent) | None, FileState::Absent) => Vec::new(),
            (_, state) => {
                let before = before.map_or_else(|| "absent".into(), state_described);
                vec![Difference::new("state", before, state_described(state))]
            }
        };
        if !differences.is_empty() {
            let seen = format!("it changed: {}", in_a_line(&differences));
            let what = format!("`{}` {}", file.path, state_described(&fact.state));
            return Some(Observation {
                nearest_miss: Some(NearestMiss {
                    seq,
                    what,
                    differences,
                }),
                ..Observation::violated(expected.to_owned(), seen, vec![seq])
            });
        }
    }
    rewritten(file, expected, window, context)
}

/// A call that wrote the file again without a trace in its state.
fn rewritten(
    file: &FileExpectation,
    expected: &str,
    window: Window,
    context: &Context<'_>,
) -> Option<Observation> {
    let is_meant = |path: &str| same_path(path, &file.path);
    window.events(context.record).find_map(|event| {
        let Fact::DiskCall(call) = &event.fact else {
            return None;
        };
        let rewrites = match call.class {
            DiskCallClass::Write | DiskCallClass::Truncate | DiskCallClass::Unlink => {
                is_meant(&call.path)
            }
            DiskCallClass::Rename => {
                is_meant(&call.path) || call.to.as_deref().is_some_and(is_meant)
            }
            // A further name of the file leaves the file alone.
            DiskCallClass::Link => call.to.as_deref().is_some_and(is_meant),
            DiskCallClass::Open => {
                is_meant(&call.path) && call.flags.iter().any(|flag| flag == "O_TRUNC")
            }
            _ => false,
        };
        (rewrites && call.took_effect()).then(|| {
            let seen = format!("it was acted on by `{}`", call.name);
            Observation::violated(expected.to_owned(), seen, vec![event.seq])
        })
    })
}

fn changes(before: &PresentFile, now: &PresentFile) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut compare = |field: &str, expected: String, seen: String| {
        if expected != seen {
            differences.push(Difference::new(field, expected, seen));
        }
    };
    compare("kind", before.kind.to_string(), now.kind.to_string());
    compare(
        "mode",
        mode_described(before.mode),
        mode_described(now.mode),
    );
    compare("inode", before.inode.to_string(), now.inode.to_string());
    compare(
        "modified-ns",
        before.modified_ns.to_string(),
        now.modified_ns.to_string(),
    );
    if before.content.is_some() && now.content.is_some() {
        let shown = |content: &Option<String>| {
            crate::plan::shown::value(content.clone().map(Value::String).as_ref())
        };
        compare("content", shown(&before.content), shown(&now.content));
    }
    differences
}

fn state_differences(
    file: &FileExpectation,
    content: Option<&Matcher>,
    state: &FileState,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let present = match state {
        FileState::Present(present) if !file.absent => present,
        FileState::Absent if file.absent => return differences,
        FileState::Absent => return vec![Difference::new("state", "present", "absent")],
        FileState::Present(_) => {
            return vec![Difference::new("state", "absent", state_described(state))];
        }
    };
    let mut compare = |field: &str, expected: Option<String>, seen: String| {
        if let Some(expected) = expected.filter(|expected| *expected != seen) {
            differences.push(Difference::new(field, expected, seen));
        }
    };
    compare(
        "kind",
        file.kind.map(|kind| kind.to_string()),
        present.kind.to_string(),
    );
    compare(
        "mode",
        file.mode.map(mode_described),
        mode_described(present.mode),
    );
    compare(
        "size",
        file.size.map(|size| size.to_string()),
        present.size.to_string(),
    );
    if let Some(matcher) = content {
        let text = present.content.clone().map(Value::String);
        differences.extend(difference("content", matcher, text.as_ref()));
    }
    differences
}

fn expectation_described(file: &FileExpectation, content: Option<&Matcher>) -> String {
    let mut parts = Vec::new();
    if file.absent {
        parts.push("absent".to_owned());
    }
    parts.extend(file.kind.map(|kind| format!("a {kind}")));
    parts.extend(
        file.mode
            .map(|mode| format!("with mode {}", mode_described(mode))),
    );
    parts.extend(file.size.map(|size| format!("of {size} bytes")));
    parts.extend(content.map(|matcher| format!("with content {matcher}")));
    if file.unchanged {
        parts.push("unchanged".to_owned());
    }
    if parts.is_empty() {
        parts.push("present".to_owned());
    }
    format!("`{}` {}", file.path, parts.join(" "))
}

fn state_described(state: &FileState) -> String {
    match state {
        FileState::Absent => "absent".into(),
        FileState::Present(present) => {
            format!(
                "a {} with mode {} of {} bytes",
                present.kind,
                mode_described(present.mode),
                present.size
            )
        }
    }
}

/// Permission bits as people write them: `0600`.
fn mode_described(mode: u32) -> String {
    format!("{:04o}", mode & 0o7777)
}

/// The name of a direct child of a directory.
pub(super) fn child_of<'a>(directory: &str, path: &'a str) -> Option<&'a str> {
    let directory = plain_path(directory);
    let path = plain_path(path);
    let name = if directory.is_empty() {
        path
    } else {
        path.strip_prefix(directory)?.strip_prefix('/')?
    };
    (!name.is_empty() && !name.contains('/')).then_some(name)
}
