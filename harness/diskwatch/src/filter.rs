//! The seccomp program: what cannot change a file never leaves the kernel, the rest stops with a rule number.

use libc::sock_filter;

use crate::decode::{Architecture, Definition, Narrowing, OPEN_CHANGES};

/// The rule number of a call under another calling convention; all others are positions in the list of definitions.
pub(crate) const FOREIGN: u16 = u16::MAX;

const LOAD: u16 = 0x20;
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
/// Numbers of `x86_64` from here on are of the x32 convention.
const X32: u32 = 0x4000_0000;

/// Builds the program for calls of one architecture.
pub(crate) fn build(architecture: Architecture, definitions: &[Definition]) -> Vec<sock_filter> {
    let mut program = vec![
        step(LOAD, ARCHITECTURE, 0, 0),
        step(EQUAL, architecture.audit(), 1, 0),
        stop(FOREIGN),
        step(LOAD, NUMBER, 0, 0),
    ];
    if architecture == Architecture::X86_64 {
        // The number -1 is no call at all, whichever the convention.
        program.extend([
            step(AT_LEAST, X32, 0, 2),
            step(EQUAL, u32::MAX, 1, 0),
            stop(FOREIGN),
        ]);
    }
    for (rule, definition) in (0..FOREIGN).zip(definitions) {
        let body = body(definition.narrowing, rule);
        let skip = u8::try_from(body.len()).unwrap_or(u8::MAX);
        program.push(step(EQUAL, definition.number, 0, skip));
        program.extend(body);
    }
    program.push(ALLOW);
    program
}

const ALLOW: sock_filter = step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0);

const fn step(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

fn stop(rule: u16) -> sock_filter {
    step(RETURN, libc::SECCOMP_RET_TRACE | u32::from(rule), 0, 0)
}

/// The low half of an argument; both architectures are little-endian.
fn load_argument(position: usize) -> sock_filter {
    step(
        LOAD,
        16 + 8 * u32::try_from(position).unwrap_or_default(),
        0,
        0,
    )
}

/// Every body ends in a return, so that the next rule still finds the number loaded.
fn body(narrowing: Narrowing, rule: u16) -> Vec<sock_filter> {
    match narrowing {
        Narrowing::Always => vec![stop(rule)],
        Narrowing::ChangingFlags(position) => {
            vec![
                load_argument(position),
                step(ANY_BIT, OPEN_CHANGES, 0, 1),
                stop(rule),
                ALLOW,
            ]
        }
        Narrowing::OneOf(position, [first, second]) => vec![
            load_argument(position),
            step(EQUAL, first, 1, 0),
            step(EQUAL, second, 0, 1),
            stop(rule),
            ALLOW,
        ],
        Narrowing::SharedMapping => vec![
            load_argument(2),
            step(ANY_BIT, libc::PROT_WRITE.cast_unsigned(), 0, 4),
            load_argument(3),
            // `MAP_SHARED_VALIDATE` has this bit too.
            step(ANY_BIT, libc::MAP_SHARED.cast_unsigned(), 0, 2),
            step(ANY_BIT, libc::MAP_ANONYMOUS.cast_unsigned(), 1, 0),
            stop(rule),
            ALLOW,
        ],
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
