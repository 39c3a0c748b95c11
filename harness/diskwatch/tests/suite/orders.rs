//! Faults set and lifted while the program runs. The program waits at gates, so nothing hangs on time.

use diskwatch::{CallClass, Effect, Event, Fault, Order, PathPattern, When};
use libtest_mimic::Trial;

use crate::helper::{Ran, Run, until};
use crate::language::python;
use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "orders::a_fault_set_while_the_program_runs_counts_from_then_on",
            set,
        ),
        trial("orders::a_lifted_fault_fires_no_more", lifted),
        trial(
            "orders::a_lifted_fault_that_never_fired_is_told_at_once_and_once",
            lifted_unfired,
        ),
        trial("orders::all_faults_can_be_lifted_together", all_lifted),
        trial("orders::a_fault_set_again_fires_again", set_again),
        trial(
            "orders::a_fault_set_after_the_last_call_is_told_as_unfired",
            set_too_late,
        ),
        trial(
            "orders::a_program_in_a_loop_meets_a_fault_set_meanwhile",
            in_a_loop,
        ),
        trial(
            "orders::a_kill_ordered_meanwhile_takes_the_whole_tree",
            kill,
        ),
    ]
}

fn full(label: &str, nth: u32) -> Fault {
    Fault {
        label: label.into(),
        path: PathPattern::new("*"),
        call: CallClass::Write,
        nth,
        when: When::Before,
        effect: Effect::Errno(libc::ENOSPC),
    }
}

fn lift(label: &str) -> Order {
    Order::Lift(Some(label.into()))
}

/// What became of the faults, in order; calls that succeeded or failed are `+` and `-`.
fn course(ran: &Ran) -> Vec<String> {
    let told = ran.events.iter().filter_map(|event| match event {
        Event::Call(call) if call.class == CallClass::Write => Some(
            if call.result.as_ref().unwrap().is_success() {
                "+"
            } else {
                "-"
            }
            .to_owned(),
        ),
        Event::FaultFired { label, .. } => Some(format!("{label} fired")),
        Event::FaultUnfired { label, .. } => Some(format!("{label} unfired")),
        _ => None,
    });
    told.collect()
}

/// Three writes with a gate after the first and the second; at each, some orders are given.
fn between(faults: Vec<Fault>, first: &[Order], second: &[Order]) -> Ran {
    let mut run = Run::shell(
        "printf 1 > a; read x < ../first; printf 2 > b; read x < ../second; printf 3 > c; :",
    );
    run.request.faults = faults;
    let gates = [run.gate("first"), run.gate("second")];
    let child = run.start();
    for (gate, orders) in gates.into_iter().zip([first, second]) {
        let open = gate.reached();
        for order in orders {
            run.order(order);
        }
        drop(open);
    }
    let ran = run.end(child);
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
    ran
}

fn set() {
    let ran = between(Vec::new(), &[Order::Set(full("full", 2))], &[]);
    // The write before the order is not counted.
    assert_eq!(course(&ran), ["+", "+", "-", "full fired"]);
    assert_eq!(
        ["a", "b", "c"].map(|name| ran.read(name).unwrap()),
        ["1", "2", ""]
    );
}

fn lifted() {
    let ran = between(vec![full("full", 0)], &[], &[lift("full")]);
    assert_eq!(course(&ran), ["-", "full fired", "-", "full fired", "+"]);
}

fn lifted_unfired() {
    let ran = between(
        vec![full("full", 3), full("first", 1)],
        &[lift("full"), lift("first")],
        &[],
    );
    assert_eq!(course(&ran), ["-", "first fired", "full unfired", "+", "+"]);
}

fn all_lifted() {
    let faults = vec![full("one", 0), full("two", 9), full("three", 9)];
    let ran = between(faults, &[], &[Order::Lift(None)]);
    let expected = [
        "-",
        "one fired",
        "-",
        "one fired",
        "two unfired",
        "three unfired",
        "+",
    ];
    assert_eq!(course(&ran), expected);
}

fn set_again() {
    let ran = between(
        vec![full("full", 1)],
        &[lift("full"), Order::Set(full("full", 1))],
        &[],
    );
    assert_eq!(course(&ran), ["-", "full fired", "-", "full fired", "+"]);
}

fn set_too_late() {
    let run = Run::shell("printf 1 > a; read x < ../gate");
    let gate = run.gate("gate");
    let child = run.start();
    let open = gate.reached();
    run.order(&Order::Set(full("late", 1)));
    drop(open);
    assert_eq!(course(&run.end(child)), ["+", "late unfired"]);
}

fn in_a_loop() {
    let script = "import os\nfd = os.open('a', os.O_CREAT | os.O_WRONLY)\ncount = 0\n\
         try:\n    while True: os.pwrite(fd, b'%d' % count, 0); count += 1\n\
         except OSError as error: print(count, error.errno)";
    let run = Run::new(&[python().to_str().unwrap(), "-c", script]);
    let log = run.log();
    let child = run.start();
    until("a write", || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.contains("pwrite64"))
    });
    run.order(&Order::Set(full("full", 3)));
    let ran = run.end(child);
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    let writes = ran.calls().len() - 1;
    assert_eq!(
        String::from_utf8_lossy(&ran.output.stdout),
        format!("{} {}\n", writes - 1, libc::ENOSPC)
    );
    let course = course(&ran);
    assert!(
        course[..writes - 1].iter().all(|step| step == "+"),
        "{course:?}"
    );
    assert_eq!(course[writes - 1..], ["-", "full fired"]);
}

fn kill() {
    let mut run = Run::shell("sh -c 'read x < ../gate; printf x > t; mv t u'; printf x > survived");
    run.request.faults = vec![full("full", 9)];
    let gate = run.gate("gate");
    let child = run.start();
    let open = gate.reached();
    let kill = Fault {
        call: CallClass::Rename,
        effect: Effect::Kill,
        ..full("kill", 1)
    };
    run.order(&Order::Set(kill));
    drop(open);
    let ran = run.end(child);
    assert_eq!(ran.code(), Some(137));
    assert_eq!(
        (ran.read("t").as_deref(), ran.read("survived")),
        (Some("x"), None)
    );
    assert_eq!(course(&ran), ["+", "kill fired", "full unfired"]);
}
