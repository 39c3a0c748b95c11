//! What one call asks for, read from its registers and the caller's memory.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use thiserror::Error;

use super::CallClass;
use super::definition::{Definition, Follow, PathArgument, Shape, Transfer};

/// What a call asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) definition: Definition,
    /// What it acts on; the source of a rename or link.
    pub(crate) target: Operand,
    /// The destination of a rename or link.
    pub(crate) other: Option<Operand>,
    /// Open flags.
    pub(crate) flags: Option<i32>,
    /// Permission bits, where the call uses them.
    pub(crate) mode: Option<u32>,
    /// Bytes.
    pub(crate) length: Option<u64>,
}

/// A file as a call names it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// By an open descriptor.
    Descriptor(i32),
    /// By a path.
    Path {
        /// The directory it is relative to, possibly `AT_FDCWD`.
        directory: i32,
        /// Never empty.
        name: OsString,
        /// Whether a final symbolic link is followed.
        follow: bool,
    },
}

/// Memory of a stopped thread.
pub(crate) trait Memory {
    /// Reads up to so many bytes; fewer where the mapping ends.
    fn bytes(&self, address: u64, length: usize) -> Result<Vec<u8>, Unreadable>;
}

/// Why memory could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Unreadable {
    /// The caller gave a bad address; the call will fail too.
    #[error("bad address")]
    BadAddress,
    /// We may not look.
    #[error("not permitted")]
    Forbidden,
    /// The thread has ended meanwhile.
    #[error("the thread is gone")]
    Gone,
}

impl Asked {
    /// Reads a call; `None` where it acts on no file at all.
    pub(crate) fn read(
        definition: Definition,
        arguments: [u64; 6],
        memory: &dyn Memory,
    ) -> Result<Option<Self>, Unreadable> {
        let (flags, mode) = opening(definition, arguments, memory)?;
        let (target, other) = match definition.shape {
            Shape::Descriptor(position) => {
                (Operand::Descriptor(low_word(arguments[position])), None)
            }
            Shape::Path(path) => (operand(path, arguments, flags, memory)?, None),
            Shape::Pair(from, to) => (
                operand(from, arguments, flags, memory)?,
                Some(operand(to, arguments, flags, memory)?),
            ),
            Shape::Refused | Shape::Unseen(_) => return Ok(None),
        };
        let length = match definition.transfer {
            Transfer::Length(position) => Some(arguments[position]),
            Transfer::Vector { .. } | Transfer::Unsaid => None,
        };
        Ok(Some(Self {
            definition,
            target,
            other,
            flags,
            mode,
            length,
        }))
    }

    /// Whether the call may make a nameless file.
    pub(crate) fn is_nameless(&self) -> bool {
        self.flags
            .is_some_and(|flags| flags & libc::O_TMPFILE == libc::O_TMPFILE)
    }
}

/// The register's low half, which is all that most arguments use.
fn low_word(register: u64) -> i32 {
    low_half(register).cast_signed()
}

fn low_half(register: u64) -> u32 {
    (register & 0xffff_ffff) as u32
}

fn opening(
    definition: Definition,
    arguments: [u64; 6],
    memory: &dyn Memory,
) -> Result<(Option<i32>, Option<u32>), Unreadable> {
    let (flags, mode) = match definition.name {
        "openat2" => {
            // `struct open_how` begins with the flags and the mode, each of 64 bits.
            let how = memory.bytes(arguments[2], 16)?;
            let word = |from: usize| {
                how.get(from..from + 8)
                    .and_then(|bytes| bytes.try_into().ok())
                    .map(u64::from_le_bytes)
            };
            match (word(0), word(8)) {
                (Some(flags), Some(mode)) => (Some(low_word(flags)), Some(low_half(mode))),
                _ => return Err(Unreadable::BadAddress),
            }
        }
        "creat" => (
            Some(libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC),
            definition
                .mode
                .map(|position| low_half(arguments[position])),
        ),
        _ => (
            definition
                .flags
                .map(|position| low_word(arguments[position])),
            definition
                .mode
                .map(|position| low_half(arguments[position])),
        ),
    };
    let creates =
        |flags: i32| flags & (libc::O_CREAT | (libc::O_TMPFILE & !libc::O_DIRECTORY)) != 0;
    // The register of an open that creates nothing holds anything.
    let used = definition.class != CallClass::Open || flags.is_some_and(creates);
    Ok((flags, mode.filter(|_| used).map(|mode| mode & 0o7777)))
}

fn operand(
    argument: PathArgument,
    arguments: [u64; 6],
    flags: Option<i32>,
    memory: &dyn Memory,
) -> Result<Operand, Unreadable> {
    let directory = argument
        .directory
        .map_or(libc::AT_FDCWD, |position| low_word(arguments[position]));
    let follow = match argument.follow {
        Follow::Never => false,
        Follow::Always => true,
        Follow::Unless(position, bit) => low_word(arguments[position]) & bit == 0,
        Follow::Given(position, bit) => low_word(arguments[position]) & bit != 0,
        Follow::AsOpened => {
            let flags = flags.unwrap_or_default();
            let exclusive = libc::O_CREAT | libc::O_EXCL;
            flags & libc::O_NOFOLLOW == 0 && flags & exclusive != exclusive
        }
    };
    let address = arguments[argument.path];
    // A missing or empty path means the descriptor itself (`AT_EMPTY_PATH`, `utimensat`).
    if address == 0 {
        return Ok(Operand::Descriptor(directory));
    }
    let name = text(address, memory)?;
    Ok(if name.is_empty() {
        Operand::Descriptor(directory)
    } else {
        Operand::Path {
            directory,
            name: OsString::from_vec(name),
            follow,
        }
    })
}

fn text(mut address: u64, memory: &dyn Memory) -> Result<Vec<u8>, Unreadable> {
    const PAGE: u64 = 4096;
    const LONGEST: usize = 4096;
    let mut text = Vec::new();
    while text.len() < LONGEST {
        // Never across the end of a page: the next one may not be mapped.
        let length = usize::try_from((PAGE - address % PAGE).min(256)).unwrap_or(256);
        let piece = memory.bytes(address, length)?;
        if piece.is_empty() {
            break;
        }
        if let Some(end) = piece.iter().position(|byte| *byte == 0) {
            text.extend_from_slice(&piece[..end]);
            return Ok(text);
        }
        address += piece.len() as u64;
        text.extend(piece);
    }
    Err(Unreadable::BadAddress)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::super::{Architecture, definitions};
    use super::*;

    /// Memory that begins at address 4000, so that texts cross a page.
    struct Sample(Vec<u8>);

    impl Memory for Sample {
        fn bytes(&self, address: u64, length: usize) -> Result<Vec<u8>, Unreadable> {
            let from = address
                .checked_sub(4000)
                .and_then(|from| usize::try_from(from).ok());
            let rest = from
                .and_then(|from| self.0.get(from..))
                .ok_or(Unreadable::BadAddress)?;
            Ok(rest[..rest.len().min(length)].to_vec())
        }
    }

    fn read(name: &str, arguments: [u64; 6], memory: &[u8]) -> Asked {
        let all = definitions(Architecture::X86_64);
        let definition = *all.iter().find(|one| one.name == name).unwrap();
        Asked::read(definition, arguments, &Sample(memory.to_vec()))
            .unwrap()
            .unwrap()
    }

    fn path(asked: &Operand) -> (i32, &OsStr, bool) {
        match asked {
            Operand::Path {
                directory,
                name,
                follow,
            } => (*directory, name, *follow),
            Operand::Descriptor(_) => panic!("a descriptor"),
        }
    }

    const HERE: u64 = (libc::AT_FDCWD as i64).cast_unsigned();

    #[test]
    fn an_exclusive_open_is_read_with_its_mode_and_follows_no_link() {
        let flags = (libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL) as u64;
        let asked = read("openat", [HERE, 4000, flags, 0o600, 0, 0], b"token\0");
        assert_eq!(
            path(&asked.target),
            (libc::AT_FDCWD, OsStr::new("token"), false)
        );
        assert_eq!(
            (asked.mode, asked.flags),
            (Some(0o600), Some(low_word(flags)))
        );
    }

    #[test]
    fn the_mode_of_an_open_that_creates_nothing_is_ignored() {
        assert_eq!(
            read(
                "openat",
                [3, 4000, libc::O_WRONLY as u64, 0o777, 0, 0],
                b"x\0"
            )
            .mode,
            None
        );
    }

    #[test]
    fn openat2_keeps_its_flags_in_memory() {
        let mut memory = b"token\0\0\0".to_vec();
        memory.extend((libc::O_RDWR as u64 | libc::O_CREAT as u64).to_le_bytes());
        memory.extend(0o640_u64.to_le_bytes());
        let asked = read("openat2", [HERE, 4000, 4008, 24, 0, 0], &memory);
        assert_eq!(
            (asked.flags, asked.mode),
            (Some(libc::O_RDWR | libc::O_CREAT), Some(0o640))
        );
    }

    #[test]
    fn a_text_longer_than_a_page_end_is_read_whole() {
        let long = "x".repeat(600);
        let asked = read(
            "unlink",
            [4000, 0, 0, 0, 0, 0],
            format!("{long}\0").as_bytes(),
        );
        assert_eq!(path(&asked.target).1, OsStr::new(&long));
    }

    #[test]
    fn an_empty_path_means_the_descriptor() {
        let asked = read(
            "fchownat",
            [7, 4000, 0, 0, libc::AT_EMPTY_PATH as u64, 0],
            b"\0",
        );
        assert_eq!(asked.target, Operand::Descriptor(7));
        assert_eq!(
            read("utimensat", [9, 0, 0, 0, 0, 0], b"").target,
            Operand::Descriptor(9)
        );
    }

    #[test]
    fn a_rename_has_two_operands() {
        let asked = read("renameat2", [3, 4000, 4, 4002, 0, 0], b"a\0b\0");
        assert_eq!(path(&asked.target), (3, OsStr::new("a"), false));
        assert_eq!(
            path(asked.other.as_ref().unwrap()),
            (4, OsStr::new("b"), false)
        );
    }

    #[test]
    fn a_link_through_a_descriptor_follows_it_when_told_to() {
        let asked = read(
            "linkat",
            [HERE, 4000, HERE, 4002, libc::AT_SYMLINK_FOLLOW as u64, 0],
            b"a\0b\0",
        );
        assert!(path(&asked.target).2);
    }

    #[test]
    fn a_bad_address_is_said_and_not_guessed() {
        let all = definitions(Architecture::Aarch64);
        let definition = *all.iter().find(|one| one.name == "unlinkat").unwrap();
        let result = Asked::read(definition, [HERE, 1, 0, 0, 0, 0], &Sample(Vec::new()));
        assert_eq!(result, Err(Unreadable::BadAddress));
    }

    #[test]
    fn lengths_are_read_where_a_call_says_them() {
        assert_eq!(read("write", [3, 4000, 12, 0, 0, 0], b"").length, Some(12));
        assert_eq!(read("writev", [3, 4000, 2, 0, 0, 0], b"").length, None);
    }
}
