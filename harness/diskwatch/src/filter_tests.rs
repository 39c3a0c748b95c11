//! The program is run by an interpreter of the few instructions it uses.

use super::*;
use crate::decode::definitions;

const BOTH: [Architecture; 2] = [Architecture::X86_64, Architecture::Aarch64];

fn interpret(program: &[sock_filter], audit: u32, number: u32, arguments: [u64; 6]) -> u32 {
    let (mut next, mut loaded) = (0_usize, 0_u32);
    loop {
        let now = program[next];
        next += 1;
        let jump = |taken: bool| usize::from(if taken { now.jt } else { now.jf });
        match now.code {
            LOAD => {
                loaded = match now.k {
                    NUMBER => number,
                    ARCHITECTURE => audit,
                    offset => (arguments[(offset as usize - 16) / 8] & 0xffff_ffff) as u32,
                }
            }
            EQUAL => next += jump(loaded == now.k),
            AT_LEAST => next += jump(loaded >= now.k),
            ANY_BIT => next += jump(loaded & now.k != 0),
            RETURN => return now.k,
            other => panic!("no instruction {other:#x}"),
        }
    }
}

/// The call that a stop is for; none if it passes.
fn stopped(architecture: Architecture, name: &str, arguments: [u64; 6]) -> Option<&'static str> {
    let all = definitions(architecture);
    let number = all.iter().find(|one| one.name == name).unwrap().number;
    let action = interpret(
        &build(architecture, &all),
        architecture.audit(),
        number,
        arguments,
    );
    if action == libc::SECCOMP_RET_ALLOW {
        return None;
    }
    assert_eq!(action & 0x7fff_0000, libc::SECCOMP_RET_TRACE);
    Some(all[(action & 0xffff) as usize].name)
}

fn with(position: usize, value: u64) -> [u64; 6] {
    let mut arguments = [0; 6];
    arguments[position] = value;
    arguments
}

fn map(protection: i32, flags: i32) -> [u64; 6] {
    [
        0,
        4096,
        u64::from(protection.cast_unsigned()),
        u64::from(flags.cast_unsigned()),
        3,
        0,
    ]
}

#[test]
fn a_read_only_open_never_stops() {
    for architecture in BOTH {
        for flags in [
            libc::O_RDONLY,
            libc::O_CLOEXEC,
            libc::O_DIRECTORY,
            libc::O_PATH,
            libc::O_NOFOLLOW,
        ] {
            assert_eq!(
                stopped(
                    architecture,
                    "openat",
                    with(2, u64::from(flags.cast_unsigned()))
                ),
                None,
                "{flags:#x}"
            );
        }
    }
}

#[test]
fn an_open_that_can_change_a_file_stops() {
    for architecture in BOTH {
        for flags in [
            libc::O_WRONLY,
            libc::O_RDWR,
            libc::O_CREAT,
            libc::O_TRUNC,
            libc::O_TMPFILE | libc::O_RDWR,
        ] {
            assert_eq!(
                stopped(
                    architecture,
                    "openat",
                    with(2, u64::from(flags.cast_unsigned()))
                ),
                Some("openat"),
                "{flags:#x}"
            );
        }
    }
    assert_eq!(
        stopped(Architecture::X86_64, "open", with(1, libc::O_WRONLY as u64)),
        Some("open")
    );
}

#[test]
fn every_definition_without_narrowing_stops_as_itself() {
    for architecture in BOTH {
        for definition in definitions(architecture) {
            if definition.narrowing == Narrowing::Always {
                assert_eq!(
                    stopped(architecture, definition.name, [0; 6]),
                    Some(definition.name)
                );
            }
        }
    }
}

#[test]
fn only_a_shared_writable_mapping_of_a_file_stops() {
    let both = libc::PROT_READ | libc::PROT_WRITE;
    for architecture in BOTH {
        let stops =
            |protection, flags| stopped(architecture, "mmap", map(protection, flags)).is_some();
        assert!(stops(both, libc::MAP_SHARED));
        assert!(stops(libc::PROT_WRITE, libc::MAP_SHARED_VALIDATE));
        assert!(!stops(both, libc::MAP_PRIVATE));
        assert!(!stops(libc::PROT_READ, libc::MAP_SHARED));
        assert!(!stops(both, libc::MAP_SHARED | libc::MAP_ANONYMOUS));
    }
}

#[test]
fn only_the_cloning_requests_of_ioctl_stop() {
    for architecture in BOTH {
        assert_eq!(
            stopped(architecture, "ioctl", with(1, 0x4004_9409)),
            Some("ioctl")
        );
        assert_eq!(
            stopped(architecture, "ioctl", with(1, 0x4020_940d)),
            Some("ioctl")
        );
        assert_eq!(stopped(architecture, "ioctl", with(1, 0x5401)), None);
    }
}

#[test]
fn another_calling_convention_is_reported() {
    let foreign = libc::SECCOMP_RET_TRACE | u32::from(FOREIGN);
    for architecture in BOTH {
        let program = build(architecture, &definitions(architecture));
        assert_eq!(interpret(&program, 0x4000_0003, 5, [0; 6]), foreign);
    }
    let program = build(Architecture::X86_64, &definitions(Architecture::X86_64));
    let audit = Architecture::X86_64.audit();
    assert_eq!(interpret(&program, audit, X32 + 1, [0; 6]), foreign);
    assert_eq!(
        interpret(&program, audit, u32::MAX, [0; 6]),
        libc::SECCOMP_RET_ALLOW
    );
}

#[test]
fn unlisted_calls_pass() {
    for architecture in BOTH {
        let program = build(architecture, &definitions(architecture));
        // read and getpid
        for number in [
            if architecture == Architecture::X86_64 {
                0
            } else {
                63
            },
            39 + 133,
        ] {
            assert_eq!(
                interpret(&program, architecture.audit(), number, [0; 6]),
                libc::SECCOMP_RET_ALLOW
            );
        }
    }
}

#[test]
fn the_program_fits_the_kernel() {
    for architecture in BOTH {
        assert!(build(architecture, &definitions(architecture)).len() <= 4096);
    }
}
