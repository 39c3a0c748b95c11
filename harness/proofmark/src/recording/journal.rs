//! Reading a journal back: every line must be there and whole, or nothing can be said of the scenario.

use std::io;
use std::path::{Path, PathBuf};

use protocol::journal::{Event, Fact, JOURNAL_FORMAT};
use serde_json::Value;

/// Why a journal cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read.
    #[error("cannot read the journal `{}`: {source}", file.display())]
    Read {
        /// Which one.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line of it is not what it must be.
    #[error("{}:{line}: {problem}", file.display())]
    Line {
        /// Which journal.
        file: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
}

/// Reads the journal of a scenario, of which the run recorded so many events.
pub fn read_journal(
    file: &Path,
    scenario: &str,
    events: usize,
) -> Result<Vec<Event>, JournalError> {
    let bytes = std::fs::read(file).map_err(|source| JournalError::Read {
        file: file.to_owned(),
        source,
    })?;
    parse(&bytes, scenario, events).map_err(|(line, problem)| JournalError::Line {
        file: file.to_owned(),
        line,
        problem,
    })
}

fn parse(bytes: &[u8], scenario: &str, events: usize) -> Result<Vec<Event>, (usize, String)> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut journal = Vec::new();
    for (position, text) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = position + 1;
        if position == 0 {
            refuse_other_formats(text).map_err(|problem| (line, problem))?;
        }
        let event: Event = serde_json::from_slice(text).map_err(|error| {
            (
                line,
                format!("this is no event of a journal: {}", problem(&error)),
            )
        })?;
        if event.seq != position as u64 {
            let found = event.seq;
            let problem = format!(
                "event {found} stands where event {position} must; a line is missing, doubled or out of order"
            );
            return Err((line, problem));
        }
        match &event.fact {
            Fact::Stage(stage) if position == 0 && stage.scenario != scenario => {
                let problem = format!(
                    "this is a journal of `{}`, and `{scenario}` is looked for",
                    stage.scenario
                );
                return Err((line, problem));
            }
            Fact::Stage(_) if position == 0 => {}
            _ if position == 0 => {
                return Err((
                    line,
                    "a journal begins with its stage, and this one does not".into(),
                ));
            }
            _ => {}
        }
        journal.push(event);
    }
    let found = journal.len();
    if found != events {
        return Err((
            found,
            format!("the journal ends after {found} events, and the run recorded {events}"),
        ));
    }
    Ok(journal)
}

/// Another version may have another shape, and its number is all that counts then.
fn refuse_other_formats(line: &[u8]) -> Result<(), String> {
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return Ok(());
    };
    match value.pointer("/fact/stage/format") {
        Some(found) if found.as_u64() != Some(u64::from(JOURNAL_FORMAT)) => Err(format!(
            "this journal has the format {found}, and this Proofmark reads {JOURNAL_FORMAT}; judge it with the Proofmark that recorded it"
        )),
        _ => Ok(()),
    }
}

/// What is wrong with a text, without the place in it.
pub(super) fn problem(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it is cut short".to_owned();
    }
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.as_str(), |(problem, _)| problem)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGE: &str = r#"{"seq":0,"at_us":0,"fact":{"stage":{"format":2,"scenario":"token/a","revision":"r1","deployment":"docker","workspace":"w","organisation":"o","platform_origin":"http://a","platform_url":null,"subject_port":1,"peers":[],"heartbeat_us":1,"slack_us":1,"disk_observer":"trace"}}}"#;
    const TROUBLE: &str = r#"{"seq":1,"at_us":5,"fact":{"trouble":"none"}}"#;

    fn refused(lines: &[&str], events: usize) -> (usize, String) {
        parse(lines.join("\n").as_bytes(), "token/a", events).unwrap_err()
    }

    #[test]
    fn a_whole_journal_reads_back() {
        let text = format!("{STAGE}\n{TROUBLE}\n");
        assert_eq!(parse(text.as_bytes(), "token/a", 2).unwrap().len(), 2);
    }

    #[test]
    fn a_broken_or_cut_line_is_told_by_its_number() {
        assert_eq!(
            refused(&[STAGE, &TROUBLE[..20]], 2),
            (2, "this is no event of a journal: it is cut short".into())
        );
        assert_eq!(
            refused(&[STAGE, "nonsense", TROUBLE], 3),
            (2, "this is no event of a journal: expected ident".into())
        );
        assert_eq!(
            refused(&[""], 2),
            (1, "this is no event of a journal: it is cut short".into())
        );
        let (line, _) = parse(b"\xff\xfe", "token/a", 1).unwrap_err();
        assert_eq!(line, 1);
    }

    #[test]
    fn a_missing_line_is_noticed_wherever_it_was() {
        assert_eq!(
            refused(&[STAGE], 2),
            (
                1,
                "the journal ends after 1 events, and the run recorded 2".into()
            )
        );
        let later = TROUBLE.replace("\"seq\":1", "\"seq\":2");
        let (line, problem) = refused(&[STAGE, &later], 3);
        assert_eq!(line, 2);
        assert!(
            problem.starts_with("event 2 stands where event 1 must"),
            "{problem}"
        );
    }

    #[test]
    fn another_format_another_scenario_and_a_missing_stage_are_refused() {
        let other = STAGE.replace("\"format\":2", "\"format\":9");
        assert_eq!(
            refused(&[&other], 1).1,
            "this journal has the format 9, and this Proofmark reads 2; judge it with the Proofmark that recorded it"
        );
        let other = STAGE.replace("token/a", "token/b");
        assert_eq!(
            refused(&[&other], 1).1,
            "this is a journal of `token/b`, and `token/a` is looked for"
        );
        let first = TROUBLE.replace("\"seq\":1", "\"seq\":0");
        assert_eq!(
            refused(&[&first], 1).1,
            "a journal begins with its stage, and this one does not"
        );
    }
}
