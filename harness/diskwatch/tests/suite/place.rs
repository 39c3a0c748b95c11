//! Odd ways to a file, other actors, other users and other directories.

use diskwatch::{CallClass, CallResult, Content, Digest, Event, Hidden, Kind, Place};
use libtest_mimic::Trial;

use crate::helper::{Ran, Run};
use crate::language::python;
use crate::law::{PREVIOUS, SECRET};
use crate::trial;
use crate::user::{AS_NOBODY, is_root};

pub(crate) fn trials() -> Vec<Trial> {
    let unprivileged = !is_root();
    vec![
        trial("place::io_uring_is_refused_and_reported", io_uring),
        trial("place::a_change_from_outside_is_told_as_such", external),
        trial("place::a_directory_that_comes_later_is_watched", later),
        trial("place::states_carry_content_digest_and_owner", states),
        trial(
            "place::a_nameless_file_is_detached_until_it_is_linked",
            nameless,
        ),
        trial(
            "place::a_replaced_file_written_through_an_old_descriptor_is_detached",
            replaced,
        ),
        trial(
            "place::a_change_through_another_name_shows_at_both",
            hard_link,
        ),
        trial(
            "place::what_is_below_a_renamed_directory_moves_with_it",
            renamed_directory,
        ),
        trial(
            "place::links_and_descriptor_paths_lead_to_the_same_file",
            roundabout,
        ),
        trial("place::a_shared_mapping_is_reported", mapping),
        trial(
            "place::a_file_larger_than_asked_for_is_told_without_its_content",
            large,
        ),
        trial("place::a_pipe_does_not_hold_the_turn", pipe),
        trial(
            "place::what_waits_for_a_pipes_content_does_not_hold_the_turn",
            splice,
        ),
        trial("place::what_is_elsewhere_is_not_recorded", elsewhere),
        trial("place::several_directories_are_told_apart", several),
        trial(
            "place::a_program_that_changes_its_user_is_followed_or_reported",
            changes_user,
        )
        .with_ignored_flag(unprivileged),
        trial(
            "place::a_program_that_changes_its_user_without_our_privilege_is_reported",
            changes_user_unseen,
        )
        .with_ignored_flag(unprivileged),
        trial("place::the_probe_finds_that_watching_works", probe),
    ]
}

fn script(text: &str) -> Ran {
    let ran = Run::new(&[python().to_str().unwrap(), "-c", text]).run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    ran
}

fn io_uring() {
    let ran = script(
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nr = libc.syscall(425, 4, ctypes.create_string_buffer(256))\n\
         assert r == -1 and ctypes.get_errno() == 38, (r, ctypes.get_errno())\nopen('after', 'w').write('x')",
    );
    assert_eq!(
        ran.blind(),
        [(
            "io_uring_setup is refused with ENOSYS",
            Hidden::Nothing,
            None
        )]
    );
    assert!(ran.is_undisturbed());
    assert_eq!(ran.classes(), [CallClass::Open, CallClass::Write]);
}

fn external() {
    let run = Run::shell("echo x > ready; read x < ../gate; echo y > again")
        .with_file(SECRET, PREVIOUS, 0o600);
    let gate = run.gate("gate");
    let child = run.start();
    let open = gate.reached();
    std::fs::write(run.configs().join(SECRET), "someone else").unwrap();
    drop(open);
    let ran = run.end(child);
    let outside: Vec<_> = ran
        .events
        .iter()
        .filter_map(|event| match event {
            Event::External {
                path,
                before,
                after,
                ..
            } => Some((path, before, after)),
            _ => None,
        })
        .collect();
    let [(path, Some(before), Some(after))] = outside.as_slice() else {
        panic!("{outside:?}")
    };
    assert_eq!(**path, Place::below(0, SECRET));
    assert_eq!(before.content, Some(Content::Text(PREVIOUS.into())));
    assert_eq!(after.content, Some(Content::Text("someone else".into())));
}

fn later() {
    let mut run = Run::shell("mkdir -p later/configs; printf x > later/configs/.auth_token");
    run.request.directories = vec![run.configs().join("later/configs")];
    let ran = run.run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    let seen: Vec<_> = ran
        .calls()
        .iter()
        .map(|call| (call.class, call.path.clone()))
        .collect();
    let token = Place::below(0, SECRET);
    let expected = [
        (CallClass::Mkdir, Place::below(0, ".")),
        (CallClass::Open, token.clone()),
        (CallClass::Write, token),
    ];
    assert_eq!(seen, expected);
    assert!(ran.is_undisturbed());
}

fn states() {
    let ran = Run::shell("umask 027; printf secret > a; chmod 604 a").run();
    let calls = ran.calls();
    let [open, write, chmod] = calls.as_slice() else {
        panic!("{calls:#?}")
    };
    assert_eq!((open.before.as_ref(), open.mode), (None, Some(0o666)));
    assert!(open.flags.contains(&"O_CREAT".to_owned()) && open.descriptor.is_some());
    assert_eq!(open.after.as_ref().unwrap().mode, 0o640);
    let written = write.after.as_ref().unwrap();
    assert_eq!(write.result, Some(CallResult::Value(6)));
    assert_eq!(written.content, Some(Content::Text("secret".into())));
    assert_eq!(written.digest, Some(Digest::of(&[9; 32], b"secret")));
    assert_eq!(
        (written.kind, written.size, written.links),
        (Kind::File, 6, 1)
    );
    assert_eq!(
        (chmod.mode, chmod.after.as_ref().unwrap().mode),
        (Some(0o604), 0o604)
    );
}

fn nameless() {
    let ran = script(
        "import os\nfd = os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o600)\nos.write(fd, b'x')\n\
         os.link(f'/proc/self/fd/{fd}', 'named', src_dir_fd=os.open('/', os.O_RDONLY))",
    );
    let calls = ran.calls();
    let [open, write, link] = calls.as_slice() else {
        panic!("{calls:#?}")
    };
    assert!(open.detached && write.detached && open.before.is_none());
    assert_eq!(
        (link.class, link.other_path.clone()),
        (CallClass::Link, Some(Place::below(0, "named")))
    );
    assert_eq!(ran.history("named").len(), 2);
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
}

fn replaced() {
    let ran = script(
        "import os\nfd = os.open('a', os.O_CREAT | os.O_WRONLY, 0o600)\nopen('b', 'w').close()\n\
         os.replace('b', 'a')\nos.write(fd, b'unseen')",
    );
    let write = *ran.calls().last().unwrap();
    assert!(
        write.detached && write.class == CallClass::Write && write.path == Place::below(0, "a")
    );
    assert!(
        ran.history("a")
            .iter()
            .flat_map(|seen| &seen.state)
            .all(|state| state.size == 0)
    );
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
}

fn hard_link() {
    let ran = Run::shell("printf 1 > a; ln a b; printf 22 > b").run();
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
    let last = ran.history("a").pop().unwrap().state.unwrap();
    assert_eq!(last.content, Some(Content::Text("22".into())));
}

fn renamed_directory() {
    let ran = Run::shell("mkdir d; printf 1 > d/a; mv d e").run();
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
    assert!(ran.history("d/a").last().unwrap().state.is_none());
    assert!(ran.history("e/a").last().unwrap().state.is_some());
}

fn roundabout() {
    let ran = script(
        "import os\nos.symlink(os.path.abspath('a'), '../link')\nfd = os.open('../link', os.O_CREAT | os.O_RDWR, 0o600)\n\
         again = os.open(f'/proc/self/fd/{fd}', os.O_WRONLY)\nos.write(os.dup(again), b'x')\n\
         os.chmod('../link', 0o640)\nd = os.open('.', os.O_RDONLY)\nos.chdir('/')\n\
         os.rename('a', 'b', src_dir_fd=d, dst_dir_fd=d)\nos.truncate(fd, 0)",
    );
    let seen: Vec<_> = ran
        .calls()
        .iter()
        .map(|call| (call.class, call.path.path.clone()))
        .collect();
    let expected = [
        (CallClass::Open, "a"),
        (CallClass::Open, "a"),
        (CallClass::Write, "a"),
        (CallClass::Chmod, "a"),
        (CallClass::Rename, "a"),
        (CallClass::Truncate, "b"),
    ];
    assert_eq!(seen, expected.map(|(class, path)| (class, path.to_owned())));
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
}

fn mapping() {
    let ran = script(
        "import mmap, os\nfd = os.open('a', os.O_CREAT | os.O_RDWR, 0o600)\nos.write(fd, b'x' * 10)\n\
         m = mmap.mmap(fd, 10)\nm[0] = 121\nm.flush(); m.close()",
    );
    assert!(ran.classes().contains(&CallClass::Map));
    let why = "it maps a watched file shared and writable; its stores are not seen";
    assert_eq!(
        ran.blind(),
        [(why, Hidden::Calls, Some(&Place::below(0, "a")))]
    );
}

fn large() {
    let mut run = Run::shell("printf 12345 > large; printf 1234 > small; printf 123 > large");
    run.request.read_at_most = 4;
    let ran = run.run();
    let seen = |name: &str| -> Vec<_> {
        let states = ran
            .history(name)
            .into_iter()
            .filter_map(|sighting| sighting.state);
        states
            .map(|state| (state.size, state.content.is_some(), state.digest.is_some()))
            .collect()
    };
    assert_eq!(seen("small"), [(0, true, true), (4, true, true)]);
    // What a file holds is told again once it is small enough.
    assert_eq!(
        seen("large"),
        [
            (0, true, true),
            (5, false, false),
            (0, true, true),
            (3, true, true)
        ]
    );
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
}

/// Another thread waits inside a call while this one makes watched calls.
fn waiting(prepare: &str, wait: &str, numbers: &str, release: &str) -> Ran {
    let ran = script(&format!(
        r"
import ctypes, os, threading
{prepare}
t = threading.Thread(target=lambda: {wait})
t.start()
def read(what): return open(f'/proc/self/task/{{t.native_id}}/{{what}}').read()
while not (read('syscall').split()[0] in {numbers} and ') S' in read('stat')): pass
open('other', 'w').close()
{release}
t.join()
"
    ));
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
    ran
}

fn pipe() {
    let ran = waiting(
        "os.mkfifo('p')",
        "os.write(os.open('p', os.O_WRONLY), b'hello')",
        "('257', '56')",
        "got = os.read(os.open('p', os.O_RDONLY), 9)\nopen('got', 'wb').write(got)",
    );
    assert_eq!(ran.read("got").as_deref(), Some("hello"));
}

fn splice() {
    let ran = waiting(
        "out, into = os.pipe()\ngot = os.open('got', os.O_CREAT | os.O_WRONLY)",
        "ctypes.CDLL(None).splice(out, None, got, None, 5, 0)",
        "('275', '76')",
        "os.write(into, b'hello')",
    );
    assert_eq!(ran.read("got").as_deref(), Some("hello"));
    let names: Vec<_> = ran.calls().iter().map(|call| call.name.clone()).collect();
    assert_eq!(names, ["openat", "openat", "splice"]);
}

fn elsewhere() {
    let ran = Run::shell(
        "printf x > ../near; mv ../near ../nearer; cat ../nearer /etc/passwd > /dev/null",
    )
    .run();
    assert_eq!((ran.code(), ran.calls().len()), (Some(0), 0));
}

fn several() {
    let mut run =
        Run::shell("printf x > a; printf x > ../home/a; mv a ../home/b; mv ../home/b ../c");
    let home = run.base.path().join("home");
    std::fs::create_dir(&home).unwrap();
    run.request.directories.push(home);
    let ran = run.run();
    let roots: Vec<_> = ran.calls().iter().map(|call| call.path.root).collect();
    assert_eq!(
        roots,
        [Some(0), Some(0), Some(1), Some(1), Some(0), Some(1)]
    );
    let calls = ran.calls();
    assert_eq!(calls[4].other_path, Some(Place::below(1, "b")));
    assert_eq!(calls[5].other_path.as_ref().unwrap().root, None);
    assert!(ran.is_undisturbed(), "{:#?}", ran.events);
}

fn changing_user() -> Run {
    Run::new(
        &AS_NOBODY
            .into_iter()
            .chain(["sh", "-c", "printf x > a"])
            .collect::<Vec<_>>(),
    )
}

fn changes_user() {
    let ran = changing_user().run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    let seen = ran.classes() == [CallClass::Open, CallClass::Write];
    assert!(seen != is_told(&ran), "{:#?}", ran.events);
}

fn changes_user_unseen() {
    let mut run = changing_user();
    run.around = [
        "setpriv",
        "--bounding-set=-sys_ptrace",
        "--inh-caps=-sys_ptrace",
    ]
    .map(str::to_owned)
    .to_vec();
    let ran = run.run();
    assert_eq!(ran.code(), Some(0), "{}", ran.errors());
    assert!(is_told(&ran) && ran.calls().is_empty(), "{:#?}", ran.events);
    // What was made unseen is still noticed afterwards.
    assert!(ran.history("a").last().unwrap().state.is_some());
}

fn is_told(ran: &Ran) -> bool {
    ran.blind()
        .iter()
        .filter(|(why, ..)| why.contains("another user"))
        .count()
        == 1
}

fn probe() {
    let probe = diskwatch::probe(&std::env::temp_dir());
    assert!(probe.works, "{probe:?}");
}
