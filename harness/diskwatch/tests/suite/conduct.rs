//! The watcher as a parent: signals, ends, stragglers, descriptors and errors.

use diskwatch::{CallClass, Event, ProcessGroup};
use libtest_mimic::Trial;

use crate::helper::{FAILED, Run, read, until};
use crate::language::python;
use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "conduct::the_exit_code_and_the_streams_are_the_programs_own",
            streams,
        ),
        trial(
            "conduct::the_program_has_no_descriptor_of_ours",
            descriptors,
        ),
        trial(
            "conduct::a_signal_reaches_the_programs_handler_once",
            forwarded,
        ),
        trial("conduct::real_time_signals_are_delivered", real_time),
        trial("conduct::a_stopped_program_goes_on_when_continued", stopped),
        trial("conduct::the_tree_dies_with_the_watcher", dies_with_watcher),
        trial(
            "conduct::the_tree_dies_with_the_watchers_parent",
            dies_with_parent,
        ),
        trial(
            "conduct::a_parent_that_ended_before_the_watcher_asked_is_noticed",
            dies_of_an_earlier_end,
        ),
        trial(
            "conduct::what_the_program_leaves_behind_is_watched",
            stragglers,
        ),
        trial(
            "conduct::a_signal_after_the_programs_end_ends_the_stragglers",
            ended_stragglers,
        ),
        trial(
            "conduct::a_signal_that_ends_the_program_ends_what_it_leaves",
            asked_stragglers,
        ),
        trial(
            "conduct::a_program_that_does_not_exist_is_an_error",
            missing_program,
        ),
        trial(
            "conduct::a_log_that_is_full_ends_the_run_and_the_program",
            full_log,
        ),
        trial("conduct::a_program_can_lead_a_session", session),
    ]
}

fn send(signal: i32, process: i32) {
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("kill -{signal} {process}")])
        .status()
        .unwrap();
    assert!(status.success());
}

fn is_alive(process: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.contains("State:") && !status.contains("State:\tZ") && !status.contains("State:\tX")
}

fn streams() {
    let ran = Run::shell("echo out; echo err >&2; exit 7").run();
    assert_eq!(ran.code(), Some(7));
    assert_eq!(
        (ran.output.stdout.as_slice(), ran.errors().as_str()),
        (&b"out\n"[..], "err\n")
    );
    assert_eq!(
        ran.count(|event| matches!(
            event,
            Event::Exited {
                code: Some(7),
                signal: None,
                ..
            }
        )),
        1
    );
    let ran = Run::shell("kill -15 $$").run();
    assert_eq!(ran.code(), Some(143));
    assert_eq!(
        ran.count(|event| matches!(
            event,
            Event::Exited {
                code: None,
                signal: Some(15),
                ..
            }
        )),
        1
    );
}

fn descriptors() {
    let ran = Run::shell("exec ls /proc/self/fd").run();
    // The fourth is the listing's own.
    assert_eq!(String::from_utf8_lossy(&ran.output.stdout), "0\n1\n2\n3\n");
}

fn forwarded() {
    for signal in [1, 2, 10, 12, 15] {
        let script = format!(
            "trap 'echo got >> got; exit 5' {signal}; echo x > ready; while :; do sleep 0.05; done"
        );
        // A shell cannot catch what whoever started all of this ignores.
        let run = Run::new(&["env", "--default-signal", "sh", "-c", &script]);
        let ready = run.configs().join("ready");
        let child = run.start();
        until("the program", || ready.exists());
        send(signal, child.id().cast_signed());
        let ran = run.end(child);
        assert_eq!(ran.code(), Some(5), "{signal}: {}", ran.errors());
        assert_eq!(ran.read("got").as_deref(), Some("got\n"));
    }
}

fn real_time() {
    let script = "import os, signal, threading\n\
         seen = []\n\
         signal.signal(40, lambda *_: seen.append(40))\n\
         os.kill(os.getpid(), 40)\n\
         stay = threading.Event()\n\
         t = threading.Thread(target=stay.wait); t.start()\n\
         os.setgid(os.getgid())\n\
         stay.set(); t.join()\n\
         open('done', 'w').write(str(seen))";
    let ran = Run::new(&[python().to_str().unwrap(), "-c", script]).run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    assert_eq!(ran.read("done").as_deref(), Some("[40]"));
}

fn stopped() {
    let run = Run::shell("kill -STOP $$; printf x > after; read x < ../gate");
    let gate = run.gate("gate");
    let child = run.start();
    let program = started(&run);
    // A signal that comes before the stop does nothing, so it is sent until one comes after.
    let after = run.configs().join("after");
    until("the program", || {
        send(18, program);
        after.exists()
    });
    drop(gate.reached());
    let ran = run.end(child);
    assert_eq!(ran.classes(), [CallClass::Open, CallClass::Write]);
}

fn started(run: &Run) -> i32 {
    let mut process = 0;
    until("the start", || {
        let text = std::fs::read_to_string(run.log()).unwrap_or_default();
        if text.ends_with('\n')
            && let Some(Event::Started { pid, .. }) = read(&run.log()).first()
        {
            process = *pid;
        }
        process != 0
    });
    process
}

fn dies_with_watcher() {
    let run = Run::shell("(sleep 1000) & sleep 1000");
    let mut child = run.start();
    let program = started(&run);
    child.kill().unwrap();
    child.wait().unwrap();
    until("the program's end", || !is_alive(program));
}

fn dies_of_an_earlier_end() {
    use std::os::unix::process::ExitStatusExt as _;
    let helper = std::env::current_exe().unwrap();
    let ended = std::process::Command::new(helper)
        .arg("__orphan")
        .status()
        .unwrap();
    assert_eq!(ended.signal(), Some(9));
}

fn dies_with_parent() {
    let run = Run::shell("sleep 1000");
    // A shell in between that is killed.
    let mut parent = std::process::Command::new("/bin/sh");
    let command = run.command();
    parent
        .args(["-c", "\"$@\" & wait", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    let mut parent = parent.current_dir(run.configs()).spawn().unwrap();
    let program = started(&run);
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the program's end", || !is_alive(program));
}

fn stragglers() {
    let run = Run::shell("(read x < ../gate; printf x > late) & exit 3");
    let gate = run.gate("gate");
    let child = run.start();
    let open = gate.reached();
    until("the exit", || {
        read(&run.log())
            .iter()
            .any(|event| matches!(event, Event::Exited { .. }))
    });
    drop(open);
    let ran = run.end(child);
    assert_eq!(ran.code(), Some(3));
    let exited = ran
        .events
        .iter()
        .position(|event| matches!(event, Event::Exited { .. }))
        .unwrap();
    let late = ran
        .events
        .iter()
        .position(|event| matches!(event, Event::Call(_)))
        .unwrap();
    assert!(exited < late, "{:#?}", ran.events);
}

fn ended_stragglers() {
    let run = Run::shell("(trap '' 15; echo x > ready; sleep 1000) >/dev/null 2>&1 & exit 3");
    let ready = run.configs().join("ready");
    let child = run.start();
    until("the straggler", || {
        ready.exists()
            && read(&run.log())
                .iter()
                .any(|event| matches!(event, Event::Exited { .. }))
    });
    send(15, child.id().cast_signed());
    assert_eq!(run.end(child).code(), Some(3));
}

fn asked_stragglers() {
    let run = Run::shell("sleep 1000 >/dev/null 2>&1 & echo x > ready; sleep 1000");
    let ready = run.configs().join("ready");
    let child = run.start();
    until("the straggler", || ready.exists());
    send(1, child.id().cast_signed());
    let ran = run.end(child);
    assert!(
        matches!(
            ran.events.last(),
            Some(Event::Exited {
                signal: Some(1),
                ..
            })
        ),
        "{:#?}",
        ran.events
    );
}

fn missing_program() {
    let ran = Run::new(&["/no/such/program"]).run();
    assert_eq!(ran.code(), Some(FAILED));
    assert_eq!(ran.errors(), "cannot execute `/no/such/program`\n");
    assert!(ran.events.is_empty());
}

fn full_log() {
    let run = Run::shell("sleep 1000");
    std::os::unix::fs::symlink("/dev/full", run.log()).unwrap();
    let child = run.start();
    let output = crate::helper::within_limit(child);
    assert_eq!(output.status.code(), Some(FAILED));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "cannot hand on an event\n"
    );
}

fn session() {
    let mut run = Run::shell(
        "cut -d' ' -f1,5,6 /proc/self/stat >/dev/null; ps -o pid=,pgid=,sid= -p $$ || :",
    );
    run.request.process_group = ProcessGroup::Session;
    let ran = run.run();
    let Some(Event::Started { pid, .. }) = ran.events.first() else {
        panic!("no start")
    };
    let text = String::from_utf8_lossy(&ran.output.stdout).into_owned();
    let ids: Vec<i32> = text
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    assert_eq!(ids, [*pid; 3]);
}
