//! Every sample writer is judged right in every run and every language.

use diskwatch::Event;
use libtest_mimic::Trial;

use crate::helper::Run;
use crate::language::{ISSUED, KINDS, Language};
use crate::law::{Judgement, PREVIOUS, SECRET, judge};
use crate::trial;

/// More can be asked for by `DISKWATCH_RUNS`.
pub(crate) fn runs() -> usize {
    std::env::var("DISKWATCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(6)
}

pub(crate) fn expected(kind: &str) -> Judgement {
    let all = Judgement { private_from_birth: true, always_whole: true, changed_only_by_rename: true };
    match kind {
        "chmod-after" => {
            Judgement { private_from_birth: false, always_whole: false, changed_only_by_rename: false }
        }
        "truncate-in-place" => Judgement { always_whole: false, changed_only_by_rename: false, ..all },
        "temporary-0644-then-rename" => Judgement { private_from_birth: false, ..all },
        _ => all,
    }
}

/// A writer at its place, with the previous secret where it needs one.
pub(crate) fn writer(language: Language, kind: &str) -> Run {
    let command = language.command(kind);
    let run = Run::new(&command.iter().map(String::as_str).collect::<Vec<_>>());
    // A file that exists keeps its mode, so the lax one must be new.
    if kind == "chmod-after" { run } else { run.with_file(SECRET, PREVIOUS, 0o600) }
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for language in Language::ALL {
        for kind in KINDS {
            trials.push(trial(
                format!("writers::{}_{kind}_is_always_judged_right", language.name()),
                move || {
                    for number in 0..runs() {
                        let ran = writer(language, kind).run();
                        assert_eq!(ran.code(), Some(0), "run {number}: {}", ran.errors());
                        assert_eq!(judge(&ran), expected(kind), "run {number}: {:#?}", ran.events);
                        assert!(ran.is_undisturbed(), "run {number}: {:#?}", ran.events);
                        assert_eq!(ran.read(SECRET).as_deref(), Some(ISSUED));
                        assert!(matches!(ran.events.first(), Some(Event::Started { .. })));
                        assert!(matches!(ran.events.last(), Some(Event::Exited { code: Some(0), .. })));
                        ordered(&ran.events);
                    }
                },
            ));
        }
    }
    trials
}

/// Indices count and times do not run backwards.
fn ordered(events: &[Event]) {
    let calls: Vec<(u64, u64)> = events
        .iter()
        .filter_map(|event| if let Event::Call(call) = event { Some((call.index, call.at_us)) } else { None })
        .collect();
    assert!(calls.iter().enumerate().all(|(position, (index, _))| *index == position as u64));
    assert!(calls.windows(2).all(|pair| pair[0].1 <= pair[1].1));
}
