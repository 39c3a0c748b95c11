//! Places that do not allow tracing: each is told in one sentence, with a remedy.

use diskwatch::Probe;
use libtest_mimic::Trial;

use crate::helper::{FAILED, Run};
use crate::language::python;
use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    let no_strace = std::process::Command::new("strace")
        .arg("-V")
        .output()
        .is_err();
    vec![
        trial("refused::a_nested_watcher_says_why_it_cannot", nested),
        trial(
            "refused::a_watcher_under_strace_says_why_it_cannot",
            under_strace,
        )
        .with_ignored_flag(no_strace),
        trial(
            "refused::a_probe_that_is_traced_itself_names_a_remedy",
            traced_probe,
        ),
        trial(
            "refused::a_profile_without_ptrace_is_named_as_the_obstacle",
            || {
                for error in [libc::EPERM, libc::ENOSYS] {
                    refused(
                        &confined(libc::SYS_ptrace, error),
                        "the seccomp profile around this process refuses ptrace (",
                        "; run the container with `--cap-add SYS_PTRACE` or `--security-opt seccomp=unconfined`",
                    );
                }
            },
        ),
        trial(
            "refused::a_profile_without_filters_is_named_as_the_obstacle",
            || {
                refused(
                    &confined(libc::SYS_seccomp, libc::EPERM),
                    "the kernel refuses to install a seccomp filter (",
                    "; use a kernel with CONFIG_SECCOMP_FILTER and a container profile that allows the `seccomp` call",
                );
            },
        ),
    ]
}

/// Words before a command that may not make a call, as under the profile of a container.
fn confined(call: libc::c_long, error: i32) -> Vec<String> {
    let number = error.to_string();
    let words = [
        python().to_str().unwrap(),
        "-c",
        CONFINE,
        &call.to_string(),
        &number,
    ];
    words.map(str::to_owned).to_vec()
}

/// Four instructions: the call's number is loaded; if it is the one, the error is returned; all else is allowed.
const CONFINE: &str = r"
import ctypes, os, struct, sys
call, error = int(sys.argv[1]), int(sys.argv[2])
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x50000 | error), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack('HP', len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None)
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
assert libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
assert libc.prctl(SECCOMP, FILTER, program) == 0
os.execv(sys.argv[3], sys.argv[3:])
";

/// Neither a program nor the self-test can be watched, and both say so.
fn refused(around: &[String], beginning: &str, end: &str) {
    let mut run = Run::shell("printf x > a");
    run.around = around.to_vec();
    let ran = run.run();
    assert_eq!(ran.code(), Some(FAILED));
    let errors = ran.errors();
    let sentence = errors.strip_suffix('\n').unwrap();
    assert!(
        sentence.starts_with(beginning) && sentence.ends_with(end),
        "{sentence}"
    );
    assert!(!sentence.contains('\n') && ran.events.is_empty());
    // The program never began.
    assert_eq!(ran.read("a"), None);
    let own = std::env::current_exe().unwrap();
    let output = std::process::Command::new(&around[0])
        .args(&around[1..])
        .args([own.to_str().unwrap(), "__probe"])
        .output()
        .unwrap();
    let probe = probed(&output.stdout);
    let remedy = probe.remedy.unwrap();
    assert!(
        !probe.works && probe.sentence.starts_with(beginning),
        "{}",
        probe.sentence
    );
    assert_eq!(format!("; {remedy}"), end);
}

fn probed(printed: &[u8]) -> Probe {
    serde_json::from_slice(printed).unwrap()
}

fn nested() {
    let inner = Run::shell(":");
    let command = inner.command();
    let words: Vec<&str> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_str().unwrap())
        .collect();
    let ran = Run::new(&words).run();
    assert_eq!(ran.code(), Some(FAILED));
    let errors = ran.errors();
    assert!(errors.contains("already traced by process"), "{errors}");
    assert!(
        errors.ends_with("; run without a debugger, `strace` or another watcher around it\n"),
        "{errors}"
    );
    assert_eq!(errors.lines().count(), 1);
}

fn under_strace() {
    let mut run = Run::shell(":");
    run.around = ["strace", "-f", "-qq", "-e", "trace=none", "-o", "/dev/null"]
        .map(str::to_owned)
        .to_vec();
    let ran = run.run();
    assert_eq!(ran.code(), Some(FAILED));
    assert!(ran.errors().contains("(`strace`)"), "{}", ran.errors());
}

fn traced_probe() {
    let own = std::env::current_exe().unwrap();
    let ran = Run::new(&[own.to_str().unwrap(), "__probe"]).run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    let probe = probed(&ran.output.stdout);
    assert!(
        !probe.works && probe.sentence.contains("already traced by process"),
        "{probe:?}"
    );
    assert!(probe.remedy.unwrap().contains("strace"));
}
