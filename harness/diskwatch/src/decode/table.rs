//! Which system calls can change what a reader of a directory sees, with their numbers on both architectures.
//!
//! Both tables are data, so that each can be tested on a machine of the other kind.

use super::CallClass as C;
use super::definition::{Definition, Follow, Narrowing, PathArgument, Shape};

/// A processor family whose calls are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    /// AMD and Intel, 64 bits.
    X86_64,
    /// ARM, 64 bits.
    Aarch64,
}

impl Architecture {
    /// The one this program runs on.
    pub(crate) const HOST: Self = if cfg!(target_arch = "x86_64") {
        Self::X86_64
    } else {
        Self::Aarch64
    };

    /// How the kernel names it to a filter (`linux/audit.h`).
    pub(crate) const fn audit(self) -> u32 {
        match self {
            Self::X86_64 => 0xc000_003e,
            Self::Aarch64 => 0xc000_00b7,
        }
    }
}

/// Every call that is watched on an architecture.
pub(crate) fn definitions(architecture: Architecture) -> Vec<Definition> {
    let mut all = descriptor_calls(architecture);
    all.extend(path_calls(architecture));
    all.extend(special_calls(architecture));
    if architecture == Architecture::X86_64 {
        all.extend(old_calls());
    }
    all
}

const fn at(directory: usize, path: usize, follow: Follow) -> Shape {
    Shape::Path(PathArgument {
        directory: Some(directory),
        path,
        follow,
    })
}

const fn plain(path: usize, follow: Follow) -> Shape {
    Shape::Path(PathArgument {
        directory: None,
        path,
        follow,
    })
}

const fn pair_at(follow: Follow) -> Shape {
    Shape::Pair(
        PathArgument {
            directory: Some(0),
            path: 1,
            follow,
        },
        PathArgument {
            directory: Some(2),
            path: 3,
            follow: Follow::Never,
        },
    )
}

const PAIR: Shape = Shape::Pair(
    PathArgument {
        directory: None,
        path: 0,
        follow: Follow::Never,
    },
    PathArgument {
        directory: None,
        path: 1,
        follow: Follow::Never,
    },
);
const UNLESS_NOFOLLOW_IN_3: Follow = Follow::Unless(3, libc::AT_SYMLINK_NOFOLLOW);
const UNLESS_NOFOLLOW_IN_4: Follow = Follow::Unless(4, libc::AT_SYMLINK_NOFOLLOW);
/// `FICLONE` and `FICLONERANGE`: share the blocks of another file.
const CLONE_REQUESTS: [u32; 2] = [0x4004_9409, 0x4020_940d];

/// Chooses the column of an architecture: that of AMD and Intel, that of ARM.
fn pick(architecture: Architecture, numbers: [u32; 2]) -> u32 {
    match architecture {
        Architecture::X86_64 => numbers[0],
        Architecture::Aarch64 => numbers[1],
    }
}

fn descriptor_calls(architecture: Architecture) -> Vec<Definition> {
    let call = |name, numbers, class, position| {
        Definition::new(
            name,
            pick(architecture, numbers),
            class,
            Shape::Descriptor(position),
        )
    };
    let write = pick(architecture, [1, 64]);
    let write_at = pick(architecture, [18, 68]);
    vec![
        call("write", [1, 64], C::Write, 0).with_length(2),
        call("pwrite64", [18, 68], C::Write, 0).with_length(2),
        call("writev", [20, 66], C::Write, 0).vectored(write),
        call("pwritev", [296, 70], C::Write, 0).vectored(write_at),
        call("pwritev2", [328, 287], C::Write, 0).vectored(write_at),
        call("sendfile", [40, 71], C::Write, 0).with_length(3),
        call("copy_file_range", [326, 285], C::Write, 2).with_length(4),
        // One end of it is a pipe, which may be empty.
        call("splice", [275, 76], C::Write, 2)
            .with_length(4)
            .waiting(),
        call("ioctl", [16, 29], C::Write, 0).narrowed(Narrowing::OneOf(1, CLONE_REQUESTS)),
        call("ftruncate", [77, 46], C::Truncate, 0).with_length(1),
        call("fallocate", [285, 47], C::Truncate, 0).with_length(3),
        call("fchmod", [91, 52], C::Chmod, 0).with_mode(1),
        call("fchown", [93, 55], C::Chown, 0),
        call("fsync", [74, 82], C::Sync, 0),
        call("fdatasync", [75, 83], C::Sync, 0),
        call("fsetxattr", [190, 7], C::Xattr, 0),
        call("fremovexattr", [199, 16], C::Xattr, 0),
        call("mmap", [9, 222], C::Map, 4).narrowed(Narrowing::SharedMapping),
    ]
}

fn path_calls(architecture: Architecture) -> Vec<Definition> {
    let call = |name, numbers, class, shape| {
        Definition::new(name, pick(architecture, numbers), class, shape)
    };
    vec![
        call("openat", [257, 56], C::Open, at(0, 1, Follow::AsOpened)).opening(2, 3),
        call("openat2", [437, 437], C::Open, at(0, 1, Follow::AsOpened)),
        call("truncate", [76, 45], C::Truncate, plain(0, Follow::Always)).with_length(1),
        call("fchmodat", [268, 53], C::Chmod, at(0, 1, Follow::Always)).with_mode(2),
        call(
            "fchmodat2",
            [452, 452],
            C::Chmod,
            at(0, 1, UNLESS_NOFOLLOW_IN_3),
        )
        .with_mode(2),
        call(
            "fchownat",
            [260, 54],
            C::Chown,
            at(0, 1, UNLESS_NOFOLLOW_IN_4),
        ),
        call("renameat", [264, 38], C::Rename, pair_at(Follow::Never)),
        call("renameat2", [316, 276], C::Rename, pair_at(Follow::Never)),
        call(
            "linkat",
            [265, 37],
            C::Link,
            pair_at(Follow::Given(4, libc::AT_SYMLINK_FOLLOW)),
        ),
        call("symlinkat", [266, 36], C::Link, at(1, 2, Follow::Never)),
        call("unlinkat", [263, 35], C::Unlink, at(0, 1, Follow::Never)),
        call("mkdirat", [258, 34], C::Mkdir, at(0, 1, Follow::Never)).with_mode(2),
        call("mknodat", [259, 33], C::Mknod, at(0, 1, Follow::Never)).with_mode(2),
        call(
            "utimensat",
            [280, 88],
            C::Utime,
            at(0, 1, UNLESS_NOFOLLOW_IN_3),
        ),
        call("setxattr", [188, 5], C::Xattr, plain(0, Follow::Always)),
        call("lsetxattr", [189, 6], C::Xattr, plain(0, Follow::Never)),
        call("removexattr", [197, 14], C::Xattr, plain(0, Follow::Always)),
        call("lremovexattr", [198, 15], C::Xattr, plain(0, Follow::Never)),
    ]
}

fn special_calls(architecture: Architecture) -> Vec<Definition> {
    let call =
        |name, numbers, shape| Definition::new(name, pick(architecture, numbers), C::Any, shape);
    vec![
        // Ring operations would bypass every filter; programs fall back to plain calls without them.
        call("io_uring_setup", [425, 425], Shape::Refused),
        call(
            "io_setup",
            [206, 0],
            Shape::Unseen("kernel asynchronous writes are not seen one by one"),
        ),
    ]
}

/// Calls that newer architectures do without.
fn old_calls() -> Vec<Definition> {
    vec![
        Definition::new("open", 2, C::Open, plain(0, Follow::AsOpened)).opening(1, 2),
        Definition::new("creat", 85, C::Open, plain(0, Follow::AsOpened)).with_mode(1),
        Definition::new("chmod", 90, C::Chmod, plain(0, Follow::Always)).with_mode(1),
        Definition::new("chown", 92, C::Chown, plain(0, Follow::Always)),
        Definition::new("lchown", 94, C::Chown, plain(0, Follow::Never)),
        Definition::new("rename", 82, C::Rename, PAIR),
        Definition::new("link", 86, C::Link, PAIR),
        Definition::new("symlink", 88, C::Link, plain(1, Follow::Never)),
        Definition::new("unlink", 87, C::Unlink, plain(0, Follow::Never)),
        Definition::new("rmdir", 84, C::Unlink, plain(0, Follow::Never)),
        Definition::new("mkdir", 83, C::Mkdir, plain(0, Follow::Never)).with_mode(1),
        Definition::new("mknod", 133, C::Mknod, plain(0, Follow::Never)).with_mode(1),
        Definition::new("utime", 132, C::Utime, plain(0, Follow::Always)),
        Definition::new("utimes", 235, C::Utime, plain(0, Follow::Always)),
        Definition::new("futimesat", 261, C::Utime, at(0, 1, Follow::Always)),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_number_or_name_occurs_twice() {
        for architecture in [Architecture::X86_64, Architecture::Aarch64] {
            let all = definitions(architecture);
            assert_eq!(
                all.iter()
                    .map(|one| one.number)
                    .collect::<BTreeSet<_>>()
                    .len(),
                all.len()
            );
            assert_eq!(
                all.iter()
                    .map(|one| one.name)
                    .collect::<BTreeSet<_>>()
                    .len(),
                all.len()
            );
        }
    }

    #[test]
    fn the_numbers_of_this_architecture_are_those_of_the_system_headers() {
        let known = [
            ("write", libc::SYS_write),
            ("pwrite64", libc::SYS_pwrite64),
            ("writev", libc::SYS_writev),
            ("pwritev", libc::SYS_pwritev),
            ("pwritev2", libc::SYS_pwritev2),
            ("sendfile", libc::SYS_sendfile),
            ("copy_file_range", libc::SYS_copy_file_range),
            ("splice", libc::SYS_splice),
            ("ioctl", libc::SYS_ioctl),
            ("ftruncate", libc::SYS_ftruncate),
            ("fallocate", libc::SYS_fallocate),
            ("fchmod", libc::SYS_fchmod),
            ("fchown", libc::SYS_fchown),
            ("fsync", libc::SYS_fsync),
            ("fdatasync", libc::SYS_fdatasync),
            ("fsetxattr", libc::SYS_fsetxattr),
            ("fremovexattr", libc::SYS_fremovexattr),
            ("mmap", libc::SYS_mmap),
            ("openat", libc::SYS_openat),
            ("openat2", libc::SYS_openat2),
            ("truncate", libc::SYS_truncate),
            ("fchmodat", libc::SYS_fchmodat),
            ("fchownat", libc::SYS_fchownat),
            ("renameat", libc::SYS_renameat),
            ("renameat2", libc::SYS_renameat2),
            ("linkat", libc::SYS_linkat),
            ("symlinkat", libc::SYS_symlinkat),
            ("unlinkat", libc::SYS_unlinkat),
            ("mkdirat", libc::SYS_mkdirat),
            ("mknodat", libc::SYS_mknodat),
            ("utimensat", libc::SYS_utimensat),
            ("setxattr", libc::SYS_setxattr),
            ("lsetxattr", libc::SYS_lsetxattr),
            ("removexattr", libc::SYS_removexattr),
            ("lremovexattr", libc::SYS_lremovexattr),
            ("io_uring_setup", libc::SYS_io_uring_setup),
            ("io_setup", libc::SYS_io_setup),
            #[cfg(target_arch = "x86_64")]
            ("open", libc::SYS_open),
            #[cfg(target_arch = "x86_64")]
            ("creat", libc::SYS_creat),
            #[cfg(target_arch = "x86_64")]
            ("chmod", libc::SYS_chmod),
            #[cfg(target_arch = "x86_64")]
            ("chown", libc::SYS_chown),
            #[cfg(target_arch = "x86_64")]
            ("lchown", libc::SYS_lchown),
            #[cfg(target_arch = "x86_64")]
            ("rename", libc::SYS_rename),
            #[cfg(target_arch = "x86_64")]
            ("link", libc::SYS_link),
            #[cfg(target_arch = "x86_64")]
            ("symlink", libc::SYS_symlink),
            #[cfg(target_arch = "x86_64")]
            ("unlink", libc::SYS_unlink),
            #[cfg(target_arch = "x86_64")]
            ("rmdir", libc::SYS_rmdir),
            #[cfg(target_arch = "x86_64")]
            ("mkdir", libc::SYS_mkdir),
            #[cfg(target_arch = "x86_64")]
            ("mknod", libc::SYS_mknod),
            #[cfg(target_arch = "x86_64")]
            ("utime", libc::SYS_utime),
            #[cfg(target_arch = "x86_64")]
            ("utimes", libc::SYS_utimes),
            #[cfg(target_arch = "x86_64")]
            ("futimesat", libc::SYS_futimesat),
            // Too new for the library's table.
            ("fchmodat2", 452),
        ];
        let expected: BTreeSet<_> = known
            .iter()
            .map(|(name, number)| (*name, *number))
            .collect();
        let ours: BTreeSet<_> = definitions(Architecture::HOST)
            .iter()
            .map(|one| (one.name, libc::c_long::from(one.number)))
            .collect();
        assert_eq!(ours, expected);
    }

    #[test]
    fn aarch64_has_none_of_the_old_calls() {
        let names: BTreeSet<_> = definitions(Architecture::Aarch64)
            .iter()
            .map(|one| one.name)
            .collect();
        assert!(
            !names.contains("open") && !names.contains("rename") && names.contains("renameat2")
        );
    }
}
