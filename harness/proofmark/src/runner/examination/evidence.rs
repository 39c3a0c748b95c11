//! What a journal tells about a start, a credential and an end.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::journal::{
    AnswerFact, DiskCause, Event, Fact, FileKind, FileState, Party, PresentFile, ProcessChange,
    RequestFact,
};
use protocol::wire;

use super::finding::{Ending, Rejection};

/// How many of the last lines that the subject printed are shown.
const LINES_SHOWN: usize = 5;

/// The registers that came to an end, with their answers.
fn registers(journal: &[Event]) -> impl Iterator<Item = (&RequestFact, &AnswerFact)> {
    journal.iter().filter_map(move |event| {
        let Fact::Answer(answer) = &event.fact else {
            return None;
        };
        let request = journal.iter().find_map(|event| match &event.fact {
            Fact::Request(request) if request.exchange == answer.exchange => Some(request),
            _ => None,
        })?;
        let is_register = request.from == Party::Subject
            && request.path.trim_end_matches('/').ends_with(wire::REGISTER);
        is_register.then_some((request, answer))
    })
}

/// The first register that was answered 200.
pub(super) fn registered(journal: &[Event]) -> Option<(&RequestFact, &AnswerFact)> {
    registers(journal).find(|(_, answer)| answer.status == Some(200))
}

/// The address with which the subject registered.
pub(super) fn registered_address(journal: &[Event]) -> Option<String> {
    let (request, _) = registered(journal)?;
    Some(request.body.as_json()?.get("url")?.as_str()?.to_owned())
}

/// From the launch to the answer to the first register that was taken.
pub(super) fn registered_after(journal: &[Event]) -> Option<Duration> {
    let (_, taken) = registered(journal)?;
    let launched = journal
        .iter()
        .find(|event| matches!(event.fact, Fact::Process(_)))?;
    let answered = journal.iter().find(
        |event| matches!(&event.fact, Fact::Answer(answer) if answer.exchange == taken.exchange),
    )?;
    Some(Duration::from_micros(
        answered.at_us.saturating_sub(launched.at_us),
    ))
}

/// How the last register was turned down.
pub(super) fn rejection(journal: &[Event]) -> Option<Rejection> {
    let (_, answer) = registers(journal).last()?;
    Some(Rejection {
        status: answer.status,
        says: answer.body.as_text().unwrap_or_default().to_owned(),
    })
}

/// The placeholder of what an answer to a register handed out under this name.
pub(super) fn handed_out(journal: &[Event], field: &str) -> Option<String> {
    registers(journal)
        .filter_map(|(_, answer)| Some(answer.body.as_json()?.get(field)?.as_str()?.to_owned()))
        .last()
}

/// What lies where by now, and who put it there.
fn files(journal: &[Event]) -> BTreeMap<&str, (&PresentFile, DiskCause)> {
    let mut files = BTreeMap::new();
    for event in journal {
        if let Fact::Disk(fact) = &event.fact {
            match &fact.state {
                FileState::Present(file) => files.insert(fact.path.as_str(), (file, fact.cause)),
                FileState::Absent => files.remove(fact.path.as_str()),
            };
        }
    }
    files
}

/// A regular file that holds this credential: its path, and what it is.
pub(super) fn file_with<'j>(
    journal: &'j [Event],
    credential: &str,
    wanted: impl Fn(&str) -> bool,
) -> Option<(String, &'j PresentFile)> {
    let found = files(journal).into_iter().find(|(path, (file, cause))| {
        wanted(path)
            && file.kind == FileKind::File
            && *cause != DiskCause::Harness
            && file
                .content
                .as_deref()
                .is_some_and(|content| content.contains(credential))
    });
    found.map(|(path, (file, _))| (path.to_owned(), file))
}

/// How the last start ended.
pub(super) fn ending(journal: &[Event]) -> Ending {
    let mut ending = Ending::default();
    for event in journal {
        let Fact::Process(fact) = &event.fact else {
            continue;
        };
        match &fact.change {
            ProcessChange::Started { .. } => ending = Ending::default(),
            ProcessChange::Signalled(name) if name == "KILL" => ending.killed = true,
            ProcessChange::Signalled(name) => ending.asked = Some(name.clone()),
            ProcessChange::Exited { code, signal } => {
                (ending.code, ending.signal) = (*code, *signal);
            }
            ProcessChange::Survivors(count) => ending.survivors = *count,
        }
    }
    ending
}

/// Whether the last start has ended.
pub(super) fn has_ended(journal: &[Event]) -> bool {
    let ending = ending(journal);
    ending.code.is_some() || ending.signal.is_some()
}

/// The last lines that the subject printed.
pub(super) fn printed(journal: &[Event]) -> Vec<String> {
    let lines: Vec<String> = journal
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Log(log) if !log.line.trim().is_empty() => Some(log.line.trim_end().to_owned()),
            _ => None,
        })
        .collect();
    lines.into_iter().rev().take(LINES_SHOWN).rev().collect()
}
