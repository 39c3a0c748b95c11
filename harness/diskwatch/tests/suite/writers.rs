//! Every sample writer is judged right in every run and every language.

use diskwatch::Event;
use libtest_mimic::Trial;

use crate::author::Author;
use crate::language::{ISSUED, KINDS};
use crate::law::{Judgement, SECRET, judge};
use crate::trial;
use crate::user::{NOBODY, User};

/// More can be asked for by `DISKWATCH_RUNS`.
pub(crate) fn runs() -> usize {
    std::env::var("DISKWATCH_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(3)
}

fn expected(kind: &str) -> Judgement {
    let all = Judgement {
        private_from_birth: true,
        always_whole: true,
        changed_only_by_rename: true,
    };
    match kind {
        "chmod-after" => Judgement {
            private_from_birth: false,
            always_whole: false,
            changed_only_by_rename: false,
        },
        "truncate-in-place" => Judgement {
            always_whole: false,
            changed_only_by_rename: false,
            ..all
        },
        "temporary-0644-then-rename" => Judgement {
            private_from_birth: false,
            ..all
        },
        _ => all,
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for author in Author::all() {
        let missing = author.is_missing();
        for kind in KINDS {
            let name = format!("writers::{}_{kind}_is_always_judged_right", author.name());
            trials.push(trial(name, move || judged(author, kind)).with_ignored_flag(missing));
        }
    }
    trials
}

fn judged(author: Author, kind: &str) {
    for number in 0..runs() {
        let ran = author.writer(kind).run();
        assert_eq!(ran.code(), Some(0), "run {number}: {}", ran.errors());
        assert_eq!(
            judge(&ran),
            expected(kind),
            "run {number}: {:#?}",
            ran.events
        );
        assert!(ran.is_undisturbed(), "run {number}: {:#?}", ran.events);
        assert_eq!(ran.read(SECRET).as_deref(), Some(ISSUED));
        let Some(Event::Started {
            no_new_privileges, ..
        }) = ran.events.first()
        else {
            panic!("no start")
        };
        assert_eq!(*no_new_privileges, author.user.is_ordinary());
        assert!(matches!(
            ran.events.last(),
            Some(Event::Exited { code: Some(0), .. })
        ));
        ordered(&ran.events);
        if author.user == User::Nobody {
            assert_eq!(ran.calls()[0].after.as_ref().unwrap().owner, NOBODY);
        }
    }
}

/// Indices count and times do not run backwards.
fn ordered(events: &[Event]) {
    let calls: Vec<(u64, u64)> = events
        .iter()
        .filter_map(|event| {
            if let Event::Call(call) = event {
                Some((call.index, call.at_us))
            } else {
                None
            }
        })
        .collect();
    assert!(
        calls
            .iter()
            .enumerate()
            .all(|(position, (index, _))| *index == position as u64)
    );
    assert!(calls.windows(2).all(|pair| pair[0].1 <= pair[1].1));
}
