//! Faults fire at exactly the call they name, and are felt.

use std::time::Duration;

use diskwatch::{CallClass, CallResult, Effect, Event, Fault, PathPattern, When};
use libtest_mimic::Trial;

use crate::author::Author;
use crate::helper::{Ran, Run};
use crate::language::{ISSUED, Language};
use crate::law::{PREVIOUS, SECRET};
use crate::trial;
use crate::writers::runs;

fn fault(call: CallClass, path: &str, when: When, effect: Effect) -> Fault {
    Fault {
        label: "fault".into(),
        path: PathPattern::new(path),
        call,
        nth: 1,
        when,
        effect,
    }
}

fn fired(ran: &Ran) -> usize {
    assert_eq!(
        ran.count(|event| matches!(event, Event::FaultUnfired { .. })),
        0,
        "{:#?}",
        ran.events
    );
    ran.count(|event| matches!(event, Event::FaultFired { label, .. } if label == "fault"))
}

fn error(name: &str) -> CallResult {
    CallResult::Error(name.into())
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial(
            "faults::a_fault_without_its_call_is_reported_as_unfired",
            unfired,
        ),
        trial("faults::a_kill_takes_the_whole_tree", kills_the_tree),
        trial("faults::a_short_write_is_real", short_write),
        trial(
            "faults::a_short_vectored_write_is_real",
            short_vectored_write,
        ),
        trial("faults::a_delayed_call_holds_up_nobody_else", delayed),
        trial(
            "faults::a_delay_after_a_call_lets_others_see_its_effect",
            delayed_after,
        ),
        trial("faults::the_second_matching_call_can_be_chosen", second),
        trial("faults::zero_means_every_matching_call", every),
        trial(
            "faults::a_call_can_take_effect_and_report_an_error",
            error_after,
        ),
    ];
    for author in Author::all() {
        let (name, missing) = (author.name(), author.is_missing());
        let mut add = |what: &str, run: fn(Author)| {
            let name = format!("faults::{name}_{what}");
            trials.push(trial(name, move || run(author)).with_ignored_flag(missing));
        };
        add("a_full_disk_at_write_fires_once", full_disk);
        add("a_refused_rename_fires_once", refused);
        add("a_kill_before_rename_keeps_the_old", |author| {
            kill(author, When::Before);
        });
        add("a_kill_after_rename_keeps_the_new", |author| {
            kill(author, When::After);
        });
    }
    trials
}

fn full_disk(author: Author) {
    let full = fault(
        CallClass::Write,
        ".auth_token.tmp",
        When::Before,
        Effect::Errno(libc::ENOSPC),
    );
    for _ in 0..runs() {
        let ran = author.writer("good").with_fault(full.clone()).run();
        assert_eq!(fired(&ran), 1);
        let failed: Vec<_> = ran
            .calls()
            .into_iter()
            .filter(|call| call.injected.is_some())
            .collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].result, Some(error("ENOSPC")));
        assert_ne!(ran.code(), Some(0));
        assert_eq!(ran.read(SECRET).as_deref(), Some(PREVIOUS));
        assert!(ran.is_undisturbed(), "{:#?}", ran.events);
    }
}

fn refused(author: Author) {
    let mut refuse = fault(
        CallClass::Rename,
        SECRET,
        When::Before,
        Effect::Errno(libc::EACCES),
    );
    // `mv` tries a second way when the first is refused, so that there it must be every one.
    let is_shell = author.language == Language::Shell;
    let (nth, times) = if is_shell { (0, 2) } else { (1, 1) };
    refuse.nth = nth;
    for _ in 0..runs() {
        let ran = author.writer("good").with_fault(refuse.clone()).run();
        assert_eq!(fired(&ran), times);
        for rename in ran
            .calls()
            .into_iter()
            .filter(|call| call.class == CallClass::Rename)
        {
            assert_eq!(rename.result, Some(error("EACCES")));
            assert_eq!(rename.other_before, rename.other_after);
        }
        assert_ne!(ran.code(), Some(0), "{}", ran.errors());
        assert_eq!(ran.read(SECRET).as_deref(), Some(PREVIOUS));
    }
}

fn kill(author: Author, when: When) {
    for _ in 0..runs() {
        let killing = fault(CallClass::Rename, "*", when, Effect::Kill);
        let ran = author.writer("good").with_fault(killing).run();
        assert_eq!(fired(&ran), 1);
        assert_eq!(ran.code(), Some(137));
        assert_eq!(
            ran.count(|event| matches!(
                event,
                Event::Exited {
                    signal: Some(9),
                    ..
                }
            )),
            1
        );
        let last = *ran.calls().last().unwrap();
        assert_eq!(last.class, CallClass::Rename);
        let (secret, temporary) = (ran.read(SECRET), ran.read(".auth_token.tmp"));
        if when == When::Before {
            assert_eq!(last.result, None);
            assert_eq!(
                (secret.as_deref(), temporary.as_deref()),
                (Some(PREVIOUS), Some(ISSUED))
            );
        } else {
            assert_eq!(last.result, Some(CallResult::Value(0)));
            assert_eq!((secret.as_deref(), temporary), (Some(ISSUED), None));
        }
        assert!(ran.is_undisturbed(), "{:#?}", ran.events);
    }
}

fn unfired() {
    let ran = Run::shell("printf x > a")
        .with_fault(fault(CallClass::Rename, "*", When::Before, Effect::Kill))
        .run();
    assert_eq!(ran.code(), Some(0));
    assert!(
        matches!(ran.events.last(), Some(Event::FaultUnfired { label, .. }) if label == "fault")
    );
}

fn kills_the_tree() {
    let ran = Run::shell("sh -c 'printf x > t; mv t u'; touch survived")
        .with_fault(fault(CallClass::Rename, "u", When::Before, Effect::Kill))
        .run();
    assert_eq!(ran.code(), Some(137));
    assert_eq!(
        (ran.read("t").as_deref(), ran.read("survived")),
        (Some("x"), None)
    );
}

fn short_write() {
    let short = fault(CallClass::Write, "a", When::Before, Effect::ShortWrite(2));
    let script =
        "import os\nfd = os.open('a', os.O_CREAT | os.O_WRONLY)\nprint(os.write(fd, b'secret'))";
    let python = crate::language::python().to_str().unwrap();
    let ran = Run::new(&[python, "-c", script]).with_fault(short).run();
    assert_eq!(fired(&ran), 1);
    assert_eq!(String::from_utf8_lossy(&ran.output.stdout), "2\n");
    assert_eq!(ran.read("a").as_deref(), Some("se"));
    assert_eq!(ran.calls()[1].length, Some(6));
}

fn short_vectored_write() {
    let short = fault(
        CallClass::Write,
        SECRET,
        When::Before,
        Effect::ShortWrite(3),
    );
    for language in [Language::Rust, Language::RustStatic] {
        let command = language.command("vectored");
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let ran = Run::new(&command).with_fault(short.clone()).run();
        assert_eq!(ran.code(), Some(0), "{}", ran.errors());
        assert_eq!(fired(&ran), 1);
        let results: Vec<_> = ran
            .calls()
            .iter()
            .map(|call| (call.name.clone(), call.result.clone()))
            .collect();
        assert!(
            results.contains(&("writev".into(), Some(CallResult::Value(3)))),
            "{results:?}"
        );
        assert_eq!(ran.read(SECRET).as_deref(), Some(ISSUED));
    }
}

fn delayed() {
    let delay = fault(
        CallClass::Open,
        "slow",
        When::Before,
        Effect::Delay(Duration::from_millis(300)),
    );
    let ran = Run::shell("printf x > slow & printf x > quick; wait")
        .with_fault(delay)
        .run();
    assert_eq!(fired(&ran), 1);
    let opens: Vec<_> = ran
        .calls()
        .into_iter()
        .filter(|call| call.class == CallClass::Open)
        .collect();
    assert_eq!(
        opens
            .iter()
            .map(|call| call.path.path.as_str())
            .collect::<Vec<_>>(),
        ["quick", "slow"]
    );
    let Some(Event::Started { at_us, .. }) = ran.events.first() else {
        panic!("no start")
    };
    let waited = opens[1].at_us - at_us;
    assert!((300_000..3_000_000).contains(&waited), "{waited}");
}

fn delayed_after() {
    let delay = fault(
        CallClass::Open,
        "slow",
        When::After,
        Effect::Delay(Duration::from_millis(300)),
    );
    let ran = Run::shell("printf x > slow; printf x > last")
        .with_fault(delay)
        .run();
    assert_eq!(fired(&ran), 1);
    let calls = ran.calls();
    assert!(calls[1].at_us - calls[0].at_us >= 300_000);
    assert_eq!(ran.code(), Some(0));
}

fn second() {
    let mut full = fault(
        CallClass::Write,
        "*",
        When::Before,
        Effect::Errno(libc::ENOSPC),
    );
    full.nth = 2;
    let ran = Run::shell("printf a > a; printf b > b; printf c > c; :")
        .with_fault(full)
        .run();
    assert_eq!(fired(&ran), 1);
    assert_eq!(
        ["a", "b", "c"].map(|name| ran.read(name).unwrap()),
        ["a", "", "c"]
    );
}

fn every() {
    let mut full = fault(
        CallClass::Write,
        "*",
        When::Before,
        Effect::Errno(libc::ENOSPC),
    );
    full.nth = 0;
    let ran = Run::shell("printf a > a; printf b > b; printf c > c; :")
        .with_fault(full)
        .run();
    assert_eq!(fired(&ran), 3);
    assert_eq!(
        ["a", "b", "c"].map(|name| ran.read(name).unwrap()),
        ["", "", ""]
    );
}

fn error_after() {
    let late = fault(
        CallClass::Rename,
        "b",
        When::After,
        Effect::Errno(libc::EIO),
    );
    let ran = Run::shell("printf x > a; mv a b").with_fault(late).run();
    assert_ne!(ran.code(), Some(0));
    assert_eq!(fired(&ran), 1);
    assert_eq!((ran.read("a"), ran.read("b").as_deref()), (None, Some("x")));
}
