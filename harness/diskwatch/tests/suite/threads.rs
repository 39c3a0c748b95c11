//! Many threads and processes at once: one order of calls that explains every state.

use std::collections::HashMap;

use diskwatch::{CallClass, Event};
use libtest_mimic::Trial;

use crate::helper::{Ran, Run};
use crate::language::{Language, python};
use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("threads::rust_threads_and_a_child_keep_one_order", || crowd(Language::Rust)),
        trial("threads::static_rust_threads_and_a_child_keep_one_order", || crowd(Language::RustStatic)),
        trial("threads::python_threads_and_a_fork_keep_one_order", || {
            let ran = Run::new(&[python().to_str().unwrap(), "-c", PYTHON]).run();
            assert_eq!(ran.code(), Some(0), "{}", ran.errors());
            explained(&ran, 100);
        }),
        trial("threads::a_thread_that_replaces_the_program_is_followed", || {
            let ran = Run::new(&[python().to_str().unwrap(), "-c", EXEC]).run();
            assert_eq!(ran.code(), Some(0), "{}", ran.errors());
            assert_eq!(ran.classes(), [CallClass::Open, CallClass::Write]);
            assert_eq!(ran.read("late").as_deref(), Some("x"));
        }),
    ]
}

fn crowd(language: Language) {
    let command = language.command("crowd");
    let ran = Run::new(&command.iter().map(String::as_str).collect::<Vec<_>>()).run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    explained(&ran, 250);
}

/// Each rename shows exactly the file its own open created, and replaces the one the rename before it showed.
fn explained(ran: &Ran, expected: usize) {
    assert!(
        ran.is_undisturbed(),
        "{:#?}",
        ran.events.iter().find(|event| matches!(event, Event::External { .. }))
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
    assert_eq!(threads.len(), 5);
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
