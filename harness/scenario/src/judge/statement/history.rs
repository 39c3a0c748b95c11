//! Every state that a file had, and what is left of writing it.

use std::collections::{BTreeMap, BTreeSet};

use itertools::Itertools as _;
use protocol::journal::{
    CredentialFiles, DiskCallClass, DiskCallFact, DiskCause, Event, Fact, FileKind,
};
use protocol::wire;

use super::super::history::{Completeness, History, SHARED, Sight, completeness, is_issued};
use super::super::observation::Observation;
use super::super::record::{plain_path, same_path};
use super::super::variable::Context;
use super::file::{child_of, observed_nothing};
use super::window::Window;
use crate::plan::{HistoryExpectation, KnownContent};

/// What the journal shows of a file's history in the window.
pub(super) fn observe(
    expectation: &HistoryExpectation,
    window: Window,
    context: &Context<'_>,
) -> Observation {
    let record = context.record;
    let history = History::of(record);
    let path = &expectation.path;
    let expected = described(expectation);
    let in_window = |seq: u64| window.holds(seq);
    let own: Vec<&Sight<'_>> = history
        .at(path)
        .filter(|sight| in_window(sight.seq) && sight.cause != DiskCause::Harness)
        .collect();
    let mark = mark_of(path, &context.plan.credential_files);
    let violation = private(expectation, &history, mark, in_window)
        .or_else(|| contents(expectation, &history, window))
        .or_else(|| ways(expectation, &history, window))
        .or_else(|| unsynced(expectation, &history, window, record.events));
    if let Some((sight, wrong)) = violation {
        return Observation::violated(
            expected,
            format!("{}: {wrong}", sight.in_words()),
            vec![sight.seq],
        );
    }
    if own.is_empty() {
        return Observation::pending(
            expected,
            format!("`{path}` was not written since the window opened"),
        );
    }
    let needs_calls = expectation.private_from_birth
        || expectation.content_always.is_some()
        || expectation.synced_before_rename;
    let doubt = match completeness(record, &history, path, in_window) {
        Completeness::Complete => None,
        // Notices tell kinds of change, though not every state.
        Completeness::Doubtful(_)
            if !needs_calls && own.iter().all(|sight| sight.class().is_some()) =>
        {
            None
        }
        Completeness::Doubtful(why) => Some(why),
    };
    let seen = format!("{} states, none of them otherwise", own.len());
    let witness: Vec<u64> = own.iter().map(|sight| sight.seq).collect();
    match doubt {
        None => Observation::met(expected, seen, witness),
        Some(why) => Observation::undecided(expected, seen, why, witness.first().copied()),
    }
}

type Violation<'h> = Option<(Sight<'h>, String)>;

fn private<'h>(
    expectation: &HistoryExpectation,
    history: &History<'h>,
    mark: Option<&str>,
    in_window: impl Fn(u64) -> bool,
) -> Violation<'h> {
    if !expectation.private_from_birth {
        return None;
    }
    let carriers = history.carriers(&expectation.path, mark, &in_window);
    let sight = history.sights.iter().find(|sight| {
        in_window(sight.seq)
            && sight.cause != DiskCause::Harness
            && sight.is_shared()
            && sight.life.is_some_and(|life| {
                // What the harness planted is the subject's affair once a credential is in it.
                carriers.contains(&life)
                    && (!history.is_planted(life) || mark.is_none_or(|mark| sight.holds(mark)))
            })
    })?;
    let mode = sight.file.map_or(0, |file| file.mode & SHARED);
    Some((*sight, format!("others were allowed {mode:04o}")))
}

fn contents<'h>(
    expectation: &HistoryExpectation,
    history: &History<'h>,
    window: Window,
) -> Violation<'h> {
    let allowed = expectation.content_always.as_ref()?;
    let mut previous: Option<Option<&str>> = None;
    for sight in history.at(&expectation.path) {
        if sight.cause == DiskCause::Harness || !window.holds(sight.seq) {
            previous = Some(sight.file.and(sight.content()));
            continue;
        }
        let fits = allowed.iter().any(|known| match known {
            KnownContent::Absent => sight.file.is_none(),
            KnownContent::Previous => match previous {
                Some(Some(text)) => sight.content() == Some(text),
                Some(None) | None => sight.file.is_none(),
            },
            KnownContent::Issued => sight.content().is_some_and(is_issued),
        });
        if !fits {
            return Some((*sight, "a reader would have met something else".into()));
        }
    }
    None
}

fn ways<'h>(
    expectation: &HistoryExpectation,
    history: &History<'h>,
    window: Window,
) -> Violation<'h> {
    expectation.changed_only_by?;
    let mut before: Option<&Sight<'_>> = None;
    for sight in history.at(&expectation.path) {
        let is_own = sight.cause != DiskCause::Harness && window.holds(sight.seq);
        let is_new = sight.file.is_some_and(|now| {
            before.and_then(|before| before.file).is_none_or(|then| {
                then.inode != now.inode || then.content != now.content || then.digest != now.digest
            })
        });
        let in_place = match sight.class() {
            Some(class) => !matches!(class, DiskCallClass::Rename | DiskCallClass::Link),
            // The same file with another content was written where it stands; how a new one came was not observed.
            None => {
                sight.cause == DiskCause::Found
                    && before.is_some_and(|before| before.life == sight.life)
            }
        };
        if is_own && is_new && in_place {
            return Some((*sight, "it was not renamed into place".into()));
        }
        before = Some(sight);
    }
    None
}

/// A rename of something that was written and not synced since.
fn unsynced<'h>(
    expectation: &HistoryExpectation,
    history: &History<'h>,
    window: Window,
    events: &[Event],
) -> Violation<'h> {
    if !expectation.synced_before_rename {
        return None;
    }
    let mut dirty: BTreeSet<u64> = BTreeSet::new();
    // Each write to one of these reaches the disk before it returns.
    let mut synchronous: BTreeSet<u64> = BTreeSet::new();
    for event in events {
        let Fact::DiskCall(call) = &event.fact else {
            continue;
        };
        let Some(file) = call.after.as_ref().filter(|_| call.took_effect()) else {
            continue;
        };
        match call.class {
            DiskCallClass::Open if is_synchronous(call) => {
                synchronous.insert(file.inode);
            }
            DiskCallClass::Open => {
                synchronous.remove(&file.inode);
            }
            DiskCallClass::Write | DiskCallClass::Truncate
                if !synchronous.contains(&file.inode) =>
            {
                dirty.insert(file.inode);
            }
            DiskCallClass::Sync => {
                dirty.remove(&file.inode);
            }
            DiskCallClass::Rename
                if window.holds(event.seq)
                    && call
                        .to
                        .as_deref()
                        .is_some_and(|to| same_path(to, &expectation.path))
                    && dirty.contains(&file.inode) =>
            {
                let sight = history
                    .at(&expectation.path)
                    .find(|sight| sight.seq > event.seq)?;
                return Some((*sight, "what was renamed had not been synced".into()));
            }
            _ => {}
        }
    }
    None
}

fn is_synchronous(call: &DiskCallFact) -> bool {
    call.flags
        .iter()
        .any(|flag| flag == "O_SYNC" || flag == "O_DSYNC")
}

/// How placeholders of the credential begin that belongs into a file.
fn mark_of(path: &str, files: &CredentialFiles) -> Option<&'static str> {
    if files.token.as_deref() == Some(path) {
        return Some("«auth-token-");
    }
    if files.secret.as_deref() == Some(path) {
        return Some("«inbound-secret-");
    }
    match path.rsplit('/').next()? {
        wire::TOKEN_FILE => Some("«auth-token-"),
        wire::SECRET_FILE => Some("«inbound-secret-"),
        _ => None,
    }
}

/// What the journal shows of the rests of writing in a directory.
pub(super) fn observe_leftovers(path: &str, context: &Context<'_>) -> Observation {
    let expected = format!("nothing is left in `{path}` of writing the credential files");
    let history = History::of(context.record);
    let mut children: BTreeMap<&str, &Sight<'_>> = BTreeMap::new();
    for sight in &history.sights {
        if let Some(name) = child_of(path, sight.path) {
            children.insert(name, sight);
        }
    }
    let left: Vec<(&str, &Sight<'_>)> = children
        .iter()
        .filter(|(name, sight)| is_leftover(name, sight, &context.plan.credential_files))
        .map(|(name, sight)| (*name, *sight))
        .collect();
    if let Some(seq) = left.iter().map(|(_, sight)| sight.seq).max() {
        let names = left.iter().map(|(name, _)| format!("`{name}`")).join(", ");
        return Observation {
            came: true,
            around: Some(seq),
            ..Observation::pending(expected, format!("there is {names}"))
        };
    }
    let witness: Vec<u64> = children.values().map(|sight| sight.seq).collect();
    if witness.is_empty() {
        let what = format!("nothing was ever seen in `{}`", plain_path(path));
        return observed_nothing(expected, &what, context);
    }
    let there = children
        .values()
        .filter(|sight| sight.file.is_some())
        .count();
    Observation::met(
        expected,
        format!("{there} entries, none of them a rest"),
        witness,
    )
}

/// Whether an entry that is there now is a rest: it is named after a credential file or as temporary files are, or has
/// (the beginning of) a credential in it.
fn is_leftover(name: &str, sight: &Sight<'_>, own: &CredentialFiles) -> bool {
    let files = [wire::TOKEN_FILE, wire::SECRET_FILE];
    let Some(file) = sight.file else { return false };
    let is_declared = [&own.token, &own.secret]
        .into_iter()
        .flatten()
        .any(|path| path == sight.path);
    if is_declared
        || files.contains(&name)
        || file.kind == FileKind::Directory
        || sight.cause == DiskCause::Harness
    {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let is_temporary = lower.trim_start_matches('.').starts_with("tmp")
        || [".tmp", ".temp", ".new", ".part", "~"]
            .iter()
            .any(|end| lower.ends_with(end));
    files
        .iter()
        .any(|file| name.contains(file.trim_start_matches('.')))
        || is_temporary
        || sight.holds("«auth-token-")
        || sight.holds("«inbound-secret-")
}

fn described(expectation: &HistoryExpectation) -> String {
    let mut parts = Vec::new();
    if expectation.private_from_birth {
        parts.push("private from birth, temporary files included".to_owned());
    }
    if let Some(allowed) = &expectation.content_always {
        let words = allowed
            .iter()
            .map(|known| match known {
                KnownContent::Absent => "absent",
                KnownContent::Previous => "as before",
                KnownContent::Issued => "a whole issued credential",
            })
            .join(" or ");
        parts.push(format!("always {words}"));
    }
    if expectation.changed_only_by.is_some() {
        parts.push("changed by rename alone".to_owned());
    }
    if expectation.synced_before_rename {
        parts.push("synced before it was renamed into place".to_owned());
    }
    format!("`{}` {}", expectation.path, parts.join(", "))
}
