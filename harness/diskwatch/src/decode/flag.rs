//! Open flags by name.

/// Any of these in open flags means that the call can create or change a file. Equal on both architectures.
pub(crate) const OPEN_CHANGES: u32 = (libc::O_WRONLY
    | libc::O_RDWR
    | libc::O_CREAT
    | libc::O_TRUNC
    | (libc::O_TMPFILE & !libc::O_DIRECTORY))
    .cast_unsigned();

/// The names of the flags that matter for files, the access mode first.
pub(crate) fn names(flags: i32) -> Vec<String> {
    let access = match flags & libc::O_ACCMODE {
        libc::O_WRONLY => "O_WRONLY",
        libc::O_RDWR => "O_RDWR",
        _ => "O_RDONLY",
    };
    let temporary = flags & libc::O_TMPFILE == libc::O_TMPFILE;
    let synchronous = flags & libc::O_SYNC == libc::O_SYNC;
    let named = [
        (flags & libc::O_CREAT != 0, "O_CREAT"),
        (flags & libc::O_EXCL != 0, "O_EXCL"),
        (flags & libc::O_TRUNC != 0, "O_TRUNC"),
        (flags & libc::O_APPEND != 0, "O_APPEND"),
        (flags & libc::O_NOFOLLOW != 0, "O_NOFOLLOW"),
        (flags & libc::O_CLOEXEC != 0, "O_CLOEXEC"),
        (flags & libc::O_NONBLOCK != 0, "O_NONBLOCK"),
        (synchronous, "O_SYNC"),
        (flags & libc::O_DSYNC != 0 && !synchronous, "O_DSYNC"),
        (flags & libc::O_DIRECT != 0, "O_DIRECT"),
        (flags & libc::O_PATH != 0, "O_PATH"),
        (flags & libc::O_DIRECTORY != 0 && !temporary, "O_DIRECTORY"),
        (temporary, "O_TMPFILE"),
    ];
    let present = named
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| name);
    std::iter::once(access)
        .chain(present)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn flags_are_named_once_each() {
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
        assert_eq!(names(flags), ["O_WRONLY", "O_CREAT", "O_EXCL", "O_CLOEXEC"]);
        assert_eq!(
            names(libc::O_TMPFILE | libc::O_RDWR),
            ["O_RDWR", "O_TMPFILE"]
        );
        assert_eq!(names(libc::O_DIRECTORY), ["O_RDONLY", "O_DIRECTORY"]);
        assert_eq!(names(libc::O_SYNC | libc::O_WRONLY), ["O_WRONLY", "O_SYNC"]);
    }
}
