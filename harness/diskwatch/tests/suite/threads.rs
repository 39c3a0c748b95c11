//! Many threads and processes at once: one order of calls that explains every state.

use std::collections::HashMap;

use diskwatch::{CallClass, Event};
use libtest_mimic::Trial;

use crate::helper::{Ran, Run};
use crate::language::{Language, node, python};
use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("threads::rust_threads_and_a_child_keep_one_order", || {
            crowd(Language::Rust);
        }),
        trial(
            "threads::static_rust_threads_and_a_child_keep_one_order",
            || crowd(Language::RustStatic),
        ),
        trial("threads::python_threads_and_a_fork_keep_one_order", || {
            let ran = Run::new(&[python().to_str().unwrap(), "-c", PYTHON]).run();
            assert_eq!(ran.code(), Some(0), "{}", ran.errors());
            assert_eq!(explained(&ran, 100), 5);
        }),
        trial("threads::nodes_pool_of_threads_keeps_one_order", || {
            let ran = Run::new(&[node().unwrap().to_str().unwrap(), "-e", NODE]).run();
            assert_eq!(ran.code(), Some(0), "{}", ran.errors());
            assert!(explained(&ran, 80) > 1);
        })
        .with_ignored_flag(node().is_none()),
        trial(
            "threads::a_thread_that_replaces_the_program_is_followed",
            || {
                let ran = Run::new(&[python().to_str().unwrap(), "-c", EXEC]).run();
                assert_eq!(ran.code(), Some(0), "{}", ran.errors());
                assert_eq!(ran.classes(), [CallClass::Open, CallClass::Write]);
                assert_eq!(ran.read("late").as_deref(), Some("x"));
            },
        ),
        trial(
            "threads::a_call_ended_by_another_threads_new_program_is_told",
            replaced_meanwhile,
        ),
        trial(
            "threads::a_call_ended_by_a_kill_is_told_with_what_it_left",
            killed_meanwhile,
        ),
    ]
}

fn crowd(language: Language) {
    let command = language.command("crowd");
    let ran = Run::new(&command.iter().map(String::as_str).collect::<Vec<_>>()).run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    assert_eq!(explained(&ran, 250), 5);
}

/// Each rename shows exactly the file its own open created, and replaces the one the rename before it showed.
/// How many threads took part.
fn explained(ran: &Ran, expected: usize) -> usize {
    assert!(
        ran.is_undisturbed(),
        "{:#?}",
        ran.events
            .iter()
            .find(|event| matches!(event, Event::External { .. }))
    );
    let mut created = HashMap::new();
    let mut shown = None;
    let mut renames = 0;
    let mut threads = std::collections::BTreeSet::new();
    for call in ran.calls() {
        threads.insert(call.tid);
        match call.class {
            CallClass::Open => {
                assert_eq!(call.before, None);
                created.insert(call.path.clone(), call.after.as_ref().unwrap().inode);
            }
            CallClass::Rename => {
                renames += 1;
                assert_eq!(call.after, None);
                assert_eq!(call.other_before.as_ref().map(|state| state.inode), shown);
                shown = call.other_after.as_ref().map(|state| state.inode);
                assert_eq!(shown, created.get(&call.path).copied());
            }
            _ => {}
        }
    }
    assert_eq!(renames, expected);
    threads.len()
}

const PYTHON: &str = r"
import os, threading
def work(name):
    for _ in range(20):
        fd = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600); os.write(fd, b'x'); os.close(fd)
        os.replace(name, 'shared')
child = os.fork()
if child == 0: work('child'); os._exit(0)
threads = [threading.Thread(target=work, args=(f't{i}',)) for i in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
os.waitpid(child, 0)
";

const EXEC: &str = r"
import os, threading, time
threading.Thread(target=lambda: os.execv('/bin/sh', ['sh', '-c', 'printf x > late'])).start()
time.sleep(60)
";

/// A first thread waits at a pipe, and a second one ends that by what is put in its place.
fn meanwhile(first: &str, second: &str) -> Ran {
    let script = format!(
        r"
import os, threading
first = threading.get_native_id()
def is_waiting():
    call = open(f'/proc/self/task/{{first}}/syscall').read().split()[0]
    state = open(f'/proc/self/task/{{first}}/stat').read().rsplit(')')[1].split()[0]
    # Opening and writing, on either architecture.
    return call in ('257', '56', '1', '64') and state == 'S'
def end():
    while not is_waiting(): pass
    {second}
os.mkfifo('pipe')
threading.Thread(target=end).start()
{first}
"
    );
    Run::new(&[python().to_str().unwrap(), "-c", &script]).run()
}

fn replaced_meanwhile() {
    let second = "os.execv('/bin/sh', ['sh', '-c', 'printf x > late'])";
    let ran = meanwhile("os.open('pipe', os.O_WRONLY)", second);
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    assert_eq!(
        ran.classes(),
        [
            CallClass::Mknod,
            CallClass::Open,
            CallClass::Open,
            CallClass::Write
        ]
    );
    assert_eq!(ran.calls()[1].result, None);
    is_still_there(&ran);
}

fn killed_meanwhile() {
    // More than a pipe holds.
    let ran = meanwhile(
        "os.write(os.open('pipe', os.O_RDWR), bytes(1 << 20))",
        "os.kill(os.getpid(), 9)",
    );
    assert_eq!(ran.code(), Some(137), "{}", ran.errors());
    assert_eq!(
        ran.classes(),
        [CallClass::Mknod, CallClass::Open, CallClass::Write]
    );
    assert_eq!(ran.calls()[2].result, None);
    is_still_there(&ran);
}

/// A call without an end has left its file where it was.
fn is_still_there(ran: &Ran) {
    let states: Vec<bool> = ran
        .history("pipe")
        .iter()
        .map(|sighting| sighting.state.is_some())
        .collect();
    assert!(
        !states[0] && states[1..].iter().all(|is_there| *is_there),
        "{:#?}",
        ran.events
    );
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
}

const NODE: &str = r#"
const fs = require("node:fs/promises");
const replace = async (name) => {
    for (let count = 0; count < 20; count++) {
        await fs.writeFile(name, "x", { flag: "wx", mode: 0o600 });
        await fs.rename(name, "shared");
    }
};
Promise.all(["a", "b", "c", "d"].map(replace));
"#;
