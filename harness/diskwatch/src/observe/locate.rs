//! Which file a call means: its operands resolved as the caller would, through `/proc`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::place::Place;
use super::roots::{Roots, canonical_prefix};
use crate::decode::Operand;

/// As many symbolic links as the kernel follows.
const LINKS_AT_MOST: usize = 40;

/// A file that a call means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Located {
    /// Where it is below a watched directory, or that it is outside.
    pub(crate) place: Place,
    /// Where we can look at it.
    pub(crate) path: PathBuf,
    /// The path is one of a descriptor, to be followed.
    pub(crate) is_descriptor: bool,
    /// The file behind the descriptor has lost its name.
    pub(crate) detached: bool,
}

/// Resolves operands of one thread.
pub(crate) struct Locator<'a> {
    pub(crate) roots: &'a Roots,
    pub(crate) thread: i32,
    pub(crate) process: i32,
}

impl Located {
    pub(crate) fn is_watched(&self) -> bool {
        self.place.root.is_some()
    }
}

impl Locator<'_> {
    /// Finds the file; `None` if it is none (a socket, a closed descriptor). Fails where we may not look.
    pub(crate) fn locate(&self, operand: &Operand) -> io::Result<Option<Located>> {
        match operand {
            Operand::Descriptor(number) => self.descriptor(*number),
            Operand::Path {
                directory,
                name,
                follow,
            } => self.path(*directory, name, *follow),
        }
    }

    /// Finds the file behind a descriptor.
    pub(crate) fn descriptor(&self, number: i32) -> io::Result<Option<Located>> {
        if number == libc::AT_FDCWD {
            let path = PathBuf::from(format!("/proc/{}/cwd", self.thread));
            let canonical = readable(fs::read_link(&path))?;
            return Ok(canonical.map(|canonical| self.at_canonical(canonical)));
        }
        let path = PathBuf::from(format!("/proc/{}/fd/{number}", self.thread));
        let Some(link) = readable(fs::read_link(&path))? else {
            return Ok(None);
        };
        if !link.has_root() {
            return Ok(None);
        }
        let (named, detached) = without_mark(link, &path);
        let place = self.roots.place(&named).unwrap_or_else(|| outside(&named));
        Ok(Some(Located {
            place,
            path,
            is_descriptor: true,
            detached,
        }))
    }

    fn path(&self, directory: i32, name: &OsStr, follow: bool) -> io::Result<Option<Located>> {
        let (base, rest) = self.base(directory, name);
        if let Err(error) = fs::metadata(&base)
            && error.kind() == io::ErrorKind::PermissionDenied
        {
            return Err(error);
        }
        let named = base.join(&rest);
        let mut canonical = resolve_last(&named);
        if follow {
            canonical = self.follow(canonical);
        }
        Ok(Some(self.at_canonical(canonical)))
    }

    /// Where to begin, and the path from there. What names the caller itself must not name us.
    fn base(&self, directory: i32, name: &OsStr) -> (PathBuf, PathBuf) {
        let name = Path::new(name);
        let process = self.process;
        let own = [
            ("/proc/self", format!("/proc/{process}")),
            (
                "/proc/thread-self",
                format!("/proc/{process}/task/{}", self.thread),
            ),
            ("/dev/fd", format!("/proc/{process}/fd")),
            ("/dev/stdin", format!("/proc/{process}/fd/0")),
            ("/dev/stdout", format!("/proc/{process}/fd/1")),
            ("/dev/stderr", format!("/proc/{process}/fd/2")),
        ];
        for (theirs, base) in own {
            if let Ok(rest) = name.strip_prefix(theirs) {
                return (PathBuf::from(base), rest.to_owned());
            }
        }
        if let Ok(rest) = name.strip_prefix("/") {
            return (
                PathBuf::from(format!("/proc/{}/root", self.thread)),
                rest.to_owned(),
            );
        }
        let base = if directory == libc::AT_FDCWD {
            format!("/proc/{}/cwd", self.thread)
        } else {
            format!("/proc/{}/fd/{directory}", self.thread)
        };
        (PathBuf::from(base), name.to_owned())
    }

    fn follow(&self, mut path: PathBuf) -> PathBuf {
        for _ in 0..LINKS_AT_MOST {
            let Ok(target) = fs::read_link(&path) else {
                break;
            };
            let next = if target.has_root() {
                let (base, rest) = self.base(libc::AT_FDCWD, target.as_os_str());
                base.join(rest)
            } else {
                path.parent().unwrap_or(&path).join(target)
            };
            path = resolve_last(&next);
        }
        path
    }

    fn at_canonical(&self, canonical: PathBuf) -> Located {
        let by_identity = || {
            let name = canonical.file_name()?.to_string_lossy();
            self.roots.place_by_identity(canonical.parent()?, &name)
        };
        let place = self
            .roots
            .place(&canonical)
            .or_else(by_identity)
            .unwrap_or_else(|| outside(&canonical));
        Located {
            place,
            path: canonical,
            is_descriptor: false,
            detached: false,
        }
    }
}

/// The process that a thread belongs to.
pub(crate) fn group_of(thread: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("Tgid:"))?
        .trim()
        .parse()
        .ok()
}

/// Whether we may look at what a thread has open.
pub(crate) fn is_readable(thread: i32) -> bool {
    fs::read_link(format!("/proc/{thread}/cwd"))
        .is_ok_and(|_| fs::read_dir(format!("/proc/{thread}/fd")).is_ok())
}

/// All but the last component resolved; a magic link of `/proc` to a descriptor is read like any other link.
fn resolve_last(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => canonical_prefix(parent).join(name),
        _ => canonical_prefix(path),
    }
}

fn outside(path: &Path) -> Place {
    Place::outside(path.to_string_lossy())
}

fn readable<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(error),
        Err(_) => Ok(None),
    }
}

/// Removes what the kernel appends to the name of a file without one, unless the file is really called so.
fn without_mark(link: PathBuf, descriptor: &Path) -> (PathBuf, bool) {
    const MARK: &[u8] = b" (deleted)";
    match link.as_os_str().as_bytes().strip_suffix(MARK) {
        Some(name) if !is_there(&link, descriptor) => {
            (PathBuf::from(OsString::from_vec(name.to_vec())), true)
        }
        _ => (link, false),
    }
}

fn is_there(link: &Path, descriptor: &Path) -> bool {
    match (fs::symlink_metadata(link), fs::metadata(descriptor)) {
        (Ok(named), Ok(open)) => (named.dev(), named.ino()) == (open.dev(), open.ino()),
        _ => false,
    }
}

#[cfg(test)]
#[path = "locate_tests.rs"]
mod tests;
